# SPDX-License-Identifier: ISC
"""Fixtures of the system tests: the production binary named by ECHOCELL, run as root, always cleaned up."""

import contextlib
import ctypes
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from daemon import Daemon

PR_SET_CHILD_SUBREAPER = 36
PEERS = ("nc", "ncat", "socat", "strace", "setpriv", "cc", "systemd-socket-activate")


@pytest.fixture(scope="session")
def binary():
    """The daemon under test. What the tests need must be there: they fail without it, they never skip."""
    assert os.geteuid() == 0, "the system tests need root"
    missing = [tool for tool in PEERS if not shutil.which(tool)]
    assert not missing, f"the system tests need {missing}"
    path = pathlib.Path(os.environ["ECHOCELL"]).resolve(strict=True)
    assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    return str(path)


@pytest.fixture(scope="session")
def public_binary(binary):
    """A copy of the daemon that an ordinary user can reach and run."""
    with tempfile.TemporaryDirectory(prefix="echocell-") as directory:
        os.chmod(directory, 0o755)
        yield shutil.copy(binary, directory)


@pytest.fixture(scope="session")
def policy_directory():
    return pathlib.Path(__file__).resolve().parents[2] / "policy"


@contextlib.contextmanager
def daemons(binary):
    """Gives start(*options, …) -> Daemon; at the end each one is stopped and must have ended well."""
    ends = contextlib.ExitStack()  # runs all of them, even when one raises

    def end(daemon):
        complaints = daemon.finish()
        assert not complaints, "\n".join(complaints)

    def start(*options, listen=("127.0.0.1:0",), wrap=(), program=binary, **popen):
        argv = [*wrap, program, *options, *(f"--listen={address}" for address in listen)]
        popen.setdefault("listeners", max(1, len(listen)))
        daemon = Daemon(argv, **popen)
        ends.callback(end, daemon)
        return daemon

    with ends:
        yield start


@pytest.fixture
def server(binary):
    with daemons(binary) as start:
        yield start


@pytest.fixture(scope="module")
def module_server(binary):
    with daemons(binary) as start:
        yield start


@pytest.fixture
def run(binary):
    """Runs the daemon as a command that is expected to end by itself."""

    def run(*arguments, wrap=(), program=binary, **options):
        return subprocess.run([*wrap, program, *arguments], capture_output=True, text=True, timeout=20,
                              stdin=subprocess.DEVNULL, check=False, **options)

    return run

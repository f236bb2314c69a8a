# SPDX-License-Identifier: ISC
"""Real processes to be attested: an echocell, and ones under filters that a test writes."""

import contextlib
import os
import shutil
import struct
import subprocess
import sys

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tests/system"))
import procfs  # noqa: E402
from daemon import Daemon  # noqa: E402
from waiting import wait_until  # noqa: E402

ALLOW_ALL = struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)  # BPF_RET, SECCOMP_RET_ALLOW
SLEEPY = """@arch x86_64
@default kill-process
write: arg0 == 2
exit_group: allow
pause: allow
nanosleep: allow
poll: allow
futex: allow
"""
CALLS = {"sleep": 35, "poll": 7, "wait": 202}  # as numbers of x86-64, the machine that SLEEPY is for
SLEEPS = list(CALLS)
PTRACE_SEIZE = 0x4206


def compile_c(directory, name, *more):
    program = directory / name
    source = ROOT / "tests/audit" / f"{name}.c"
    subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", "-pthread",
                    f"-I{ROOT / 'src/audit'}", "-o", program, source, *more], check=True, timeout=120)
    return str(program)


@pytest.fixture(scope="session")
def confined(tmp_path_factory):
    """The path of the program that lives under the filters it is given."""
    assert os.geteuid() == 0, "reading filters needs root"
    return compile_c(tmp_path_factory.mktemp("confined"), "confined")


@pytest.fixture
def start(confined):
    """start(filter, …, action=(…)): a process under these filters, which has said that it is ready."""
    with contextlib.ExitStack() as ends:

        def end(process):
            if process.poll() is None:
                process.kill()
            process.communicate()

        def start(*filters, thread=(), action=("pause",), stdin=subprocess.DEVNULL):
            threads = [word for path in thread for word in ("-t", path)]
            process = subprocess.Popen([confined, *threads, *filters, "--", *action], stdin=stdin,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            ends.callback(end, process)
            assert process.stderr.readline() == b"ready\n", process.stderr.read()
            return process

        yield start


@pytest.fixture
def allow_all(tmp_path):
    path = tmp_path / "allow.bpf"
    path.write_bytes(ALLOW_ALL)
    return path


@pytest.fixture
def build(audit, tmp_path):
    """build(text or path, *options): the path of the policy and of its program."""

    def build(policy, *options):
        number = len(list(tmp_path.glob("*.bpf")))
        source, program = tmp_path / f"{number}.policy", tmp_path / f"{number}.bpf"
        source.write_text(policy if isinstance(policy, str) else policy.read_text())
        answer = audit("compile", source, "-o", program, *options)
        assert answer.returncode == 0, answer.stderr
        return source, program

    return build


@pytest.fixture
def daemon(tmp_path):
    """daemon(*options): an echocell under a name that no other process has."""
    with contextlib.ExitStack() as ends:
        name = f"ec{os.getpid()}"
        program = shutil.copy(os.environ["ECHOCELL"], tmp_path / name)

        def end(daemon):
            complaints = daemon.finish()
            assert not complaints, complaints

        def start(*options):
            daemon = Daemon([program, "-u", "65534", "--max-per-source=0", *options, "--listen=127.0.0.1:0"])
            daemon.name = name
            ends.callback(end, daemon)
            return daemon

        yield start


def attest(audit, *arguments):
    """The exit status and the one process of the answer."""
    answer = audit("attest", "--json", *arguments)
    assert len(answer.json) == 1, answer.stdout
    return answer.returncode, answer.json[0]


def together(process, thread=0):
    return process["stacks"][process["threads"][thread]["stack"]]["together"]


def await_sleep(process, call):
    """Until the process sleeps in a call of that number."""

    def asleep():
        with open(f"/proc/{process.pid}/syscall", encoding="ascii") as file:
            return file.read().split()[0] == str(call)

    wait_until(asleep, f"{process.pid} sleeps in call {call}")


def assert_free(pid):
    """Nobody traces it and nothing has stopped it."""
    status = procfs.status(pid)
    assert status["TracerPid"] == "0"
    assert status["State"][0] in "RS"

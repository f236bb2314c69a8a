# SPDX-License-Identifier: ISC
"""What the tests of the deployment share: the fixtures of the system tests, the packages, and machines to use up."""

import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))

import machine as machines  # noqa: E402


def fixtures_of(suite):
    """The conftest of another suite, under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"{suite}_fixtures", ROOT / f"tests/{suite}/conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


system, auditor = fixtures_of("system"), fixtures_of("audit")
binary, server = system.binary, system.server
audit, policies = auditor.audit, auditor.policies


@pytest.fixture(scope="session")
def dist():
    """What an operator is given, as it is written."""
    return ROOT / "dist"


@pytest.fixture(scope="session")
def profile():
    """The container's profile, as the build exports it."""
    return pathlib.Path(os.environ["ECHOCELL_DIST"]) / "container/echocell.json"


@pytest.fixture(scope="session")
def packages():
    """Both Debian packages and the description of their build, freshly built; without the tests, which run anyway."""
    options = {**os.environ, "DEB_BUILD_OPTIONS": "nocheck noautodbgsym parallel=2"}
    subprocess.run([ROOT / "dev", "package"], env=options, check=True, capture_output=True, timeout=300)
    built = ROOT / "build/package"
    (changes,) = built.glob("echocell_*.changes")
    return {"changes": changes, "debs": sorted(built.glob("*.deb"))}


@pytest.fixture(scope="module")
def bare_machine():
    with machines.booted() as machine:
        yield machine


@pytest.fixture(scope="module")
def installed(bare_machine, packages):
    bare_machine.install(*packages["debs"])
    yield bare_machine


@pytest.fixture
def machine(installed):
    """A machine on which both packages are installed, and no service runs yet."""
    installed.restore()
    yield installed
    installed.restore()

# SPDX-License-Identifier: ISC
"""The installed program has the hardening that the build promises, read from the file itself."""

import os
import re
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ["ECHOCELL"]).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """echocell as `meson install` leaves it."""
    root = tmp_path_factory.mktemp("root")
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", root],
                   check=True, capture_output=True)
    (program,) = root.rglob("sbin/echocell")
    return program


def readelf(program, *options):
    return subprocess.run(["readelf", "--wide", *options, program], check=True,
                          capture_output=True, text=True).stdout


def segments(program):
    """(type, flags) of each program header."""
    return re.findall(r"^  (\w+) +0x\S+ 0x\S+ 0x\S+ 0x\S+ 0x\S+ ([RWE ]{3})",
                      readelf(program, "--segments"), re.M)


def dynamic(program):
    """The dynamic section: tag to value."""
    return dict(re.findall(r"\((\w+)\)\s+(.*)", readelf(program, "--dynamic")))


def test_program_is_position_independent(installed):
    assert re.search(r"Type:\s+DYN", readelf(installed, "--file-header"))
    assert "PIE" in dynamic(installed)["FLAGS_1"]


def test_program_is_static_where_the_library_is(installed):
    """A static-PIE asks for no loader and no library; without libcap-ng.a it must be dynamic."""
    static = subprocess.run(["sh", "-c", "cc -print-file-name=libcap-ng.a"], check=True,
                            capture_output=True, text=True).stdout.strip()
    asks = any(kind == "INTERP" for kind, _ in segments(installed))
    assert asks == (not os.path.isabs(static))
    assert ("NEEDED" in dynamic(installed)) == asks


def test_relocations_are_read_only_and_bound_at_start(installed):
    assert any(kind == "GNU_RELRO" for kind, _ in segments(installed))
    assert "NOW" in dynamic(installed)["FLAGS_1"]


def test_no_segment_is_writable_and_executable(installed):
    found = segments(installed)
    assert ("GNU_STACK", "RW ") in found
    assert not [kind for kind, flags in found if "W" in flags and "E" in flags]
    assert [kind for kind, flags in found if "E" in flags] == ["LOAD"]


def test_functions_check_their_stack_and_their_buffers(installed):
    names = readelf(installed, "--symbols")
    assert "__stack_chk_fail" in names
    assert re.search(r"\b__\w+_chk\b", names.replace("__stack_chk_fail", ""))


def test_indirect_branches_are_tracked(installed):
    """endbr64 at the entry of our own functions; the C library's own note decides enforcement."""
    if "X86-64" not in readelf(installed, "--file-header"):
        pytest.fail("say here what the other architecture promises")
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", installed], check=True,
                             capture_output=True, text=True).stdout
    for function in ("main", "server_run", "serve", "session_run"):
        body = re.search(rf"<{function}>:\n.*?\t(\S+)", listing)
        assert body and body.group(1) == "endbr64", function


def test_daemon_holds_neither_parser_nor_libseccomp(installed):
    names = readelf(installed, "--symbols")
    for name in ("seccomp_init", "seccomp_rule_add", "policy_load", "policy_parse"):
        assert name not in names

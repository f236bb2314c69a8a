# SPDX-License-Identifier: ISC
"""seccomp-audit explain: policies by their lines, programs by what they come to."""

import pytest

import bpf

POLICY = """@arch x86_64, aarch64
@default return EPERM
@badarch kill
read: allow
write: arg0 == 1 || arg0 == 2
socket: { arg0 == AF_UNIX; allow, arg0 in 7; log, kill }
clone3: return ENOSYS
getpid: log
"""


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "a.policy"
    path.write_text(POLICY)
    return path


@pytest.fixture
def program(audit, policy, tmp_path):
    path = tmp_path / "a.bpf"
    audit("compile", policy, "--arch=x86_64", "-o", path)
    return path


def branches(answer, name):
    [found] = [call for call in answer.json["calls"] if call["call"] == name]
    return [(branch["when"], branch["verdict"]) for branch in found["results"]]


def test_a_policy_in_plain_words(audit, policy):
    text = audit("explain", policy).stdout
    assert "always allowed (1)\n  read (" in text
    assert "always log (1): it is allowed, and logged\n  getpid (" in text
    assert "always return ENOSYS (1): the call fails with this error\n  clone3 (" in text
    assert "if arg0 is 1, or arg0 is 2: allow  (" in text
    assert "    if arg0 is AF_UNIX: allow" in text and "    else if arg0 has no bits but 7: log" in text
    assert "every other call: return EPERM: the call fails with this error  (" in text
    assert "x32 numbers: kill-process: the process is killed  (" in text
    assert "every other architecture: kill-process: the process is killed  (" in text
    assert "and aarch64 by --arch" in text


def test_each_branch_has_its_line(audit, policy):
    answer = audit("explain", policy, "--json")
    lines = {call["call"]: [branch["line"] for branch in call["results"]] for call in answer.json["calls"]}
    assert lines == {"read": [4], "write": [5, 2], "socket": [6, 6, 6], "clone3": [7], "getpid": [8]}
    assert answer.json["default"]["line"] == 2
    assert answer.json["calls"][0]["results"][0]["text"] == "read: allow"


def test_one_call(audit, policy, program):
    assert "if arg0 is 1, or arg0 is 2: allow" in audit("explain", policy, "write").stdout
    assert "not mentioned: return EPERM" in audit("explain", policy, "close").stdout
    assert "if arg0 is 1 to 2: allow" in audit("explain", program, "write").stdout
    for answer in (audit("explain", policy, "write", "--json"), audit("explain", policy, "close", "--json")):
        assert len(answer.json["calls"]) == 1


def test_a_program_says_what_its_policy_says(audit, program):
    answer = audit("explain", program, "--json")
    assert branches(answer, "read") == [(None, "allow")]
    assert branches(answer, "write") == [("arg0 is 1 to 2", "allow"), (None, "return EPERM")]
    assert branches(answer, "clone3") == [(None, "return ENOSYS")]
    socket = dict((verdict, when) for when, verdict in branches(answer, "socket"))
    assert socket["allow"] == "arg0 is AF_UNIX"
    assert len(answer.json["calls"]) == 5
    assert answer.json["default"]["verdict"] == "return EPERM"
    assert [branch["verdict"] for branch in answer.json["x32"]] == ["kill-process"]
    assert [branch["verdict"] for branch in answer.json["other_archs"]] == ["kill-process"]
    assert answer.json["arch_blind"] is False


def test_a_program_that_looks_at_no_architecture_is_told(audit, tmp_path):
    path = tmp_path / "blind.bpf"
    path.write_bytes(bpf.program((bpf.LD, 0), (bpf.JEQ, 59, 0, 1), (bpf.RET, bpf.KILL), (bpf.RET, bpf.ALLOW)))
    answer = audit("explain", path, "--json")
    assert answer.json["arch_blind"] is True
    assert branches(answer, "execve") == [(None, "kill-process")]
    assert answer.json["default"]["verdict"] == "allow"
    assert "the architecture is not looked at" in audit("explain", path).stdout


def test_x32_numbers_that_are_let_through_are_told(audit, tmp_path):
    path = tmp_path / "x32.bpf"
    path.write_bytes(bpf.program((bpf.LD, 4), (bpf.JEQ, bpf.X86_64, 1, 0), (bpf.RET, bpf.KILL), (bpf.LD, 0),
                                 (bpf.JEQ, 0x40000001, 0, 1), (bpf.RET, bpf.ALLOW), (bpf.RET, bpf.KILL)))
    answer = audit("explain", path, "--json")
    assert {branch["verdict"] for branch in answer.json["x32"]} == {"allow", "kill-process"}
    text = audit("explain", path).stdout
    assert "number 1073741825" in text and "x32 numbers: " in text


def test_a_long_list_of_calls_is_wrapped(audit, tmp_path):
    path = tmp_path / "long.policy"
    names = ["read", "write", "open", "close", "stat", "fstat", "lstat", "poll", "lseek", "mmap", "mprotect",
             "munmap", "brk", "pipe", "select", "dup", "dup2", "pause", "getpid", "socket", "bind", "listen",
             "fork", "vfork", "execve", "exit", "wait4", "uname", "fcntl", "flock", "fsync", "chdir"]
    path.write_text("@arch x86_64\n@default kill\n" + "".join(f"{name}: allow\n" for name in names))
    text = audit("explain", path).stdout
    assert f"always allowed ({len(names)})\n" in text
    block = text.split("\n\n")[1]
    assert max(map(len, block.splitlines())) <= 100
    assert sorted(block.replace(",", " ").split()[3:]) == sorted(names)
    assert f"execve ({path}:27)" in audit("explain", path, "--verbose").stdout


def test_parameters_stay_names(audit, policies):
    text = audit("explain", policies / "session.policy", "kill").stdout
    assert "if arg0 is $listener and arg1 is SIGUSR1: allow" in text


@pytest.mark.parametrize("arguments, status", [
    ([], 2), (["a", "b", "c"], 2), (["missing.policy"], 2), (["{policy}", "no_such_call"], 2),
    (["{policy}", "--arch=s390x"], 2), (["pid:4194304"], 2),
])
def test_bad_input(audit, policy, arguments, status):
    answer = audit("explain", *(word.format(policy=policy) for word in arguments))
    assert (answer.returncode, answer.stdout) == (status, "") and answer.stderr


def test_what_is_too_hard_is_undecided(audit, tmp_path):
    path = tmp_path / "a.bpf"
    path.write_bytes(bpf.program((bpf.LD, 16), (bpf.RET_A, 0)))
    answer = audit("explain", path)
    assert (answer.returncode, answer.stdout) == (3, "")

# SPDX-License-Identifier: ISC
"""seccomp-audit compile: what it writes is proven, and where it cannot be it writes nothing.

That a wrong program is refused is test_compile_gate.c's: it takes a compiler that is wrong.
"""

import pytest

POLICY = "@arch x86_64\n@default kill\nread: arg0 == 3\nwrite: arg0 == 1 && arg2 <= 100\nexit_group: allow\n"
HARD = "@arch x86_64\n@default kill\nread: arg0 == 3 || arg1 == 4\nwrite: arg0:u32 < 5 || arg2 & 6\n"


@pytest.mark.parametrize("policy, compiler, by", [
    (POLICY, "any", "seccomp"), (POLICY, "seccomp", "seccomp"), (POLICY, "own", "own"),
    (HARD, "any", "own"), (HARD, "own", "own"),
])
def test_each_compiler_writes_a_program_that_proves_equal(audit, write, tmp_path, policy, compiler, by):
    source, program = write("a.policy", policy), tmp_path / "a.bpf"
    answer = audit("compile", source, f"--compiler={compiler}", "-o", program, "--json")
    assert (answer.returncode, answer.json["compiler"], answer.json["verdict"]) == (0, by, "EQUAL")
    assert answer.json["instructions"] * 8 == program.stat().st_size
    assert audit("prove", source, program).returncode == 0


def test_the_shorter_of_both_programs_is_written(audit, write, policies, tmp_path):
    for source in (write("a.policy", POLICY), policies / "session.policy", policies / "listener.policy"):
        one, other, both = (
            audit("compile", source, f"--compiler={compiler}", "--header", "--name=x", "-o", tmp_path / "a.h",
                  "--json").json for compiler in ("seccomp", "own", "both"))
        assert both["instructions"] == min(one["instructions"], other["instructions"])
        assert both["compiler"] == ("own" if other["instructions"] < one["instructions"] else "seccomp")


@pytest.mark.parametrize("compiler", ["seccomp", "both"])
@pytest.mark.parametrize("rule, why", [
    ("dup3: arg1 in 1 && arg2 == 0 || arg1 == 2 && arg2 == 0", "it has '||': write one condition"),
    ("dup3: arg1 > 0 && arg1 < 3", "it asks one argument twice"),
    ("dup3: arg1:u32 < 3", "it has ':u32' with another compare"),
    ("dup3: arg1 & 6", "it asks for any of several bits"),
    ("dup3: { arg0 == 1; log, allow }", "what it says otherwise is not the default"),
    ("dup3: { arg0 == 1; log, arg0 == 2; allow, kill }", "it has several conditions"),
    ("dup3: { arg0 == 1; kill, kill }", "its result is the default"),
    ("dup3: return 4095", "it answers 'Invalid argument'"),
])
def test_a_rule_that_libseccomp_does_not_take_is_named_with_the_reason(audit, write, tmp_path, compiler, rule, why):
    source = write("a.policy", f"@arch x86_64\n@default kill\nread: allow\n{rule}\n")
    answer = audit("compile", source, f"--compiler={compiler}", "-o", tmp_path / "a.bpf")
    assert answer.returncode == 1
    assert f"libseccomp: dup3 at {source}:4:1: {why}" in answer.stderr and "--compiler=own" in answer.stderr
    assert not (tmp_path / "a.bpf").exists()
    assert audit("compile", source, "--compiler=own", "-o", tmp_path / "a.bpf").returncode == 0


@pytest.mark.parametrize("head", ["@default return 4095", "@default kill\n@badarch return 4095"])
def test_a_default_that_libseccomp_does_not_take_is_said(audit, write, tmp_path, head):
    source = write("a.policy", f"@arch x86_64\n{head}\nread: allow\n")
    answer = audit("compile", source, "--compiler=both", "-o", tmp_path / "a.bpf")
    assert answer.returncode == 1 and "libseccomp: it does not take @default or @badarch" in answer.stderr
    assert audit("compile", source, "-o", tmp_path / "a.bpf").returncode == 0


def test_an_architecture_that_libseccomp_is_not_asked_for_is_said(audit, write, tmp_path):
    answer = audit("compile", write("a.policy", "@arch arm\n@default kill\nread: allow\n"), "--arch=arm",
                   "--compiler=both", "-o", tmp_path / "a.bpf")
    assert answer.returncode == 1
    assert "libseccomp: it is asked for x86_64, aarch64 and riscv64 alone" in answer.stderr


def test_a_program_that_is_too_long_is_not_written(audit, write, tmp_path):
    rule = " || ".join(f"arg{i % 6} == {i}" for i in range(300))
    rules = "".join(f"{call}: {rule}\n" for call in ("read", "write", "close", "dup", "poll", "mmap", "brk"))
    answer = audit("compile", write("a.policy", "@arch x86_64\n@default kill\n" + rules.replace(" || ", " || \\\n")),
                   "-o", tmp_path / "a.bpf")
    assert answer.returncode == 1 and "4096" in answer.stderr
    assert not (tmp_path / "a.bpf").exists()


@pytest.mark.parametrize("options, complaint", [
    (["-o", "{out}", "--compiler=gcc"], "--compiler"), ([], "-o"), (["-o", "{out}", "--trap"], "--header"),
    (["-o", "{out}", "--header"], "--name"), (["-o", "{out}", "--header", "--name=1x"], "--name"),
    (["-o", "{out}", "--arch=aarch64"], "aarch64"), (["-o", "/nonexistent/x"], "/nonexistent/x"),
    (["-o", "{out}", "--param=x=1"], "x"),
])
def test_bad_input_exits_2_and_writes_nothing(audit, write, tmp_path, options, complaint):
    out = tmp_path / "a.out"
    answer = audit("compile", write("a.policy", POLICY), *(word.format(out=out) for word in options))
    assert answer.returncode == 2 and complaint in answer.stderr
    assert not out.exists()


def test_parameters_must_be_given_for_a_program(audit, policies, tmp_path):
    out = tmp_path / "a.bpf"
    assert audit("compile", policies / "session.policy", "-o", out).returncode == 2
    for value in ("0", "4194305"):
        answer = audit("compile", policies / "session.policy", f"--param=listener={value}", "-o", out)
        assert answer.returncode == 2 and "1 to 4194304" in answer.stderr
    assert not out.exists()


def test_the_header_proves_both_programs_and_leaves_holes(audit, policies, tmp_path):
    out = tmp_path / "a.h"
    run = audit("compile", policies / "session.policy", "--header", "--trap", "--name=session", "-o", out)
    assert run.returncode == 0
    text = out.read_text()
    for word in ("session_insns[]", "session_trap_insns[]", "session_holes[]", "session_trap_holes[]",
                 "session_params[]", "#$listener.lo"):
        assert word in text


def test_every_architecture_of_the_shipped_policies_is_proven(audit, policies, tmp_path):
    for name in ("session", "session-trace", "listener"):
        for arch in ("x86_64", "aarch64"):
            for compiler in ("seccomp", "own") if name != "listener" else ("any", "own"):
                answer = audit("compile", policies / f"{name}.policy", f"--arch={arch}", "--header", "--name=x",
                               "--trap", f"--compiler={compiler}", "-o", tmp_path / "x.h")
                assert answer.returncode in ((0, 1) if compiler == "seccomp" else (0,)), answer.stderr

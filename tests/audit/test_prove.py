# SPDX-License-Identifier: ISC
"""seccomp-audit prove: each word, each form of input, and every witness run again on both sides."""

import shutil
import subprocess

import pytest

import bpf

POLICY = "@arch x86_64\n@default kill\nread: arg0 == 3\nwrite: allow\nexit_group: allow\n"


def confirm(audit, witness, program, policy, *params):
    """The witness as its sides say, asked again one by one."""
    before, call = bpf.arguments(witness)
    for side, name, more in (("left", program, ()), ("right", policy, params)):
        again = audit("emulate", *before, name, *call, *more, "--json")
        assert again.returncode == 0, again.stderr
        assert again.json["action"] == witness[side]["action"]
    assert witness["left"]["action"] != witness["right"]["action"]


READ, WRITE, EXIT = 0, 1, 231



def exact(**changes):
    """POLICY by hand; `changes` replaces actions of other calls."""
    table = {WRITE: bpf.ALLOW, EXIT: bpf.ALLOW, **{int(k[1:]): v for k, v in changes.items()}}
    checks = [(bpf.LD, 4), (bpf.JEQ, bpf.X86_64, 1, 0), (bpf.RET, bpf.KILL), (bpf.LD, 0),
              (bpf.JGE, 0x40000000, 0, 2), (bpf.JEQ, 0xFFFFFFFF, 1, 0), (bpf.RET, bpf.KILL)]
    rest = [row for number, action in table.items()
            for row in ((bpf.JEQ, number, 0, 1), (bpf.RET, action))]
    read = [(bpf.JEQ, READ, 0, 6), (bpf.LD, 20), (bpf.JEQ, 0, 0, 3), (bpf.LD, 16),
            (bpf.JEQ, 3, 0, 1), (bpf.RET, bpf.ALLOW), (bpf.RET, bpf.KILL)]
    return bpf.program(*checks, *read, *rest, (bpf.RET, bpf.KILL))


def test_equal_is_said_of_a_program_that_is_the_policy(audit, write):
    policy, program = write("a.policy", POLICY), write("a.bpf", exact())
    answer = audit("prove", policy, program, "--json")
    assert (answer.returncode, answer.json["verdict"], answer.json["witnesses"]) == (0, "EQUAL", [])
    assert audit("prove", policy, program).stdout.startswith("EQUAL: ")


@pytest.mark.parametrize("changes, word, differences", [
    ({"c1": bpf.KILL}, "STRICTER", {"stricter"}),
    ({"c1": bpf.errno(1)}, "STRICTER", {"stricter"}),
    ({"c2": bpf.ALLOW}, "WEAKER", {"weaker"}),
    ({"c2": bpf.errno(1)}, "WEAKER", {"weaker"}),
    ({"c1": bpf.KILL, "c2": bpf.ALLOW}, "INCOMPARABLE", {"stricter", "weaker"}),
    ({"c1": bpf.ALLOW | 7}, "INCOMPARABLE", {"data"}),
])
def test_each_word_has_witnesses_that_run_again(audit, write, changes, word, differences):
    policy, program = write("a.policy", POLICY), write("a.bpf", exact(**changes))
    answer = audit("prove", policy, program, "--json")
    assert (answer.returncode, answer.json["verdict"]) == (1, word)
    assert {witness["difference"] for witness in answer.json["witnesses"]} == differences
    for witness in answer.json["witnesses"]:
        confirm(audit, witness, program, policy)


def test_a_witness_names_call_arguments_line_and_instructions(audit, write):
    policy = write("a.policy", "@arch x86_64\n@default kill\nsocket: arg0 == AF_UNIX\n")
    program = write("a.bpf", bpf.calls({41: bpf.ALLOW}))
    text = audit("prove", policy, program).stdout
    assert "x86_64 socket(AF_UNSPEC, " in text
    assert "a.policy:2:1: @default kill\n" in text
    assert "a.policy:3:1: socket: arg0 == AF_UNIX\n" in text
    assert "ret  #0x7fff0000                allow" in text
    witness = audit("prove", policy, program, "--json").json["witnesses"][0]
    assert witness["args_text"][0] == "AF_UNSPEC"
    assert [witness["right"][key] for key in ("line", "column", "rule_line")] == [2, 1, 3]
    assert witness["right"]["text"] == "@default kill"
    assert witness["left"]["instructions"][-1] == 8


def test_verbose_shows_all_instructions_that_ran(audit, write, policies, tmp_path):
    program = tmp_path / "a.bpf"
    audit("compile", policies / "listener.policy", "--param", "listener=7", "-o", program)
    short = audit("prove", policies / "session.policy", program).stdout
    full = audit("prove", policies / "session.policy", program, "--verbose").stdout
    assert "instructions before" in short and "instructions before" not in full
    assert (full.count("ld   [arch]"), short.count("ld   [arch]")) == (1, 0)


def test_an_included_line_is_shown_too(audit, write):
    write("part.policy", "# a comment\n\nwrite: arg0 == 1\n")
    policy = write("a.policy", "@arch x86_64\n@default kill\n@include ./part.policy\n")
    text = audit("prove", policy, write("a.bpf", bpf.calls({WRITE: bpf.KILL}))).stdout
    assert "part.policy:3:8: write: arg0 == 1\n" in text


def test_what_cannot_be_decided_is_never_equal(audit, write):
    product = bpf.program((bpf.LD, 16), (bpf.TAX, 0), (bpf.LD, 24), (bpf.MUL_X, 0),
                          (bpf.JEQ, 6, 0, 1), (bpf.RET, bpf.ALLOW), (bpf.RET, bpf.KILL))
    answer = audit("prove", write("a.policy", POLICY), write("a.bpf", product), "--json")
    assert (answer.returncode, answer.json["verdict"]) == (3, "UNDECIDED")
    assert answer.json["reason"] and answer.json["witnesses"] == []
    text = audit("prove", write("a.policy", POLICY), write("a.bpf", product)).stdout
    assert text.startswith("UNDECIDED") and "instruction 3" in text


def test_parameters_are_recovered_from_a_bound_program(audit, policies, tmp_path):
    program = tmp_path / "session.bpf"
    audit("compile", policies / "session.policy", "--param", "listener=4242", "-o", program)
    answer = audit("prove", policies / "session.policy", program, "--json")
    assert answer.returncode == 0
    assert answer.json["params_are"] == "recovered"
    assert answer.json["params"] == {"listener": 4242}
    given = audit("prove", policies / "session.policy", program, "--param=listener=4242", "--json")
    assert (given.returncode, given.json["params_are"]) == (0, "given")
    wrong = audit("prove", policies / "session.policy", program, "--param=listener=4243", "--json")
    assert (wrong.returncode, wrong.json["verdict"]) == (1, "INCOMPARABLE")
    for witness in wrong.json["witnesses"]:
        assert witness["call"] == "kill"
        confirm(audit, witness, program, policies / "session.policy", "--param=listener=4243")


def test_a_changed_program_is_compared_with_the_values_it_was_made_for(audit, policies, tmp_path):
    program = tmp_path / "session.bpf"
    audit("compile", policies / "session-trace.policy", "--param", "listener=4242", "-o", program)
    answer = audit("prove", policies / "session.policy", program, "--json")
    assert (answer.returncode, answer.json["verdict"]) == (1, "WEAKER")
    assert answer.json["params_are"] == "nearest"
    assert answer.json["params"] == {"listener": 4242}
    [witness] = answer.json["witnesses"]
    assert witness["call"] == "write"
    confirm(audit, witness, program, policies / "session.policy", "--param=listener=4242")


def test_parameters_of_two_policies_stay_open(audit, write):
    head = "@arch x86_64\n@default kill\n@param $p: u32 in 1..100\n"
    one, two = write("1.policy", head + "kill: arg0 == $p\n"), write("2.policy", head + "kill: arg0 <= $p\n")
    same = write("3.policy", head + "kill: arg0 <= $p && arg0 >= $p\n")
    assert audit("prove", one, same).returncode == 0
    answer = audit("prove", one, two, "--json")
    assert (answer.json["verdict"], answer.json["params_are"]) == ("WEAKER", "open")
    [witness] = answer.json["witnesses"]
    value = witness["params"]["p"]
    for side, name in (("left", two), ("right", one)):
        again = audit("emulate", name, "kill", *map(str, witness["args"]), f"--param=p={value}", "--json")
        assert again.json["action"] == witness[side]["action"]


def test_a_program_for_one_of_the_listed_architectures_is_found_equal_for_it(audit, policies, tmp_path):
    for arch in ("x86_64", "aarch64"):
        program = tmp_path / f"{arch}.bpf"
        audit("compile", policies / "session.policy", "--arch", arch, "--param=listener=5", "-o", program)
        answer = audit("prove", policies / "session.policy", program, "--json")
        assert (answer.returncode, answer.json["arch"]) == (0, arch)
    other = audit("prove", policies / "session.policy", program, "--arch=x86_64", "--json")
    assert (other.returncode, other.json["arch"]) == (1, "x86_64")


def test_a_program_for_all_architectures_is_equal_for_all(audit, write):
    policy = write("a.policy", "@arch x86_64, aarch64\n@default kill\nwrite: allow\n")
    number = {bpf.X86_64: 1, bpf.AARCH64: 64}
    both = bpf.program(
        (bpf.LD, 4), (bpf.JEQ, bpf.X86_64, 0, 4), (bpf.LD, 0), (bpf.JEQ, number[bpf.X86_64], 0, 1),
        (bpf.RET, bpf.ALLOW), (bpf.RET, bpf.KILL), (bpf.JEQ, bpf.AARCH64, 0, 3), (bpf.LD, 0),
        (bpf.JEQ, number[bpf.AARCH64], 0, 1), (bpf.RET, bpf.ALLOW), (bpf.RET, bpf.KILL))
    answer = audit("prove", policy, write("both.bpf", both), "--json")
    assert (answer.returncode, answer.json["arch"]) == (0, None)


@pytest.mark.parametrize("arch", ["s390x", "ppc64", "mips", "ppc64le", "arm", "riscv64"])
def test_programs_of_every_byte_order_and_width_go_round(audit, write, tmp_path, arch):
    policy = write("a.policy", f"@arch {arch}\n@default kill\nread: arg0 == 3\nwrite: arg1 > 7 && arg2 & 6\n")
    program = tmp_path / "a.bpf"
    assert audit("compile", policy, f"--arch={arch}", "-o", program).returncode == 0
    assert audit("prove", policy, program, f"--arch={arch}").returncode == 0
    weaker = write("b.policy", policy.read_text().replace("> 7", "> 6"))
    answer = audit("prove", policy, weaker, f"--arch={arch}", "--json")
    assert (answer.returncode, answer.json["verdict"]) == (1, "WEAKER")
    assert answer.json["witnesses"][0]["args"][1] == 7


def test_smt_holds_the_same_question(audit, write, policies, tmp_path):
    assert shutil.which("z3"), "z3 is needed: apt-get install z3"
    program, query = tmp_path / "a.bpf", tmp_path / "a.smt2"
    audit("compile", policies / "session.policy", "--param=listener=9", "-o", program)
    for policy, status, word in (("session", 0, "unsat"), ("session-trace", 1, "sat")):
        answer = audit("prove", policies / f"{policy}.policy", program, f"--smt={query}")
        assert answer.returncode == status
        z3 = subprocess.run(["z3", "-T:60", query], capture_output=True, text=True, check=False)
        assert z3.stdout.split()[0] == word


@pytest.mark.parametrize("content, complaint", [
    (b"", "0 bytes"),
    (b"1234567", "7 bytes"),
    (bpf.program((bpf.LD, 3), (bpf.RET, bpf.ALLOW)), "instruction 0"),
    (bpf.program((bpf.LD, 0)), "instruction 0"),
    (bpf.program(*[(bpf.RET, bpf.ALLOW)] * 4097), "4096"),
], ids=["empty", "odd", "offset", "no return", "long"])
def test_what_is_no_program_is_bad_input(audit, write, content, complaint):
    answer = audit("prove", write("a.policy", POLICY), write("a.bpf", content))
    assert answer.returncode == 2
    assert complaint in answer.stderr


@pytest.mark.parametrize("arguments", [
    [], ["a.policy"], ["a.policy", "a.bpf", "a.bpf"], ["a.policy", "missing.bpf"],
    ["a.policy", "pid:"], ["a.policy", "pid:x"], ["a.policy", "pid:0"], ["a.policy", "pid:4194305"],
    ["a.policy", "a.bpf", "--param=nothing=1"], ["a.policy", "a.bpf", "--arch=aarch64"],
    ["a.policy", "a.bpf", "--smt=/nonexistent/directory/q.smt2"],
])
def test_bad_input_exits_2_and_says_why(audit, write, tmp_path, arguments):
    write("a.policy", POLICY)
    write("a.bpf", exact())
    answer = audit("prove", *arguments, cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.strip()


def test_a_process_without_a_filter_allows_everything(audit, write):
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        try:
            answer = audit("prove", write("a.policy", POLICY), f"pid:{sleeper.pid}", "--json")
            assert (answer.returncode, answer.json["verdict"]) == (1, "WEAKER")
            assert answer.json["witnesses"][0]["left"]["filter"] == 0
        finally:
            sleeper.kill()


def test_no_colour_in_a_pipe(audit, write):
    answer = audit("prove", write("a.policy", POLICY), write("a.bpf", exact()))
    assert "\033" not in answer.stdout

# SPDX-License-Identifier: ISC
"""seccomp-audit diff: all that changes is in the list, nothing else is, and every example runs."""

import itertools
import random

import pytest

import bpf

HEAD = "@arch x86_64\n@default kill\n"


@pytest.fixture
def diff(audit, write):
    """diff(rules, rules, option...): two policies that differ only in their rules."""
    def run(one, two, *options):
        return audit("diff", write("a.policy", HEAD + one), write("b.policy", HEAD + two), *options)

    return run


def holds(span, value):
    if span["kind"] == "any":
        return True
    if span["kind"] == "mask":
        return value & span["mask"] == span["bits"]
    low = value if span["kind"] == "range" else value & 0xFFFFFFFF
    return span["low"] <= low <= span["high"]


def find(changes, arch, number, args):
    """The changes whose region a call is in."""
    return [change for change in changes
            if change["archs"][0] <= arch <= change["archs"][1]
            and change["numbers"][0] <= number <= change["numbers"][1]
            and all(map(holds, change["args"], args)) and holds(change["ip"], 0)]


def test_equal_policies_have_no_changes(diff):
    answer = diff("read: arg0 <= 3\n", "read: arg0 < 4\n", "--json")
    assert (answer.returncode, answer.json["verdict"], answer.json["changes"]) == (0, "EQUAL", [])


def test_a_new_condition_reads_like_the_rule(diff):
    answer = diff("read: allow\n", "read: allow\nsocket: arg0 == AF_VSOCK\n")
    assert answer.returncode == 1
    assert "newly allowed\n    socket: only if arg0 is AF_VSOCK\n" in answer.stdout
    assert "  newly denied\n" not in answer.stdout and "  changed\n" not in answer.stdout


@pytest.mark.parametrize("one, two, change, when", [
    ("read: arg0 == 1\n", "read: allow\n", "allowed", "arg0 is not 1"),
    ("read: allow\n", "read: arg0 != 1\n", "denied", "arg0 is 1"),
    ("read: allow\n", "read: arg0 <= 9\n", "denied", "arg0 is at least 0xa"),
    ("read: arg0:u32 == 5\n", "read: arg0 == 5\n", "denied", None),
    ("read: arg1 & 8 == 8\n", "read: allow\n", "allowed", "arg1 lacks 8"),
    ("clone: allow\n", "clone: arg0 & CLONE_NEWUSER == 0\n", "denied", "arg0 has CLONE_NEWUSER"),
    ("read: allow\n", "read: { arg2 > 5; return EIO, allow }\n", "denied", "arg2 is at least 6"),
])
def test_changes_are_ranges_and_masks(diff, one, two, change, when):
    answer = diff(one, two, "--json")
    assert {entry["change"] for entry in answer.json["changes"]} == {change}
    if when is not None:
        assert f"only if {when}\n" in diff(one, two).stdout


def test_what_neither_allows_nor_denies_is_changed(diff):
    answer = diff("read: return EPERM\nwrite: allow\n", "read: return EIO\nwrite: log\n", "--json")
    found = {(entry["calls"][0], entry["change"], entry["before"], entry["after"])
             for entry in answer.json["changes"]}
    assert found == {("read", "other", "return EPERM", "return EIO"), ("write", "other", "allow", "log")}


def test_calls_of_one_side_only_are_named(diff):
    text = diff("read: allow\nclose: allow\n", "read: allow\nwrite: allow\ngetpid: allow\n").stdout
    assert "newly allowed\n    write, getpid\n      always: was kill-process, is allow;" in text
    assert "newly denied\n    close\n      always: was allow, is kill-process;" in text


def test_another_default_changes_all_other_numbers(audit, write):
    one = write("a.policy", HEAD + "read: allow\n")
    two = write("b.policy", "@arch x86_64\n@default return EPERM\n@badarch kill\nread: allow\n")
    answer = audit("diff", one, two, "--json")
    assert [entry["numbers"] for entry in answer.json["changes"]] == \
        [[1, 0x3FFFFFFF], [0xFFFFFFFF, 0xFFFFFFFF]]
    assert "numbers 1 to 1073741823" in audit("diff", one, two).stdout


def test_other_architectures_and_x32_are_in_the_list(audit, write):
    one = write("a.policy", HEAD + "read: allow\n")
    two = write("b.policy", HEAD + "@badarch return ENOSYS\nread: allow\n")
    changes = audit("diff", one, two, "--json").json["changes"]
    for arch, number in ((0, 0), (0x40000003, 5), (0xFFFFFFFF, 0), (bpf.X86_64, 0x40000000),
                         (bpf.X86_64, 0xFFFFFFFE)):
        assert len(find(changes, arch, number, [0] * 6)) == 1
    assert find(changes, bpf.X86_64, 0xFFFFFFFF, [0] * 6) == []
    assert "x32 numbers" in audit("diff", one, two).stdout


def test_examples_run_as_they_say(audit, policies, write):
    one, two = policies / "session.policy", policies / "listener.policy"
    answer = audit("diff", one, two, "--param=listener=7", "--arch=x86_64", "--json")
    assert len(answer.json["changes"]) > 15
    for entry in answer.json["changes"]:
        call = [entry["example"]["call"], *map(str, entry["example"]["args"])]
        for name, side in ((one, "before"), (two, "after")):
            again = audit("emulate", name, *call, "--param=listener=7", "--json")
            assert again.json["action"] == entry[f"{side}_action"]
        assert find(answer.json["changes"], bpf.X86_64, entry["example"]["number"],
                    entry["example"]["args"]) == [entry]


VALUES = [0, 1, 2, 3, 7, 8, 9, 15, 16, 0xFFFFFFFF, 0x100000001, 0x8000000000000000, 2**64 - 1]


def random_rule(chance):
    forms = ["arg{a} == {v}", "arg{a} != {v}", "arg{a} < {n}", "arg{a} >= {n}", "arg{a}:u32 <= {u}",
             "arg{a} & {n}", "arg{a} & {n} == {n}", "arg{a} in {n}"]
    atoms = [chance.choice(forms).format(a=chance.randrange(3), v=chance.choice(VALUES),
                                         n=chance.choice(VALUES[1:9]), u=chance.choice(VALUES[1:9]))
             for _ in range(chance.randrange(1, 4))]
    return chance.choice([" && ", " || "]).join(atoms)


def random_policy(audit, write, chance, name):
    """One whose conditions are neither always true nor always false, which is an error."""
    while True:
        path = write(f"{name}.policy", HEAD + "".join(
            f"{call}: {random_rule(chance)}\n" for call in ("read", "write")) + "getpid: allow\n")
        if audit("explain", path).returncode == 0:
            return path


@pytest.mark.parametrize("seed", range(12))
def test_the_list_is_complete_and_exact(audit, write, seed):
    chance = random.Random(seed)
    sides = [random_policy(audit, write, chance, name) for name in "ab"]
    changes = audit("diff", *sides, "--json").json["changes"]
    calls = [(call, args) for call in ("read", "write")
             for args in itertools.product(chance.sample(VALUES, 4), repeat=3)]
    for call, args in chance.sample(calls, 24):
        actions = [audit("emulate", side, call, *map(str, args), "--json").json["action"]
                   for side in sides]
        found = find(changes, bpf.X86_64, {"read": 0, "write": 1}[call], [*args, 0, 0, 0])
        assert len(found) == (actions[0] != actions[1]), (call, args)
        for entry in found:
            assert [entry["before_action"], entry["after_action"]] == actions


def test_long_lists_say_what_they_leave_out(diff):
    rule = " || ".join(f"arg0 == {value} && arg1 == {value % 7}" for value in range(0, 120, 2))
    short = diff("read: " + rule + "\n", "getpid: allow\n").stdout
    full = diff("read: " + rule + "\n", "getpid: allow\n", "--verbose").stdout
    shown = short.count("read: only if")
    assert shown == 12 and "and 48 more regions (--verbose shows them)" in short
    assert full.count("read: only if") == 60 and "more regions" not in full


def test_parameters_that_make_no_difference_need_no_value(audit, policies):
    answer = audit("diff", policies / "session.policy", policies / "session-trace.policy", "--json")
    assert (answer.returncode, answer.json["params_are"]) == (1, "any")
    assert {(entry["arch"], *entry["calls"]) for entry in answer.json["changes"]} == \
        {("x86_64", "write"), ("aarch64", "write")}


def test_parameters_that_make_a_difference_are_asked_for(audit, write):
    head = HEAD + "@param $p: u32 in 1..9\n"
    one, two = write("a.policy", head + "kill: arg0 == $p\n"), write("b.policy", head + "kill: arg0 <= $p\n")
    answer = audit("diff", one, two)
    assert (answer.returncode, answer.stdout) == (2, "") and "--param" in answer.stderr
    answer = audit("diff", one, two, "--param=p=5")
    assert answer.returncode == 1 and "only if arg0 is at most 4\n" in answer.stdout


def test_a_bound_program_equals_its_policy(audit, policies, tmp_path):
    program = tmp_path / "a.bpf"
    audit("compile", policies / "session.policy", "--param=listener=77", "-o", program)
    answer = audit("diff", policies / "session.policy", program, "--arch=x86_64", "--json")
    assert (answer.returncode, answer.json["params"]) == (0, {"listener": 77})


def test_what_cannot_be_decided_is_not_equal(audit, write):
    product = bpf.program((bpf.LD, 16), (bpf.TAX, 0), (bpf.LD, 24), (bpf.MUL_X, 0),
                          (bpf.JEQ, 6, 0, 1), (bpf.RET, bpf.ALLOW), (bpf.RET, bpf.KILL))
    answer = audit("diff", write("a.policy", HEAD + "read: allow\n"), write("a.bpf", product), "--json")
    assert (answer.returncode, answer.json["verdict"]) == (3, "UNDECIDED")
    computed = bpf.program((bpf.LD, 16), (bpf.RET_A, 0))
    answer = audit("diff", write("a.policy", HEAD + "read: allow\n"), write("a.bpf", computed))
    assert answer.returncode == 3 and answer.stdout == ""

# SPDX-License-Identifier: ISC
"""seccomp-audit emulate, dump and disasm: what stands there, for every form of input."""

import json
import struct
import subprocess

import pytest

import bpf
from test_attest import confined, start  # noqa: F401 fixtures


@pytest.fixture
def session(audit, policies, tmp_path):
    path = tmp_path / "session.bpf"
    audit("compile", policies / "session.policy", "--param=listener=4242", "-o", path)
    return path


def test_a_policy_shows_the_line_that_decided(audit, policies):
    policy = policies / "session.policy"
    answer = audit("emulate", policy, "kill", "4242", "SIGUSR1", "--param=listener=4242")
    assert answer.returncode == 0
    assert answer.stdout.startswith("allow\n") and "kill: arg0 == $listener" in answer.stdout
    place = audit("emulate", policy, "kill", "4242", "SIGUSR1", "--param=listener=4242", "--json").json
    assert place["text"].startswith("kill: ") and place["line"] == place["rule_line"]
    assert place["file"] == str(policy)
    other = audit("emulate", policy, "kill", "4242", "SIGKILL", "--param=listener=4242").stdout
    assert other.startswith("kill-process\n") and "for this does not hold: " in other


def test_a_program_shows_the_instructions_that_decided(audit, session):
    text = audit("emulate", session, "close", "0").stdout
    assert text.startswith("allow\n") and "ret  #0x7fff0000                allow" in text
    answer = audit("emulate", session, "close", "1", "--json").json
    assert answer["verdict"] == "kill-process" and answer["instructions"][0] == 0
    steps = audit("emulate", session, "close", "0x100000000", "--verbose").stdout
    assert steps.count("\n") > 8 and "kill-process" in steps


def test_policy_and_program_agree(audit, policies, session):
    for call in (["recvfrom", "0"], ["recvfrom", "1"], ["kill", "4242", "10"], ["read"], ["999"],
                 ["0x40000001"], ["0xffffffff"], ["sendto", "0", "0", "0", "MSG_NOSIGNAL"]):
        said = audit("emulate", policies / "session.policy", *call, "--param=listener=4242", "--json")
        ran = audit("emulate", session, *call, "--json")
        assert said.json["action"] == ran.json["action"]


def test_a_profile_is_a_form_too(audit, tmp_path):
    profile = tmp_path / "a.json"
    profile.write_text(json.dumps({
        "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}))
    assert audit("emulate", profile, "read", "--arch=x86_64").stdout.startswith("allow\n")
    assert audit("emulate", profile, "write", "--arch=x86_64").stdout.startswith("return EPERM\n")


def test_a_live_process_is_a_form_too(audit, start, tmp_path):  # noqa: F811
    older, newer = tmp_path / "older.bpf", tmp_path / "newer.bpf"
    older.write_bytes(bpf.program((bpf.LD, 0), (bpf.JEQ, 39, 0, 1), (bpf.RET, bpf.errno(1)), (bpf.RET, bpf.ALLOW)))
    newer.write_bytes(bpf.program((bpf.LD, 0), (bpf.JEQ, 40, 0, 1), (bpf.RET, bpf.errno(2)), (bpf.RET, bpf.ALLOW)))
    process = start(older, newer)
    name = f"pid:{process.pid}"
    getpid = audit("emulate", name, "getpid", "--json").json
    assert (getpid["verdict"], getpid["filter"]) == ("return EPERM", 1)
    assert audit("emulate", name, "sendfile", "--json").json["filter"] == 2
    assert "getpid" in audit("explain", name).stdout
    policy = tmp_path / "a.policy"
    policy.write_text("@arch x86_64\n@default kill\nread: allow\n")
    assert audit("prove", policy, name).returncode == 1
    answer = audit("dump", process.pid, "-o", tmp_path / "live.bpf")
    assert answer.returncode == 0
    assert (tmp_path / "live.1.bpf").read_bytes() == older.read_bytes()
    assert (tmp_path / "live.2.bpf").read_bytes() == newer.read_bytes()
    assert audit("dump", process.pid).stdout.count("filter ") == 2
    assert process.poll() is None


def test_threads_with_different_filters_are_refused(audit, start, tmp_path):  # noqa: F811
    path = tmp_path / "a.bpf"
    path.write_bytes(bpf.program((bpf.RET, bpf.ALLOW)))
    answer = audit("emulate", f"pid:{start(thread=[path]).pid}", "read")
    assert answer.returncode == 3 and "attest" in answer.stderr


@pytest.mark.parametrize("arguments", [
    ["{policy}"], ["{policy}", "no_such_call"], ["{policy}", "read", *"1234567"],
    ["{policy}", "kill", "1"], ["{policy}", "kill", "WHAT", "--param=listener=1"],
    ["{session}", "kill", "--param=listener=1"], ["{session}.missing", "kill"],
    ["{policy}", "4294967296", "--param=listener=1"],
])
def test_bad_input_exits_2(audit, policies, session, arguments):
    filled = [word.format(policy=policies / "session.policy", session=session) for word in arguments]
    answer = audit("emulate", *filled)
    assert (answer.returncode, answer.stdout) == (2, "") and answer.stderr


def test_dump_has_every_number_of_the_program(audit, session):
    raw = session.read_bytes()
    rows = [line.split() for line in audit("dump", session).stdout.splitlines()]
    assert len(rows) * 8 == len(raw)
    packed = b"".join(struct.pack("<HBBI", *(int(word, 16) for word in row[1:5])) for row in rows)
    assert packed == raw
    instructions = audit("dump", session, "--json").json["filters"][0]["instructions"]
    assert b"".join(struct.pack("<HBBI", *(insn[key] for key in ("code", "jt", "jf", "k")))
                    for insn in instructions) == raw


def test_dump_writes_the_same_file(audit, session, tmp_path):
    copy = tmp_path / "copy.bpf"
    assert audit("dump", session, "-o", copy).returncode == 0
    assert copy.read_bytes() == session.read_bytes()


def test_disasm_of_a_policy_shows_its_holes(audit, policies):
    text = audit("disasm", policies / "session.policy").stdout
    assert "#$listener.lo" in text
    holes = audit("disasm", policies / "session.policy", "--json").json["filters"][0]["holes"]
    assert {hole["param"] for hole in holes} == {"listener"}
    answer = audit("dump", policies / "session.policy", "-o", "/dev/null/x")
    assert answer.returncode == 2 and "compile" in answer.stderr


def test_disasm_of_a_foreign_byte_order_reads_the_same(audit, tmp_path):
    policy, program = tmp_path / "a.policy", tmp_path / "a.bpf"
    policy.write_text("@arch s390x\n@default kill\nread: arg0 == 0x500000003\n")
    audit("compile", policy, "--arch=s390x", "-o", program)
    text = audit("disasm", program, "--arch=s390x").stdout
    assert text == audit("disasm", policy, "--arch=s390x").stdout
    low = text.index("ld   [args[0].lo]")
    assert text.index("#0x3,", low) < text.index("ld   [args[0].hi]") < text.index("#0x5", low)
    copy = tmp_path / "copy.bpf"
    audit("dump", program, "--arch=s390x", "-o", copy)
    assert copy.read_bytes() == program.read_bytes()


def test_the_process_is_not_harmed(audit, start, tmp_path):  # noqa: F811
    sleepy = tmp_path / "sleepy.policy"
    sleepy.write_text("@arch x86_64\n@default kill-process\nwrite: allow\nexit_group: allow\nnanosleep: allow\n")
    program = tmp_path / "sleepy.bpf"
    audit("compile", sleepy, "-o", program)
    process = start(program, action=("sleep", "300"))
    assert audit("emulate", f"pid:{process.pid}", "read").returncode in (0, 3)
    assert process.wait(timeout=30) == 0


def test_help_names_every_option(audit):
    for command in ("prove", "diff", "explain", "dump", "disasm", "emulate", "compile"):
        text = audit(command, "--help").stdout
        assert text.startswith(f"usage: seccomp-audit {command} ") and "--json" in text
        unknown = subprocess.run([audit.tool, command, "--nonsense"], capture_output=True, check=False)
        assert unknown.returncode == 2

# SPDX-License-Identifier: ISC
"""`seccomp-audit attest`, on real processes: it finds what is there."""

import os
import signal
import socket
import struct
import subprocess

import pytest

from processes import allow_all, build, confined, daemon, start  # noqa: F401 (fixtures)
from processes import SLEEPY, attest, procfs, together, wait_until


def test_session_and_listener_equal_their_policies(audit, daemon):
    server = daemon()
    client, session = server.serving()
    status, found = attest(audit, session)
    assert (status, found["verdict"]) == (0, "EQUAL")
    filters = found["stacks"][0]["filters"]
    assert [(f["relation"], f["policy"], f["parameters"]) for f in filters] == [
        ("EQUAL", "listener", {"listener": server.pid}), ("EQUAL", "session", {"listener": server.pid})]
    assert (together(found)["relation"], together(found)["policy"]) == ("EQUAL", "session")
    assert found["facts"][0] == {"what": f"$listener = {server.pid}", "says": "its parent", "wrong": False}
    assert found["facts"][1]["says"].startswith("socket:") and not found["facts"][1]["wrong"]
    assert found["threads"] == [{"tid": session, "seccomp": 2, "no_new_privs": True,
                                 "call_began_anew": False, "stack": 0}]
    status, found = attest(audit, server.pid)
    assert (status, found["verdict"], together(found)["policy"]) == (0, "EQUAL", "listener")
    assert found["facts"] == [{"what": f"$listener = {server.pid}", "says": "the process itself", "wrong": False}]
    client.ask()


@pytest.mark.parametrize("option, policy, variant", [("--trace", "session-trace", ""),
                                                     ("--diagnose", "session", "trapping")])
def test_other_modes_are_known_for_what_they_are(audit, daemon, option, policy, variant):
    server = daemon(option)
    client, session = server.serving()
    for pid, name in ((session, policy), (server.pid, "listener")):
        status, found = attest(audit, pid)
        whole = together(found)
        assert (status, whole["relation"], whole["policy"]) == (0, "EQUAL", name)
        assert whole["variant"] == variant
    client.ask()


def test_text_says_the_same_as_json_without_colour(audit, daemon):
    server = daemon()
    _, session = server.serving()
    answer = audit("attest", session)
    assert answer.returncode == 0 and not answer.stderr
    assert f"together: EQUAL to session with $listener = {server.pid}\n" in answer.stdout
    assert "no_new_privs yes, seccomp filter\n" in answer.stdout
    assert f"$listener = {server.pid}: its parent\n" in answer.stdout
    assert "\033" not in answer.stdout


def test_a_given_policy_is_what_the_whole_stack_is_held_against(audit, daemon, policies):
    server = daemon()
    _, session = server.serving()
    status, found = attest(audit, session, f"--policy={policies / 'session.policy'}")
    assert (status, found["verdict"]) == (0, "EQUAL")
    assert [f["relation"] for f in found["stacks"][0]["filters"]] == ["WEAKER", "EQUAL"]


def test_another_policy_is_a_difference_with_a_witness(audit, daemon, policies):
    server = daemon()
    _, session = server.serving()
    listener = policies / "listener.policy"
    status, found = attest(audit, session, f"--policy={listener}")
    assert (status, found["verdict"]) == (1, "STRICTER")
    witness, = together(found)["witnesses"]
    assert (witness["difference"], witness["left"]["verdict"], witness["right"]["verdict"]) == ("stricter", "kill-process", "allow")
    told = audit("emulate", "--json", listener, witness["call"], *witness["args"],
                 f"--param=listener={together(found)['parameters']['listener']}").json
    assert (told["verdict"], told["line"]) == ("allow", witness["right"]["line"])
    text = audit("attest", session, f"--policy={listener}").stdout
    assert f"{listener}:{witness['right']['line']}:" in text and "STRICTER than the nearest" in text


def test_every_changed_instruction_is_found_or_changes_nothing(audit, start, build, policies, tmp_path):
    """Each constant that a session's filter compares with or returns, off by one bit."""
    _, program = build(policies / "session.policy", f"--param=listener={os.getpid()}")
    original = program.read_bytes()
    relations = []
    for at in range(0, len(original), 8):
        code, true, false, k = struct.unpack_from("=HBBI", original, at)
        if code not in (0x15, 0x06) or k == 0:
            continue
        flipped = k ^ (0x00010000 if code == 0x06 and k == 0x7FFF0000 else 2)
        mutant = tmp_path / "mutant.bpf"
        mutant.write_bytes(original[:at] + struct.pack("=HBBI", code, true, false, flipped) + original[at + 8:])
        # In a thread that makes no call, a filter that allows the wrong ones harms nobody.
        process = start(thread=[mutant], action=("pause",))
        status, found = attest(audit, process.pid, f"--policy={policies / 'session.policy'}")
        process.kill()
        whole = together(found, thread=1)
        assert (status, found["verdict"]) == (1, "THREADS-DIFFER")
        relations.append((whole["relation"], whole["parameters"]["listener"]))
        assert bool(whole["witnesses"]) == (whole["relation"] != "EQUAL")
        assert all(w["left"]["verdict"] != w["right"]["verdict"] for w in whole["witnesses"])
    # The listener's number is a parameter, and was changed to another one; one constant tells numbers
    # of no call from others of no call.
    equal = {found for found in relations if found[0] == "EQUAL"}
    assert ("EQUAL", os.getpid() ^ 2) in equal and len(relations) - len(equal) > 5
    assert equal <= {("EQUAL", os.getpid() ^ 2), ("EQUAL", os.getpid())}


def test_filters_that_are_the_policy_only_together(audit, start, build):
    head = "@arch x86_64\n@default kill-process\nwrite: arg0 == 2\nexit_group: allow\nseccomp: allow\npause: allow\n"
    wanted, _ = build(head)
    _, first = build(head + "getpid: allow\n")
    _, second = build(head + "gettid: allow\n")
    process = start(first, second)
    status, found = attest(audit, process.pid, f"--policy={wanted}")
    assert (status, found["verdict"]) == (0, "EQUAL")
    assert [f["relation"] for f in found["stacks"][0]["filters"]] == ["WEAKER", "WEAKER"]
    oldest = found["stacks"][0]["filters"][0]["witnesses"][0]
    assert oldest["call"] == "getpid", "the filter that was installed first is filter 1"


@pytest.mark.parametrize("value", [1, 0xFFFFFFFF, 0x100000000, 0xFEDCBA9876543210])
def test_parameters_of_64_bits_are_recovered(audit, start, build, value):
    policy, program = build(SLEEPY + "@param $cookie: u64 in 0..0xffffffffffffffff\ngetpid: arg3 >= $cookie\n",
                            f"--param=cookie={value}")
    status, found = attest(audit, start(program).pid, f"--policy={policy}")
    assert (status, found["verdict"], together(found)["parameters"]) == (0, "EQUAL", {"cookie": value})


def test_a_wrong_parameter_is_found_in_the_right_program(audit, start, build, policies):
    _, program = build(policies / "session-trace.policy", "--param=listener=1")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = start(program, action=("receive",), stdin=theirs)
        status, found = attest(audit, process.pid)
        assert (status, found["verdict"], together(found)["relation"]) == (1, "WRONG-PARAMETER", "EQUAL")
        assert [fact["wrong"] for fact in found["facts"]] == [True, False]


def test_a_descriptor_that_is_no_socket_is_found(audit, start, build, policies):
    _, program = build(policies / "session-trace.policy", f"--param=listener={os.getpid()}")
    status, found = attest(audit, start(program, action=("spin",)).pid)
    assert (status, found["verdict"], together(found)["relation"]) == (1, "WRONG-PARAMETER", "EQUAL")
    assert [fact["wrong"] for fact in found["facts"]] == [False, True]


def test_a_process_without_filter_is_unconfined(audit, start):
    status, found = attest(audit, start().pid)
    assert (status, found["verdict"]) == (1, "UNCONFINED")
    assert found["threads"][0]["seccomp"] == 0 and together(found) is None


def test_no_new_privs_and_the_mode_are_shown_for_each_thread(audit, start, allow_all):
    _, found = attest(audit, start(allow_all).pid)
    assert [(t["seccomp"], t["no_new_privs"]) for t in found["threads"]] == [(2, True)]
    _, found = attest(audit, os.getpid())
    assert {(t["seccomp"], t["no_new_privs"]) for t in found["threads"]} == {(0, False)}


def test_threads_that_differ_are_a_finding(audit, start, build, allow_all):
    policy, program = build(SLEEPY)
    process = start(allow_all, thread=[program])
    status, found = attest(audit, process.pid, f"--policy={policy}")
    assert (status, found["verdict"]) == (1, "THREADS-DIFFER")
    assert [len(stack["filters"]) for stack in found["stacks"]] == [1, 2]
    assert (together(found, 0)["relation"], together(found, 1)["relation"]) == ("WEAKER", "EQUAL")
    unconfined = start(thread=[program])
    assert attest(audit, unconfined.pid, f"--policy={policy}")[1]["verdict"] == "THREADS-DIFFER"


def test_threads_that_agree_are_none(audit, start, build, allow_all):
    """The second thread starts under the filters of the first and adds none."""
    process = start(allow_all, thread=[os.devnull])
    policy, _ = build(SLEEPY)
    status, found = attest(audit, process.pid, f"--policy={policy}")
    assert (status, found["verdict"]) == (1, "WEAKER") and len(found["threads"]) == 2


def test_a_child_before_its_own_filter_is_not_yet_confined(audit, confined, policies, tmp_path):
    """The listener's filter names the listener's pid: so the process that gets it must be there first."""
    ready, gate = tmp_path / "listener.bpf", "read line; exec \"$0\" \"$1\" -- family"
    with subprocess.Popen(["sh", "-c", gate, confined, ready], stdin=subprocess.PIPE,
                          stderr=subprocess.PIPE) as parent:
        audit("compile", policies / "listener.policy", "-o", ready, f"--param=listener={parent.pid}")
        parent.stdin.write(b"\n")
        parent.stdin.flush()
        assert parent.stderr.readline() == b"ready\n"
        child, = wait_until(lambda: procfs.children(parent.pid), "the child")
        try:
            status, found = attest(audit, child)
            assert (status, found["verdict"]) == (1, "NOT-YET-CONFINED")
            status, found = attest(audit, child, f"--policy={policies / 'session.policy'}")
            assert (status, found["verdict"]) == (1, "NOT-YET-CONFINED")
            assert attest(audit, parent.pid)[1]["verdict"] == "EQUAL"
        finally:
            os.kill(child, signal.SIGKILL)
            parent.kill()


def test_all_walks_a_service(audit, daemon):
    server = daemon()
    sessions = [server.serving()[1] for _ in range(5)]
    answer = audit("attest", f"--all={server.name}")
    rows = [line.split() for line in answer.stdout.splitlines()]
    assert answer.returncode == 0 and rows[0][0] == "PID"
    assert {int(row[0]) for row in rows[1:]} == {server.pid, *sessions}
    for row in rows[1:]:
        listener = int(row[0]) == server.pid
        assert row[2:5] == (["1", "right", "listener"] if listener else ["2", "right", "session"])
        assert row[1] == str(os.getpid() if listener else server.pid) and row[-1] == "EQUAL"
    found = audit("attest", "--json", f"--all={server.name}").json
    assert {process["pid"] for process in found} == {server.pid, *sessions}


def test_a_finding_outweighs_what_could_not_be_seen(audit, start):
    """An unconfined process, and one that is gone: in either order."""
    unconfined, gone = start(), start()
    gone.kill()
    gone.wait()
    for pids in ((unconfined.pid, gone.pid), (gone.pid, unconfined.pid)):
        answer = audit("attest", "--json", *pids)
        assert answer.returncode == 1
        assert {process["verdict"] for process in answer.json} == {"UNCONFINED", "GONE"}
    assert audit("attest", "--all=confined").returncode == 1
    assert audit("attest", "--all=no-such-process").returncode == 3

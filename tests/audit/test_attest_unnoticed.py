# SPDX-License-Identifier: ISC
"""`seccomp-audit attest` does its processes no harm: nobody notices that it looked."""

import contextlib
import ctypes
import signal
import subprocess
import threading

import pytest

from processes import allow_all, build, confined, daemon, start  # noqa: F401 (fixtures)
from processes import CALLS, SLEEPS, SLEEPY, assert_free, attest, await_sleep, procfs, wait_until
from waiting import continue_process, stop_process


def test_fifty_looks_cost_a_talking_client_nothing(audit, daemon):
    server = daemon()
    client, session = server.serving()
    done, verdicts = threading.Event(), []

    def look():
        try:
            for _ in range(50):
                verdicts.extend(p["verdict"] for p in audit("attest", "--json", session, server.pid).json)
        finally:
            done.set()

    watcher = threading.Thread(target=look)
    watcher.start()
    asked = 0
    while not done.is_set():
        client.ask(b"line %d" % asked)
        asked += 1
    watcher.join()
    assert verdicts == ["EQUAL"] * 100 and asked > 50
    client.send(b"quit\n")
    assert client.receive_all() == b""
    assert server.wait_event("close", session=session)["messages"] == str(asked + 1)
    assert server.outcome(session) == "quit"


def test_sessions_that_come_and_go_are_never_found_at_fault(audit, daemon):
    server = daemon()
    done = threading.Event()

    def knock():
        while not done.is_set():
            client = server.connect()
            client.ask()
            client.close()

    knocker = threading.Thread(target=knock)
    knocker.start()
    try:
        seen = {p["verdict"] for _ in range(15) for p in audit("attest", "--json", f"--all={server.name}").json}
    finally:
        done.set()
        knocker.join()
    assert "EQUAL" in seen and seen <= {"EQUAL", "GONE"}
    server.await_idle()
    assert {event["outcome"] for event in server.events("close")} <= {"eof", "reset"}


def test_a_stopped_session_stays_stopped(audit, daemon):
    server = daemon()
    client, session = server.serving()
    stop_process(session)
    assert attest(audit, session)[1]["verdict"] == "EQUAL"
    assert procfs.state(session) == "T"
    continue_process(session)
    client.ask()


def test_no_signal_is_lost(audit, start, allow_all):
    """Real-time signals queue: each one that was sent is handled, also one that arrives with the stop."""
    count = 200_000
    libc = ctypes.CDLL(None, use_errno=True)
    process = start(allow_all, action=("count", str(count)))

    def send():
        sent = 0
        while sent < count:
            sent += libc.sigqueue(process.pid, signal.SIGRTMIN, None) == 0  # EAGAIN: the queue is full

    sender = threading.Thread(target=send)
    sender.start()
    while sender.is_alive():
        assert audit("attest", process.pid).returncode in (1, 3)
    wait_until(lambda: process.poll() == 0, f"{count} signals have been handled")


@pytest.mark.parametrize("action", SLEEPS)
def test_a_sleeper_that_a_stop_would_kill_is_refused_and_lives(audit, start, build, action):
    policy, program = build(SLEEPY)
    process = start(program, action=(action, "700"))
    await_sleep(process, CALLS[action])
    answer = audit("attest", process.pid, f"--policy={policy}")
    assert answer.returncode == 3 and not answer.stdout
    assert answer.stderr.count("\n") == 1 and "restart_syscall" in answer.stderr and "--force" in answer.stderr
    assert_free(process.pid)
    assert process.stderr.readline() == b"done\n" and process.wait() == 0


@pytest.mark.parametrize("action", SLEEPS)
def test_force_attests_a_sleeper_and_it_lives(audit, start, build, action):
    policy, program = build(SLEEPY)
    process = start(program, action=(action, "700"))
    await_sleep(process, CALLS[action])
    status, found = attest(audit, process.pid, "--force", f"--policy={policy}")
    assert (status, found["verdict"]) == (0, "EQUAL")
    assert found["threads"][0]["call_began_anew"]
    assert process.stderr.readline() == b"done\n" and process.wait() == 0


@pytest.mark.parametrize("action", SLEEPS)
def test_a_sleeper_that_may_be_resumed_is_attested(audit, start, build, action):
    policy, program = build(SLEEPY + "restart_syscall: allow\n")
    process = start(program, action=(action, "700"))
    await_sleep(process, CALLS[action])
    status, found = attest(audit, process.pid, f"--policy={policy}")
    assert (status, found["verdict"]) == (0, "EQUAL")
    assert not found["threads"][0]["call_began_anew"]
    assert process.stderr.readline() == b"done\n" and process.wait() == 0


def test_an_interrupted_look_lets_go(audit, daemon):
    server = daemon()
    client, session = server.serving()
    for delay_ms in range(60):
        look = subprocess.Popen([audit.tool, "attest", str(session), str(server.pid)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            look.wait(delay_ms / 1000)
        look.send_signal(signal.SIGKILL if delay_ms % 2 else signal.SIGINT)
        look.wait()
        assert_free(session)
        client.ask()
    assert_free(server.pid)
    server.serving()


def test_a_process_in_uninterruptible_sleep_is_refused_and_unharmed(audit, start, allow_all):
    process = start(allow_all, action=("vfork",), stdin=subprocess.PIPE)
    wait_until(lambda: procfs.state(process.pid) == "D", "it sleeps in vfork")
    answer = audit("attest", process.pid)
    assert answer.returncode == 3 and "uninterruptibly" in answer.stderr
    assert procfs.status(process.pid)["TracerPid"] == "0"
    process.stdin.close()
    assert process.stderr.readline() == b"done\n" and process.wait() == 0
    process.stdin = None

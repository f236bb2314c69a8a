# SPDX-License-Identifier: ISC
"""Caps on sessions and sources, penalties after a crash, and the budget that asks for a restart."""

import os
import signal

import pytest

from offences import assert_rejected, crash, is_served
from waiting import wait_until

OTHER_SOURCE = "127.0.0.2"


def test_session_cap_closes_at_once_and_says_so(server):
    daemon = server("--max-sessions=2")
    (first, session), (second, _) = daemon.serving(), daemon.serving()
    assert_rejected(daemon, "max_sessions")
    second.ask()
    assert first.exchange(b"quit\n") == b""
    daemon.wait_event("close", session=session)
    daemon.serving()
    assert_rejected(daemon, "max_sessions", source=OTHER_SOURCE)


def test_flood_over_the_cap_harms_nobody_inside(server):
    daemon = server("--max-sessions=1", "--max-per-source=0")
    inside, _ = daemon.serving()
    for _ in range(300):
        outside = daemon.connect()
        outside.receive_nothing()
        outside.reset()
    inside.ask()
    assert 1 <= len(daemon.events("reject", reason="max_sessions")) <= 300


def test_source_cap_holds_for_one_source_only(server):
    daemon = server("--max-per-source=2")
    first, session = daemon.serving()
    daemon.serving()
    assert_rejected(daemon, "per_source")
    daemon.serving(source=OTHER_SOURCE)
    assert first.exchange(b"quit\n") == b""
    daemon.wait_event("close", session=session)
    daemon.serving()


def test_source_cap_holds_for_ipv6(server):
    daemon = server("--max-per-source=2", listen=["[::1]:0", "127.0.0.1:0"])
    daemon.serving()
    daemon.serving()
    assert_rejected(daemon, "per_source")
    daemon.serving(address=daemon.addresses[1])


def test_default_source_cap_is_32(server):
    daemon = server()
    for _ in range(32):
        daemon.serving()
    assert_rejected(daemon, "per_source")


@pytest.mark.parametrize("network", ["127.0.0.0/8", "127.0.0.1/32", "0.0.0.0/0"])
def test_exempt_source_has_no_cap_and_no_penalty(server, network):
    daemon = server("--max-per-source=1", f"--exempt={network}")
    daemon.serving()
    crash(daemon)
    daemon.serving()
    if network == "127.0.0.1/32":
        daemon.serving(source=OTHER_SOURCE)
        assert_rejected(daemon, "per_source", source=OTHER_SOURCE)


def test_exempt_ipv6_network_has_no_cap(server):
    daemon = server("--max-per-source=1", "--exempt=::1/128", listen=["[::1]:0"])
    daemon.serving()
    daemon.serving()


def test_crash_is_penalised_for_its_source_only(server):
    daemon = server("--penalty=1h")
    bystander, _ = daemon.serving()
    crash(daemon)
    assert_rejected(daemon, "penalty")
    daemon.serving(source=OTHER_SOURCE)
    bystander.ask()


def test_penalty_expires(server):
    daemon = server("--penalty=700ms")
    crash(daemon)

    wait_until(lambda: is_served(daemon.connect()), "the penalty ends")


def test_no_penalty_when_it_is_off(server):
    daemon = server("--penalty=0")
    crash(daemon)
    daemon.serving()


def test_kill_by_the_operator_is_no_offence(server):
    daemon = server("--penalty=1h")
    _, session = daemon.serving()
    os.kill(session, signal.SIGKILL)
    assert daemon.outcome(session) == "killed"
    daemon.serving()


def test_crash_budget_drains_then_asks_for_a_restart(server):
    daemon = server("--crash-budget=3", "--penalty=0")
    bystander, _ = daemon.serving()
    for _ in range(2):
        crash(daemon)
    daemon.serving()[0].close()
    crash(daemon)
    daemon.await_refusal()
    bystander.ask()
    assert bystander.exchange(b"quit\n") == b""
    assert daemon.wait() == 75


def test_no_crash_budget_when_it_is_off(server):
    daemon = server("--crash-budget=0", "--penalty=0")
    for _ in range(25):
        crash(daemon)
    daemon.serving()

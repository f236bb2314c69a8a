# SPDX-License-Identifier: ISC
"""Clients that take what they can get: the others are served all the while, and nobody is banned by surprise."""

import time

import pytest

import accounts
from waiting import wait_until

GREEDY = "127.0.0.66"
SHARE = 32  # the default of --max-per-source
CROWD = 200


def test_greedy_source_leaves_room_for_others(server):
    daemon = server()
    neighbour, _ = daemon.serving()
    crowd = []
    for _ in range(CROWD):
        crowd.append(daemon.connect(source=GREEDY))
        neighbour.ask(b"still served")
    for client in crowd[:SHARE]:
        client.ask()
    for client in crowd[SHARE:]:
        client.receive_nothing()
    daemon.serving()
    totals = accounts.totals(daemon)
    assert (totals["active"], totals["rejected"]) == (SHARE + 2, CROWD - SHARE)
    assert {event["reason"] for event in daemon.events("reject")} == {"per_source"}
    for client in crowd[:SHARE]:
        client.close()
    daemon.wait_events("close", SHARE)
    daemon.serving(source=GREEDY)


def test_trickle_ends_at_the_session_limit(server):
    """One byte a second keeps a session from being idle, for ever; and it never makes a message."""
    daemon = server("--idle-timeout=1500ms", "--session-timeout=4s")
    client = daemon.connect()
    session = daemon.session_of(client)
    sent = 0
    while not daemon.events("close", session=session):
        try:
            client.send(b"z")
            sent += 1
        except OSError:
            pass
        time.sleep(1)
    (close,) = daemon.events("close", session=session)
    assert close["outcome"] == "session_timeout"
    assert close["messages"] == "0" and 1 < int(close["received"]) <= sent


def leave_at_once(client):
    client.close()


def leave_by_reset(client):
    client.reset()


def leave_in_mid_message(client):
    client.send(b"half a mess")
    client.reset()


def quit_properly(client):
    assert client.exchange(b"x\nquit\n") == b"x------k\n"


def fall_silent(client):
    client.ask()


def never_read(client):
    client.socket.settimeout(0.2)
    try:
        for _ in range(1000):
            client.send(b"z" * 65535 + b"\n")
    except OSError:
        pass


HABITS = {leave_at_once: {"eof", "reset"}, leave_by_reset: {"reset"}, leave_in_mid_message: {"reset"},
          quit_properly: {"quit"}, fall_silent: {"idle_timeout"}, never_read: {"send_timeout"}}


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.__name__)
def test_everyday_ends_are_never_punished(server, habit):
    """What a port scanner, a health check or a hundred people behind one address do is no offence."""
    daemon = server("--penalty=1h", "--crash-budget=1", "--idle-timeout=300ms", "--send-timeout=300ms",
                    "--max-per-source=0")
    count = 3 if habit is never_read else 100
    for _ in range(count):
        habit(daemon.connect())
    closes = daemon.wait_events("close", count)
    assert {event["outcome"] for event in closes} <= HABITS[habit]
    daemon.serving()
    assert daemon.events("reject") == []


def test_session_timeout_is_never_punished(server):
    daemon = server("--penalty=1h", "--crash-budget=1", "--session-timeout=300ms")
    for _ in range(10):
        daemon.connect()
    closes = daemon.wait_events("close", 10)
    assert {event["outcome"] for event in closes} == {"session_timeout"}
    assert not daemon.events("reject")
    wait_until(lambda: daemon.connect().exchange(b"x\n") == b"x------k\n", "a client is served")

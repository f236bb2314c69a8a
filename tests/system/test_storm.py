# SPDX-License-Identifier: ISC
"""Storms: thousands of clients that leave, are refused, are killed or crash. The books stay exact."""

import os
import random
import signal
import threading

import pytest

import accounts
import procfs
from offences import is_served
from peers import Client
from waiting import wait_until

STORM = 2000
REFUSALS = 10000
LINES_PER_S = 11  # ten refusals and one shortage
STORMY = "127.0.0.66"
INNOCENT_ENDS = {"eof", "reset", "quit"}


def connect_and_close(client):
    client.close()


def connect_and_reset(client):
    client.reset()


def speak_and_reset(client):
    client.send(b"x" * 100 + b"\n" + b"y" * 100)
    client.reset()


def speak_and_close_unread(client):
    client.send(b"hello\n" * 50)
    client.close()


def half_close_and_reset(client):
    client.finish()
    client.reset()


DEPARTURES = [connect_and_close, connect_and_reset, speak_and_reset, speak_and_close_unread, half_close_and_reset]
ROOM_FOR_ALL = (f"--max-sessions={2 * STORM}", "--max-per-source=0")


@pytest.mark.parametrize("departure", DEPARTURES, ids=lambda departure: departure.__name__)
@pytest.mark.parametrize("limits", [(), ROOM_FOR_ALL], ids=["capped", "all served"])
def test_storm_of_departures_is_weathered(server, departure, limits):
    """Its source may meet the cap, never a penalty; another is served all the while; nothing remains."""
    daemon = server("--penalty=1h", "--crash-budget=1", *limits)
    neighbour, _ = daemon.serving()
    for number in range(STORM):
        try:
            departure(Client(daemon.address, STORMY))
        except ConnectionError:  # it was refused by the cap, by reset
            pass
        if number % 50 == 0:
            neighbour.ask()
    wait_until(lambda: accounts.totals(daemon)["active"] == 1, "the storm is over")
    assert len(procfs.children(daemon.pid)) == 1
    assert set(accounts.outcomes(daemon)) <= INNOCENT_ENDS
    assert {event["reason"] for event in daemon.events("reject")} <= (set() if limits else {"per_source"})
    assert accounts.totals(daemon)["accepted"] == STORM + 1
    daemon.serving(source=STORMY)


def test_ten_thousand_refusals_make_few_lines_that_add_up(server):
    daemon = server("--max-sessions=1", "--max-per-source=0")
    inside, _ = daemon.serving()
    for _ in range(REFUSALS - 1):
        outside = Client(daemon.address, STORMY)
        outside.receive_nothing()
        outside.reset()
    duration_s = wait_for_a_line_of_refusal(daemon)
    assert accounts.totals(daemon)["rejected"] == accounts.refusals(daemon) >= REFUSALS
    assert len(daemon.events("reject")) <= LINES_PER_S * (duration_s + 1)
    inside.ask()


def wait_for_a_line_of_refusal(daemon):
    """One more refusal whose line brings the count of those before; how many seconds the session has lived."""

    def refused_by_name():
        client = daemon.connect(source=STORMY)
        client.receive_nothing()
        accounts.totals(daemon)  # its line, if there is one, is in the log now
        return daemon.events("reject", client=client)

    wait_until(refused_by_name, "a refusal has a line of its own")
    (session,) = procfs.children(daemon.pid)
    return procfs.age_s(session)


class Chatter(threading.Thread):
    """A client that echoes until it is told to stop or its session is killed; it counts what it got back."""

    def __init__(self, daemon, size):
        super().__init__()
        self.client, self.size = Client(daemon.address), size
        self.sent = self.received = 0
        self.stopping = threading.Event()
        self.cut = False

    def run(self):
        message = bytes(range(256)) * (self.size // 256)
        try:
            while not self.stopping.is_set():
                self.client.send(message)
                self.sent += len(message)
                assert self.client.receive(len(message)) == message
                self.received += len(message)
            self.client.finish()
            assert self.client.receive_all() == b""
        except (AssertionError, ConnectionError):
            self.cut = True


def test_killed_sessions_leave_the_books_exact(server):
    """Those that end by themselves are counted to the byte; of the others the count is what they had counted."""
    daemon = server("--protocol=echo", "--max-per-source=0", "--crash-budget=0", "--penalty=0")
    random.seed(7)
    chatters = [Chatter(daemon, 256 << random.randrange(6)) for _ in range(60)]
    for chatter in chatters:
        chatter.start()
    clients = {int(event["session"]): event["client"] for event in daemon.wait_events("accept", len(chatters))}
    doomed = random.sample(sorted(procfs.children(daemon.pid)), 30)
    for session in doomed:
        os.kill(session, signal.SIGKILL)
        accounts.totals(daemon)
    for chatter in chatters:
        chatter.stopping.set()
    for chatter in chatters:
        chatter.join()
    closes = {event["client"]: event for event in daemon.wait_events("close", len(chatters))}
    killed = {clients[session] for session in doomed}
    for chatter in chatters:
        close = closes[chatter.client.name]
        counted = (int(close["received"]), int(close["sent"]))
        if chatter.client.name in killed:
            assert close["outcome"] == "killed"
            assert chatter.sent + chatter.size >= counted[0] >= counted[1]
        else:
            assert close["outcome"] == "eof" and not chatter.cut
            assert counted == (chatter.sent, chatter.received)
    totals = accounts.totals(daemon)
    assert (totals["active"], totals["sessions"]) == (0, len(chatters))
    assert {name: totals[name] for name in ("messages", "received", "sent")} == accounts.sums(closes.values())


def test_crash_storm_spends_the_budget_and_asks_for_a_restart(server):
    """The default budget: the twentieth crash in a minute drains; who is being served is served to the end."""
    daemon = server("--penalty=0", "--max-per-source=0")
    bystander, session = daemon.serving()
    doomed = [daemon.serving()[1] for _ in range(60)]
    for pid in doomed[:19]:
        os.kill(pid, signal.SIGSEGV)
    daemon.wait_events("close", 19)
    assert is_served(daemon.connect()) and not daemon.events("drain")
    for pid in doomed[19:]:
        os.kill(pid, signal.SIGILL)
    assert daemon.wait_event("drain")["reason"] == "crash_budget"
    daemon.await_refusal()
    bystander.ask(b"still served")
    assert bystander.exchange(b"quit\n") == b""
    assert daemon.outcome(session) == "quit"
    for client in daemon.clients:
        client.close()
    assert daemon.wait() == 75
    assert accounts.outcomes(daemon).count("crash") == len(doomed)
    (stop,) = daemon.events("stop", status=75)
    assert accounts.totals_of(stop)["active"] == 0

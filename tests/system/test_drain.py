# SPDX-License-Identifier: ISC
"""Who waits in the queue when the listener stops is turned away by name, and counted."""

import signal

import accounts
import procfs
from waiting import stop_process, wait_until


def test_waiting_clients_are_turned_away_when_it_drains(server):
    daemon = server()
    served, session = daemon.serving()
    stop_process(daemon.pid)
    waiting = [daemon.connect() for _ in range(3)]
    daemon.signal(signal.SIGTERM)
    daemon.signal(signal.SIGCONT)
    for client in waiting:
        daemon.wait_event("reject", client=client, reason="draining")
        client.receive_nothing()
    served.ask(b"still served")
    served.close()
    assert daemon.outcome(session) == "eof"
    assert daemon.wait() == 0
    (stop,) = daemon.events("stop")
    assert (stop["accepted"], stop["rejected"], stop["sessions"]) == ("4", "3", "1")


def test_drain_serves_the_active_and_ends_the_idle_and_the_stuck(server):
    """The active one loses no byte of what it had begun; the others are ended at the limit, by name."""
    daemon = server("--protocol=echo", "--drain-timeout=2s")
    active, idle, deaf, stopped, _ = clients = [daemon.connect() for _ in range(5)]
    sessions = [daemon.session_of(client) for client in clients]
    for client in clients:
        client.send(b"x")
        client.receive(1)
    stuff(deaf)
    stop_process(sessions[3])
    stopped.send(b"never read")
    clients[4].send(b"last words")
    clients[4].finish()
    daemon.signal(signal.SIGTERM)
    daemon.wait_event("drain")
    bulk = bytes(range(256)) * 20000
    assert active.exchange(bulk) == bulk
    assert clients[4].receive_all() == b"last words"
    assert procfs.alive(sessions[1]) and procfs.alive(sessions[3])
    assert daemon.wait() == 0
    assert [daemon.outcome(session) for session in sessions] == ["eof", "drained", "drained", "drained", "eof"]
    (stop,) = daemon.events("stop", status=0)
    totals = accounts.totals_of(stop)
    assert (totals["accepted"], totals["sessions"], totals["active"]) == (5, 5, 0)
    assert idle.receive_all(reset_is_an_end=True) == b""


def stuff(client):
    """Sends to a session until nothing more goes in: it is stuck in its own sending, since nobody reads."""
    client.socket.setblocking(False)

    def full():
        try:
            client.socket.send(b"z" * 65536)
        except BlockingIOError:
            return True
        return False

    wait_until(full, "the connection is full in both directions")

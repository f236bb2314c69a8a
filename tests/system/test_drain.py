# SPDX-License-Identifier: ISC
"""Who waits in the queue when the listener stops is turned away by name, and counted."""

import signal

import procfs
from waiting import wait_until


def test_waiting_clients_are_turned_away_when_it_drains(server):
    daemon = server()
    served, session = daemon.serving()
    daemon.signal(signal.SIGSTOP)
    wait_until(lambda: procfs.state(daemon.pid) == "T", "the listener is stopped")
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

# SPDX-License-Identifier: ISC
"""Sessions that end badly on purpose, and clients that are refused."""

import os
import signal


def crash(daemon, **where):
    """One session that dies of a segmentation fault, accounted as such; its client."""
    client, session = daemon.serving(**where)
    os.kill(session, signal.SIGSEGV)
    assert daemon.outcome(session) == "crash"
    return client


def is_served(client):
    """Whether a client that has sent nothing yet gets an answer."""
    try:
        client.ask()
    except (AssertionError, ConnectionError):
        return False
    return True


def assert_rejected(daemon, reason, **where):
    """The next client is closed without a byte, and the log says why."""
    client = daemon.connect(**where)
    client.receive_nothing()
    assert daemon.wait_event("reject", client=client)["reason"] == reason
    assert not daemon.events("accept", client=client)

# SPDX-License-Identifier: ISC
"""The listener's books: what it says it has done, and that this adds up at any moment."""

import signal
import time

import procfs

TOTALS = ("active", "accepted", "rejected", "sessions", "messages", "received", "sent")


def totals_of(event):
    """The totals of a `status` or `stop` event as numbers; fails unless they add up."""
    totals = {name: int(event[name]) for name in TOTALS}
    assert totals["accepted"] == totals["rejected"] + totals["sessions"] + totals["active"], event
    return totals


def totals(daemon):
    """The totals of this moment: asks for a status line."""
    before = len(daemon.events("status"))
    daemon.signal(signal.SIGUSR2)
    return totals_of(daemon.wait_events("status", before + 1)[-1])


def stop(daemon):
    """Ends the daemon; its log is complete afterwards. The last totals."""
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0
    (event,) = daemon.events("stop")
    return totals_of(event)


def refusals(daemon, **fields):
    """How many refusals the log tells of: those with a line, and those that lines say were left out before them."""
    return sum(1 + int(event.get("suppressed", 0)) for event in daemon.events("reject", **fields))


def sums(events):
    """The counts of these `close` events, added up."""
    return {name: sum(int(event[name]) for event in events) for name in ("messages", "received", "sent")}


def outcomes(daemon):
    """The outcomes of all sessions that have ended."""
    return [event["outcome"] for event in daemon.events("close")]


def busy_share(pid, window_s):
    """The share of one processor that a process takes, measured for so long."""
    before, start = procfs.cpu_seconds(pid), time.monotonic()
    time.sleep(window_s)
    return (procfs.cpu_seconds(pid) - before) / (time.monotonic() - start)

# SPDX-License-Identifier: ISC
"""Waiting without guessing: polls a condition; the deadline only bounds a failure, it never claims speed."""

import os
import signal
import time

import procfs

DEADLINE_S = 20.0
POLL_S = 0.002


def wait_until(condition, what, deadline_s=DEADLINE_S):
    """Returns the first true value of condition(); fails naming `what` when the deadline has passed."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        time.sleep(POLL_S)


def stop_process(pid):
    """SIGSTOP, and until it has taken effect: a sleeping process is not stopped at once."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: procfs.state(pid) == "T", f"{pid} is stopped")


def continue_process(pid):
    os.kill(pid, signal.SIGCONT)

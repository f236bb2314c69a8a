# SPDX-License-Identifier: ISC
"""Thousands of sessions at once, and what happens to them in one turn of the listener's loop."""

import contextlib
import os
import resource
import signal
import socket
import subprocess

import pytest

import accounts
import grammar
import logfmt
import procfs
from peers import connect_when_up, free_port
from waiting import DEADLINE_S, continue_process, stop_process, wait_until

CROWD = 3300  # the lines that end them are more than the log's buffer holds
SPARE_DESCRIPTORS = 200
MANY = 400  # so that there is a rest of some milliseconds between two looks


@pytest.fixture
def descriptors():
    """Room for a client's end of each session."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = CROWD + SPARE_DESCRIPTORS
    assert hard == resource.RLIM_INFINITY or hard >= needed, f"RLIMIT_NOFILE allows no {needed} descriptors"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextlib.contextmanager
def crowded(binary, log, *options):
    """A full daemon that logs to a file: the process and its sessions' pids, eldest first; it has ended afterwards."""
    address = ("127.0.0.1", free_port())
    argv = [binary, "--max-per-source=0", f"--max-sessions={CROWD}", *options, address[0], str(address[1])]
    with contextlib.ExitStack() as clients, log.open("wb") as stderr:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr)
        process.address = address
        try:
            clients.enter_context(connect_when_up(address).socket)
            for _ in range(CROWD - 1):
                clients.enter_context(socket.create_connection(address))
            wait_until(lambda: len(procfs.children(process.pid)) == CROWD, "everybody has a session")
            yield process, sorted(procfs.children(process.pid))
            process.wait(DEADLINE_S)
        finally:
            process.kill()
            process.wait()


def test_the_dead_are_found_when_nothing_else_happens(server):
    """With many sessions the listener does not look for the dead at each signal; of several deaths one is told."""
    daemon = server("--max-per-source=0", f"--max-sessions={MANY}")
    sessions = [daemon.serving()[1] for _ in range(MANY)]
    for first in range(0, MANY, MANY // 4):
        for session in sessions[first:first + MANY // 8]:
            os.kill(session, signal.SIGKILL)
        wait_until(lambda: "Z" not in map(procfs.state, procfs.children(daemon.pid)), "none is dead and not reaped")
    assert accounts.totals(daemon)["active"] == MANY // 2


def events_of(log):
    lines = log.read_text(encoding="ascii").splitlines()
    grammar.assert_lines(lines)
    return [logfmt.parse(line) for line in lines]


def test_crowd_that_ends_at_once_loses_no_log_line(binary, descriptors, tmp_path):
    """Nobody is slow here: the log is a file."""
    log = tmp_path / "log"
    with crowded(binary, log) as (process, sessions):
        stop_process(process.pid)
        for session in sessions:
            os.kill(session, signal.SIGKILL)
        continue_process(process.pid)
        process.terminate()
    events = events_of(log)
    assert sum(event["event"] == "close" for event in events) == CROWD
    assert not [event for event in events if event["event"] == "log_lost"]
    assert accounts.totals_of(events[-1])["sessions"] == CROWD
    assert process.returncode == 0

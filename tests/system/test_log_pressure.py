# SPDX-License-Identifier: ISC
"""A log that cannot be written: the service goes on, and what was lost is counted to the line."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import termios
import threading

import accounts
import grammar
import logfmt
import procfs
from daemon import unattended
from peers import connect_when_up, free_port
from waiting import wait_until

F_SETPIPE_SZ = 1031
CROWD = 3000  # more lines than the listener keeps
EXTRA_LINES = {"fallback_user", "listening", "drain", "stop", "log_lost"}  # those that tell of no client


def serve_crowd(address, size):
    for _ in range(size):
        client = connect_when_up(address)
        assert client.exchange(b"x\nquit\n") == b"x------k\n"
        client.reset()


def assert_every_line_is_there_or_counted(lines, clients):
    """Two lines for each client, in the log or in the count of the lost ones; and nothing in pieces."""
    grammar.assert_lines(lines)
    events = [logfmt.parse(line) for line in lines]
    lost = sum(int(event["lines"]) for event in events if event["event"] == "log_lost")
    told = sum(event["event"] in ("accept", "close") for event in events)
    assert lost > 0
    assert told + lost == 2 * clients
    assert {event["event"] for event in events} <= {"accept", "close"} | EXTRA_LINES
    accounts.totals_of(events[-1])


def read_lines(descriptor, lines):
    with open(descriptor, encoding="ascii") as log:
        for line in log:
            lines.append(line.rstrip("\n"))


def test_lines_that_a_stuck_reader_costs_are_counted(binary):
    address = ("127.0.0.1", free_port())
    ours, theirs = os.pipe()
    lines = []
    reader = threading.Thread(target=read_lines, args=(ours, lines))
    try:
        with unattended([binary, "--max-per-source=0", address[0], str(address[1])], stderr=theirs) as process:
            os.close(theirs)
            serve_crowd(address, CROWD)
            assert accounts.busy_share(process.pid, 0.5) < 0.1, "it tries again and again"
            reader.start()
            wait_until(lambda: any("event=log_lost" in line for line in list(lines)), "the loss is told")
            serve_crowd(address, 1)
    finally:
        reader.join()
    assert_every_line_is_there_or_counted(lines, CROWD + 1)


def test_slow_reader_gets_the_last_lines_too(binary):
    """More than the pipe holds is left to say when the end comes."""
    address = ("127.0.0.1", free_port())
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, F_SETPIPE_SZ, 4096)
    lines = []
    reader = threading.Thread(target=read_lines, args=(ours, lines))
    try:
        with unattended([binary, address[0], str(address[1])], stderr=theirs) as process:
            os.close(theirs)
            serve_crowd(address, 100)
            wait_until(lambda: not procfs.children(process.pid), "every session is reaped")
            process.terminate()
            reader.start()
    finally:
        reader.join()
    grammar.assert_lines(lines)
    assert accounts.totals_of(logfmt.parse(lines[-1]))["sessions"] == 100
    assert sum(line.startswith("event=close ") for line in lines) == 100


def test_full_device_behind_the_log_stops_nothing(binary):
    address = ("127.0.0.1", free_port())
    with open("/dev/full", "wb") as full:
        with unattended([binary, address[0], str(address[1])], stderr=full) as process:
            serve_crowd(address, 300)
            wait_until(lambda: not procfs.children(process.pid), "every session is reaped")
            assert accounts.busy_share(process.pid, 0.5) < 0.1


@contextlib.contextmanager
def small_disk(path, size):
    """A file system of `size` bytes at a path; gives grow(size)."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "echocell-test", path], check=True)
    try:
        yield lambda size: subprocess.run(["mount", "-o", f"remount,size={size}", path], check=True)
    finally:
        subprocess.run(["umount", path], check=True)


def test_full_disk_behind_the_log_loses_lines_but_no_piece_of_one(binary, tmp_path):
    address = ("127.0.0.1", free_port())
    with small_disk(tmp_path, 16384) as grow:
        with open(tmp_path / "log", "ab") as log:
            with unattended([binary, address[0], str(address[1])], stderr=log):
                serve_crowd(address, 300)
                grow(1 << 20)
                serve_crowd(address, 2)
                wait_until(lambda: b"event=log_lost" in (tmp_path / "log").read_bytes(), "the loss is told")
        lines = (tmp_path / "log").read_text(encoding="ascii").splitlines()
    assert_every_line_is_there_or_counted(lines, 302)


MESSAGES = 3000  # of a traced session: more than a pipe holds
PIPE_FULL = 60000  # of 65536 bytes
WRITE_DELAY_S = 1


@contextlib.contextmanager
def next_write_delayed(pid, seconds):
    """Between poll(2), which finds room in the pipe, and the write of that process passes so much time (strace(1))."""
    inject = f"--inject=write:delay_enter={seconds}s:when=1"
    with subprocess.Popen(["strace", f"--attach={pid}", "--trace=write", inject, "--output=/dev/null"],
                          stderr=subprocess.PIPE, text=True) as strace:
        try:
            assert "attached" in strace.stderr.readline()
            yield
        finally:
            strace.terminate()


def unread(descriptor):
    """How many bytes wait in a pipe."""
    return int.from_bytes(fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)), sys.byteorder)


@contextlib.contextmanager
def traced(binary, stderr):
    """A daemon with --trace and room for one session, and the client that has it."""
    address = ("127.0.0.1", free_port())
    argv = [binary, "--trace", "--max-sessions=1", "--drain-timeout=1s", address[0], str(address[1])]
    with unattended(argv, stderr=stderr) as process:
        with contextlib.closing(connect_when_up(address)) as client:
            client.ask()
            process.address = address
            yield process, client


def assert_turns(process):
    """The listener still takes connections: there is no room for a second one, so it is refused."""
    with contextlib.closing(connect_when_up(process.address)) as second:
        assert second.receive_all(reset_is_an_end=True) == b""


def test_traced_sessions_that_fill_the_log_do_not_stop_the_listener(binary):
    """They do so just when the listener has found that there is room; they wait, and their lines are all there."""
    ours, theirs = os.pipe()
    lines = []
    reader = threading.Thread(target=read_lines, args=(ours, lines))
    try:
        with traced(binary, theirs) as (process, client):
            os.close(theirs)
            with next_write_delayed(process.pid, WRITE_DELAY_S):
                process.send_signal(signal.SIGUSR2)
                wait_until(lambda: procfs.state(process.pid) == "t", "it is about to write")
                client.send(b"a message\n" * MESSAGES)
                wait_until(lambda: unread(ours) > PIPE_FULL, "the pipe is full")
                assert_turns(process)
            assert_turns(process)
            reader.start()
            assert client.receive(MESSAGES * len("a message------k\n")).count(b"k\n") == MESSAGES
            client.finish()
            wait_until(lambda: any(line.startswith("event=close ") for line in list(lines)), "the session has ended")
    finally:
        if not reader.ident:
            reader.start()
        reader.join()
    grammar.assert_lines(lines)
    told = [logfmt.parse(line)["event"] for line in lines]
    assert told.count("message") == 1 + MESSAGES
    assert told.count("status") == 1
    assert told.count("reject") == 2
    assert "log_lost" not in told


def test_traced_sessions_on_a_stuck_socket_do_not_stop_the_listener(binary):
    """A socket, as the journal's, has one description for all: of sessions too what finds no room is lost."""
    ours, theirs = socket.socketpair()
    with ours, theirs, traced(binary, theirs.fileno()) as (process, client):
        client.send(b"a message\n" * MESSAGES)
        assert client.receive(MESSAGES * len("a message------k\n")).count(b"k\n") == MESSAGES
        assert_turns(process)


def test_listener_shares_its_log_with_nobody(binary):
    """Another writer's flags are not changed, and the listener has its own, whatever is in the pipe."""
    ours, theirs = os.pipe()
    with open(ours, "rb"), open(theirs, "wb") as shared:
        address = ("127.0.0.1", free_port())
        with unattended([binary, address[0], str(address[1])], stderr=theirs) as process:
            with contextlib.closing(connect_when_up(address)) as client:
                client.ask()
            assert fcntl.fcntl(shared, fcntl.F_GETFL) & os.O_NONBLOCK == 0
            assert procfs.descriptor_flags(process.pid, 2) & os.O_NONBLOCK

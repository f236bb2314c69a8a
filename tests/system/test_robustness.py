# SPDX-License-Identifier: ISC
"""Odd starts, stopped and killed processes, timeouts, a log nobody reads: the service stays the same."""

import ctypes
import fcntl
import itertools
import os
import resource
import signal
import socket
import struct
import subprocess
import tempfile
import time

import pytest

import procfs
from daemon import unattended
from peers import connect_when_up, free_port
from waiting import continue_process, stop_process, wait_until

STRAY = 500
F_SETPIPE_SZ = 1031
PIDFD_GETFD = 438
LISTENER_DEATH_S = 1.0  # a promise of the contract, not an impatience of the test


def assert_serves_as_always(daemon):
    """Messages, the session's clean state, quit, and the reaping: what no oddity of a start may change."""
    client, session = daemon.serving()
    assert list(procfs.descriptors(session)) == [0]
    status = procfs.status(session)
    assert [int(status[name], 16) for name in ("SigBlk", "SigIgn", "SigCgt")] == [0] * 3
    assert procfs.limits(session)["Max open files"] == ("0", "0")
    assert client.exchange(b"quit\n") == b""
    assert daemon.outcome(session) == "quit"
    daemon.await_idle()


def sleeps(pid):
    """How often a process has gone to sleep: once more for each time that it was woken up."""
    return int(procfs.status(pid)["voluntary_ctxt_switches"])


def block_all_signals():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def ignore_signals():
    for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGUSR1, signal.SIGALRM, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def open_strays():
    null = os.open("/dev/null", os.O_RDWR)
    for number in range(100, 100 + STRAY):
        os.dup2(null, number, inheritable=True)


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def deleted_directory():
    directory = tempfile.mkdtemp()
    os.chdir(directory)
    os.rmdir(directory)


def tiny_limits():
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.mark.parametrize("oddity", [block_all_signals, ignore_signals, open_strays, few_descriptors, deleted_directory,
                                    tiny_limits], ids=lambda oddity: oddity.__name__)
def test_odd_inheritance_changes_nothing(server, oddity):
    daemon = server(preexec_fn=oddity, close_fds=False)
    assert_serves_as_always(daemon)
    clients = [daemon.connect() for _ in range(20)]
    for client in clients:
        client.ask()
    strays = [number for number in procfs.descriptors(daemon.pid) if number >= 100]
    assert strays == []


@pytest.mark.parametrize("mask", [0, 0o777], ids=oct)
def test_umask_is_not_inherited(server, mask):
    daemon = server(umask=mask)
    assert_serves_as_always(daemon)
    assert procfs.status(daemon.pid)["Umask"] == "0077"


def test_empty_environment_is_enough(server):
    assert_serves_as_always(server(env={}))


def test_environment_cannot_change_it(server):
    variables = ("LD_PRELOAD", "LD_LIBRARY_PATH", "GLIBC_TUNABLES", "MALLOC_PERTURB_", "POSIXLY_CORRECT", "TZ", "LANG")
    assert_serves_as_always(server(env={name: "/nonexistent" for name in variables}))


@pytest.mark.parametrize("closed", [subset for size in (1, 2, 3) for subset in itertools.combinations((0, 1, 2), size)],
                         ids=str)
def test_closed_standard_descriptors_change_nothing(binary, closed):
    """The daemon's log may be closed here, so its port is chosen beforehand and its sessions are its children."""
    address = ("127.0.0.1", free_port())

    def close():
        for number in closed:
            os.close(number)

    with unattended([binary, address[0], str(address[1])], stderr=subprocess.DEVNULL, preexec_fn=close) as process:
        client = connect_when_up(address)
        client.ask()
        (session,) = procfs.children(process.pid)
        assert list(procfs.descriptors(session)) == [0]
        listener = procfs.descriptors(process.pid)
        assert [listener[number] for number in (0, 1, 2)] == ["/dev/null"] * 3
        assert client.exchange(b"x\nquit\n") == b"x------k\n"
        wait_until(lambda: not procfs.children(process.pid), "the session is reaped")


def test_stopped_session_goes_on_where_it_was(server):
    daemon = server("--protocol=echo")
    client = daemon.connect()
    client.send(b"x")
    client.receive(1)
    session = daemon.session_of(client)
    for _ in range(5):
        stop_process(session)
        client.send(b"y" * 10000)
        continue_process(session)
        assert client.receive(10000) == b"y" * 10000


def test_stopped_session_does_not_hold_up_others(server):
    daemon = server()
    client, session = daemon.serving()
    stop_process(session)
    daemon.serving()
    continue_process(session)
    client.ask()


def test_stopped_listener_serves_later_and_its_sessions_now(server):
    daemon = server()
    present, _ = daemon.serving()
    stop_process(daemon.pid)
    newcomer = daemon.connect()
    newcomer.send(b"early\n")
    present.ask()
    continue_process(daemon.pid)
    assert newcomer.receive(13) == b"early------k\n"


def test_killed_listener_leaves_no_session_and_a_free_port(server):
    daemon = server()
    sessions = [daemon.serving()[1] for _ in range(10)]
    daemon.signal(signal.SIGKILL)
    assert daemon.wait() == -signal.SIGKILL
    wait_until(lambda: not any(map(procfs.alive, sessions)), "the sessions end too", LISTENER_DEATH_S)
    host, port = daemon.address
    assert_serves_as_always(server(listen=[f"{host}:{port}"]))


def test_restart_with_open_connections_can_bind_at_once(server):
    daemon = server("--drain-timeout=200ms")
    client, _ = daemon.serving()
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0
    host, port = daemon.address
    assert_serves_as_always(server(listen=[f"{host}:{port}"]))
    client.close()


@pytest.mark.parametrize("number, outcome", [(signal.SIGKILL, "killed"), (signal.SIGSEGV, "crash")])
def test_session_ended_by_a_signal_is_accounted_as(server, number, outcome):
    daemon = server()
    client, session = daemon.serving()
    wait_until(lambda: procfs.state(session) == "S", "the session has counted and sleeps")
    os.kill(session, number)
    close = daemon.wait_event("close", session=session)
    assert (close["outcome"], close["messages"], close["client"]) == (outcome, "1", client.name)
    daemon.await_idle()


def test_term_drains_then_exits_0(server):
    daemon = server()
    client, session = daemon.serving()
    daemon.signal(signal.SIGTERM)
    daemon.await_refusal()
    client.ask(b"still served")
    assert client.exchange(b"quit\n") == b""
    assert daemon.wait() == 0
    assert daemon.outcome(session) == "quit"
    assert daemon.events("stop")


@pytest.mark.parametrize("first, second", [(signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM)])
def test_second_term_ends_at_once(server, first, second):
    daemon = server("--drain-timeout=1h")
    _, session = daemon.serving()
    daemon.signal(first)
    daemon.wait_event("drain")
    assert procfs.alive(session)
    daemon.signal(second)
    assert daemon.wait() == 0
    assert not procfs.alive(session)


def test_drain_limit_kills_what_remains(server):
    daemon = server("--drain-timeout=300ms")
    _, session = daemon.serving()
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0
    assert daemon.outcome(session) == "drained"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1])
def test_harmless_signals_are_ignored(server, number):
    daemon = server()
    for _ in range(10):
        daemon.signal(number)
    daemon.connect().ask()


def test_done_signals_wake_nobody_up(server):
    """What ended is said by SIGCHLD; a session that signals without end costs the listener nothing."""
    daemon = server()
    daemon.connect().exchange(b"quit\n")
    daemon.await_idle()
    before = sleeps(daemon.pid)
    for _ in range(50):
        daemon.signal(signal.SIGUSR1)
        time.sleep(0.002)
    assert sleeps(daemon.pid) - before <= 5
    daemon.connect().ask()


def test_usr2_logs_a_status_line(server):
    daemon = server()
    daemon.serving()
    daemon.signal(signal.SIGUSR2)
    assert daemon.wait_event("status")


def test_silent_client_meets_the_idle_timeout(server):
    daemon = server("--idle-timeout=300ms")
    client, session = daemon.serving()
    assert client.receive_all() == b""
    assert daemon.outcome(session) == "idle_timeout"


def connection_of(session):
    """The session's own connection, taken out of it (pidfd_getfd(2), which C libraries and Python do not have)."""
    pidfd = os.pidfd_open(session)
    descriptor = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, pidfd, 0, 0)
    os.close(pidfd)
    assert descriptor >= 0, os.strerror(ctypes.get_errno())
    return socket.socket(fileno=descriptor)


def test_connections_inherit_timeouts_and_no_delay(server):
    """They are set on the listening socket only. A tick is a second, a part of the send timeout a quarter."""
    daemon = server("--idle-timeout=4s", "--send-timeout=8s")
    with connection_of(daemon.serving()[1]) as connection:
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        for option, seconds in ((socket.SO_RCVTIMEO, 1), (socket.SO_SNDTIMEO, 2)):
            timeout = connection.getsockopt(socket.SOL_SOCKET, option, 16)
            assert struct.unpack("ll", timeout) == (seconds, 0)


@pytest.mark.parametrize("protocol", ["ack", "echo", "record"])
def test_deaf_client_meets_the_send_timeout(server, protocol):
    daemon = server(f"--protocol={protocol}", "--send-timeout=300ms")
    client = daemon.connect()
    client.socket.setblocking(False)

    def stuffed():
        try:
            client.socket.send(b"z" * 65536)
        except (BlockingIOError, ConnectionError, BrokenPipeError):
            pass
        return daemon.events("close", client=client)

    assert wait_until(stuffed, "the session gives up")[0]["outcome"] == "send_timeout"


def test_busy_client_meets_the_session_timeout_only(server):
    daemon = server("--idle-timeout=2s", "--session-timeout=3s")
    client, session = daemon.serving()

    def chat():
        try:
            client.ask(b"still here")
        except (AssertionError, ConnectionError):
            pass
        time.sleep(0.02)
        return daemon.events("close", session=session)

    assert wait_until(chat, "the session ends")[0]["outcome"] == "session_timeout"


def test_quit_client_that_never_leaves_is_bounded(server):
    """It says quit, then goes on sending for ever: its session ends in spite of that."""
    daemon = server("--idle-timeout=1s", "--session-timeout=2s")
    client, session = daemon.serving()
    client.send(b"quit\n")

    def chatter():
        try:
            client.send(b"z" * 100)
        except OSError:
            pass
        time.sleep(0.01)
        return daemon.events("close", session=session)

    assert wait_until(chatter, "the session ends")[0]["outcome"] in ("quit", "session_timeout")


@pytest.mark.parametrize("reader", ["gone", "stopped"])
def test_log_that_nobody_reads_stops_nothing(binary, reader):
    """A closed pipe would be SIGPIPE, a full one would be a listener that sleeps in write."""
    address = ("127.0.0.1", free_port())
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, F_SETPIPE_SZ, 4096)
    with unattended([binary, address[0], str(address[1])], stderr=theirs) as process:
        os.close(theirs)
        connect_when_up(address).reset()
        if reader == "gone":
            os.close(ours)
        for _ in range(200):
            client = connect_when_up(address)
            client.ask()
            assert client.exchange(b"quit\n") == b""
            client.reset()
        wait_until(lambda: not procfs.children(process.pid), "every session is reaped")
    if reader == "stopped":
        os.close(ours)

# SPDX-License-Identifier: ISC
"""The classroom contract: `echocell IP PORT` does all that the first version did, without its faults."""

import signal
import subprocess
import threading

import pytest

import procfs
from peers import ACK
from waiting import continue_process, stop_process, wait_until

CROWD = 300
PEER_COMMANDS = {
    "netcat": ["nc", "-N"],
    "ncat": ["ncat"],
    "socat": ["socat", "-t20", "-"],
}


@pytest.fixture
def classroom(server):
    """Started with the two positional arguments of the first version and nothing else but `options`."""

    def start(*options):
        return server(*options, "127.0.0.1", "0", listen=())

    return start


def test_address_and_port_are_enough(classroom):
    daemon = classroom()
    assert daemon.listening["protocol"] == "ack"
    daemon.connect().ask(b"hello")


def test_clients_are_served_concurrently(classroom):
    daemon = classroom()
    clients = [daemon.connect() for _ in range(20)]
    for round_number in range(3):
        for client in reversed(clients):
            client.ask(b"round %d" % round_number)
    assert len(procfs.children(daemon.pid)) == len(clients)


def test_connect_quit_and_disconnect_are_in_the_log(classroom):
    daemon = classroom()
    leaver, quitter = daemon.connect(), daemon.connect()
    for client in (leaver, quitter):
        client.ask(b"hello")
        assert daemon.session_of(client) in procfs.children(daemon.pid)
    quitter.send(b"quit\n")
    leaver.close()
    for client, outcome in ((leaver, "eof"), (quitter, "quit")):
        close = daemon.wait_event("close", client=client)
        assert int(close["session"]) == daemon.session_of(client)
        assert (close["outcome"], close["messages"]) == (outcome, "1")
        assert float(close["duration"]) >= 0
    daemon.await_idle()


def test_close_line_counts_messages_and_bytes(classroom):
    daemon = classroom()
    client = daemon.connect()
    stream = b"one\n\r\n\0three" + b"x" * 10000
    reply = client.exchange(stream)
    close = daemon.wait_event("close", client=client)
    assert (close["messages"], close["received"], close["sent"]) == ("3", str(len(stream)), str(len(reply)))


def test_accept_line_counts_the_active_sessions(classroom):
    daemon = classroom()
    for expected in (1, 2, 3):
        client = daemon.connect()
        assert daemon.wait_event("accept", client=client)["active"] == str(expected)


def test_messages_are_not_in_the_log_without_trace(classroom):
    daemon = classroom("--log-level=debug")
    client = daemon.connect()
    client.ask(b"a-secret-of-the-client")
    client.exchange(b"quit\n")
    daemon.wait_event("close", client=client)
    assert not [line for line in daemon.log() if "secret" in line]


def test_trace_shows_each_message_escaped(classroom):
    daemon = classroom("--trace")
    message = b'a"b\\c\x1b[2J\x07\x7f\xff\xc3\xa9 event=close \r='
    client = daemon.connect()
    client.ask(message)
    session = daemon.session_of(client)
    event = daemon.wait_event("message", session=session)
    assert event["text"].encode("latin-1") == message
    assert event["bytes"] == str(len(message))
    line = next(line for line in daemon.log() if line.startswith("event=message "))
    assert all(" " <= character <= "~" for character in line)


@pytest.mark.parametrize("size", [127, 128, 129, 4096, 70000])
def test_trace_shows_all_of_a_long_message(classroom, size):
    daemon = classroom("--trace")
    message = b"".join(b"%d," % number for number in range(size))[:size]
    client, session = daemon.serving()
    client.ask(message)
    assert client.exchange(b"quit\n") == b""
    daemon.wait_event("close", session=session)
    texts = [event["text"].encode("latin-1") for event in daemon.events("message", session=session)]
    assert b"".join(texts) == b"hello" + message + b"quit"


@pytest.mark.parametrize("size", [127, 128, 129, 4096])
def test_messages_around_the_old_buffer_size_do_no_harm(classroom, size):
    daemon = classroom()
    client, session = daemon.serving()
    for _ in range(3):
        client.ask(b"A" * size)
    client.send(b"quit\n")
    assert daemon.outcome(session) == "quit"


def test_zombies_never_remain_when_a_crowd_quits_at_once(classroom):
    daemon = classroom("--max-per-source=0")
    clients = [daemon.connect() for _ in range(CROWD)]
    for client in clients:
        client.ask()
    for client in clients:
        client.send(b"quit\n")
    closes = daemon.wait_events("close", CROWD)
    assert {close["client"] for close in closes} == {client.name for client in clients}
    assert {close["outcome"] for close in closes} == {"quit"}
    daemon.await_idle()
    for client in clients:
        assert client.receive_all() == b""
    assert daemon.connect().ask() is None
    assert len(daemon.events("close")) == CROWD


def test_every_session_is_reaped_when_the_done_signals_coalesce(classroom):
    """The listener sleeps while forty done-signals become one."""
    daemon = classroom("--max-per-source=0")
    served = [daemon.serving() for _ in range(40)]
    stop_process(daemon.pid)
    for client, _ in served:
        client.send(b"quit\n")
    wait_until(lambda: all(procfs.state(session) == "Z" for _, session in served), "all sessions have ended")
    continue_process(daemon.pid)
    daemon.await_idle()
    assert len(daemon.wait_events("close", len(served), outcome="quit")) == len(served)


def test_done_signals_from_strangers_are_harmless(classroom):
    daemon = classroom("--max-per-source=0")
    stop = threading.Event()

    def storm():
        while not stop.is_set():
            daemon.signal(signal.SIGUSR1)

    thread = threading.Thread(target=storm)
    thread.start()
    try:
        for number in range(100):
            client = daemon.connect()
            client.ask(b"%d" % number)
            assert client.exchange(b"quit\n") == b""
    finally:
        stop.set()
        thread.join()
    assert len(daemon.wait_events("close", 100, outcome="quit")) == 100
    daemon.await_idle()


def test_interrupted_calls_end_neither_listener_nor_session(classroom):
    """A stop and its continuation interrupt the call in which each of them sleeps."""
    daemon = classroom()
    client, session = daemon.serving()
    for pid in (session, daemon.pid) * 10:
        stop_process(pid)
        continue_process(pid)
        client.ask()
    daemon.signal(signal.SIGUSR2)
    daemon.wait_event("status")
    client.ask()
    daemon.connect().ask()


def test_reset_by_the_client_ends_only_its_session(classroom):
    daemon = classroom()
    other = daemon.connect()
    other.ask()
    client, session = daemon.serving()
    client.reset()
    assert daemon.outcome(session) == "reset"
    other.ask()
    daemon.connect().ask()


def test_client_that_leaves_with_replies_unread_kills_nothing(classroom):
    """The session then sends into a connection that is no more: the first version died of SIGPIPE here."""
    daemon = classroom()
    client, session = daemon.serving()
    stop_process(session)
    client.send(b"x\n" * 10000)
    client.reset()
    continue_process(session)
    assert daemon.outcome(session) == "reset"
    daemon.connect().ask()


@pytest.mark.parametrize("peer", PEER_COMMANDS)
def test_debian_clients_get_their_answers(classroom, peer):
    daemon = classroom()
    host, port = daemon.address
    where = [f"TCP:{host}:{port}"] if peer == "socat" else [host, str(port)]
    result = subprocess.run([*PEER_COMMANDS[peer], *where], input=b"hello\nworld\nquit\n", capture_output=True,
                            timeout=20, check=False)
    assert (result.returncode, result.stdout) == (0, b"hello" + ACK + b"\nworld" + ACK + b"\n"), result.stderr
    assert daemon.wait_event("close")["outcome"] == "quit"

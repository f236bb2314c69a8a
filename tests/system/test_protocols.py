# SPDX-License-Identifier: ISC
"""The three protocols through real sockets: replies are functions of the byte stream alone."""

import contextlib
import os
import random

import pytest

import model
from peers import ACK
from waiting import continue_process, stop_process, wait_until

MIB = 1 << 20
SHORT_SESSIONS = [b"ab\r\nquit", b"\r\n\r\r\n\0x", b"q\nquit\nz", b"quit\r\nx\n", b"\0\0a\0\0\r\0", b"qui\nquit"]
CUTS_OF_RECORDS = [1, 2, 127, 128, 129, 255, 256]


@pytest.fixture(scope="module")
def ack_server(module_server):
    return module_server("--max-per-source=0")


@pytest.fixture(scope="module")
def echo_server(module_server):
    return module_server("--protocol=echo", "--max-per-source=0")


@pytest.fixture(scope="module")
def record_server(module_server):
    return module_server("--protocol=record", "--max-per-source=0")


def reply_to_pieces(daemon, pieces):
    client = daemon.connect()
    reply = client.send_pieces(pieces)
    client.reset()
    return reply


@pytest.mark.parametrize("stream", SHORT_SESSIONS)
def test_ack_reply_does_not_depend_on_segmentation(ack_server, stream):
    for pieces in model.segmentations(stream):
        assert reply_to_pieces(ack_server, pieces) == model.ack(stream), pieces


def test_echo_reply_does_not_depend_on_segmentation(echo_server):
    stream = b"quit\r\n\0"
    for pieces in model.segmentations(stream):
        assert reply_to_pieces(echo_server, pieces) == stream, pieces


@pytest.mark.parametrize("cut", CUTS_OF_RECORDS)
def test_record_reply_does_not_depend_on_segmentation(record_server, cut):
    stream = b"hello".ljust(128, b"\0") + b"y" * 128 + b"last"
    pieces = [piece for piece in (stream[:cut], stream[cut:]) if piece]
    assert reply_to_pieces(record_server, pieces) == model.record(stream)


@pytest.mark.parametrize("terminator", [b"\n", b"\r\n", b"\0"])
def test_reply_keeps_the_terminator_of_its_message(ack_server, terminator):
    assert ack_server.connect().exchange(b"hello" + terminator) == b"hello" + ACK + terminator


def test_lone_cr_is_an_ordinary_byte(ack_server):
    assert ack_server.connect().exchange(b"a\rb\n\r\r\n\r\0") == (
        b"a\rb" + ACK + b"\n" + b"\r" + ACK + b"\r\n" + b"\r" + ACK + b"\0")


def test_empty_lines_are_acknowledged(ack_server):
    assert ack_server.connect().exchange(b"\n\r\n") == ACK + b"\n" + ACK + b"\r\n"


def test_nul_padding_is_silent(ack_server):
    messages = [b"first", b"", b"third"]
    stream = b"".join(message.ljust(128, b"\0") for message in messages)
    assert ack_server.connect().exchange(stream) == b"first" + ACK + b"\0" + b"third" + ACK + b"\0"


def test_unterminated_last_message_is_acknowledged_at_the_end(ack_server):
    assert ack_server.connect().exchange(b"one\ntwo") == b"one" + ACK + b"\n" + b"two" + ACK


def test_nothing_sent_gets_nothing(ack_server, echo_server, record_server):
    for daemon in (ack_server, echo_server, record_server):
        assert daemon.connect().exchange(b"") == b""


@pytest.mark.parametrize("almost", [b"quit ", b" quit", b"QUIT", b"quitt", b"qui", b"quit\r", b"q"])
def test_only_exactly_quit_ends(ack_server, almost):
    assert ack_server.connect().exchange(almost + b"\nz\n") == model.ack(almost + b"\nz\n")
    if almost != b"quit\r":
        assert b"z" + ACK in model.ack(almost + b"\nz\n")


@pytest.mark.parametrize("terminator", [b"\n", b"\r\n", b"\0", b""])
def test_quit_ends_without_reply(ack_server, terminator):
    assert ack_server.connect().exchange(b"a\nquit" + terminator) == b"a" + ACK + b"\n"


def test_quit_ends_a_client_that_keeps_its_side_open(ack_server):
    assert ack_server.connect().exchange(b"a\nquit\n", half_close=False) == b"a" + ACK + b"\n"


def test_every_byte_value_is_an_ordinary_byte(ack_server, echo_server):
    stream = bytes(range(256)) * 3
    assert ack_server.connect().exchange(stream) == model.ack(stream)
    assert echo_server.connect().exchange(stream) == stream


@pytest.mark.parametrize("seed", range(3))
def test_random_streams_get_the_replies_of_the_model(ack_server, echo_server, record_server, seed):
    source = random.Random(seed)
    stream = bytes(source.choice(b"quit\r\n\0x") for _ in range(20000)).replace(b"quit", b"quiz")
    assert ack_server.connect().exchange(stream) == model.ack(stream)
    assert echo_server.connect().exchange(stream) == stream
    assert record_server.connect().exchange(stream) == model.record(stream)


@pytest.mark.parametrize("size", [127, 128, 129, 4095, 4096, 4097, 65535, 65536, 65537, MIB])
def test_long_messages_are_never_truncated(ack_server, size):
    text = (os.urandom(4096).translate(bytes(range(33, 127)) * 2 + bytes(range(33, 101))) * 257)[:size]
    assert ack_server.connect().exchange(text + b"\n") == text + ACK + b"\n"


def test_echo_returns_bulk_data_unchanged(echo_server):
    stream = os.urandom(4 * MIB)
    assert echo_server.connect().exchange(stream) == stream


def test_echo_knows_neither_acknowledgement_nor_quit(echo_server):
    assert echo_server.connect().exchange(b"quit\nquit\n\0") == b"quit\nquit\n\0"


def test_half_close_still_gets_every_reply(ack_server):
    stream = b"".join(b"%d\n" % i for i in range(50000))
    client = ack_server.connect()
    assert client.exchange(stream) == model.ack(stream)


def test_partial_sends_to_a_slow_reader_are_finished(echo_server):
    """A stop interrupts the session in a send that has no room: the kernel reports what it took until then."""
    client = echo_server.connect()
    stream = os.urandom(16 * MIB)
    client.socket.settimeout(0.2)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < len(stream):
            sent += client.socket.send(stream[sent : sent + 65536])
    assert sent < len(stream), "the session never had to wait"
    client.socket.settimeout(20)
    session = echo_server.session_of(client)
    received = []
    for _ in range(20):
        stop_process(session)
        continue_process(session)
        received.append(client.receive(sent // 40))
    received.append(client.receive(sent - 20 * (sent // 40)))
    assert b"".join(received) == stream[:sent]


@pytest.mark.parametrize("half_close, tries", [(True, 50), (False, 4)])
def test_quit_with_data_behind_it_gives_fin_not_rst(ack_server, half_close, tries):
    """All of it is taken. Who keeps his side open sees the end once he has paused: each such try takes a while."""
    for _ in range(tries):
        client = ack_server.connect()
        assert client.exchange(b"a\nquit\n" + b"z" * MIB, half_close) == b"a" + ACK + b"\n"
        client.close()


@pytest.mark.parametrize("size", [1, 30000, 300000])
def test_quit_with_data_waiting_behind_it_gives_fin_not_rst(ack_server, size):
    """All of it is in the kernel's buffers before the session reads the first byte of it."""
    client, session = ack_server.serving()
    stop_process(session)
    client.send(b"a\nquit\n" + b"z" * size)
    continue_process(session)
    assert client.receive_all() == b"a" + ACK + b"\n"


def test_quit_with_unread_replies_gives_every_reply_then_fin(ack_server):
    client = ack_server.connect()
    stream = b"".join(b"%d\n" % i for i in range(4000))
    client.send(stream + b"quit\n" + b"dropped\n" * 1000)
    wait_until(lambda: ack_server.events("close", client=client, outcome="quit"), "the session has ended")
    assert client.receive_all() == model.ack(stream)


@pytest.mark.parametrize("size", [0, 1, 120, 121, 122, 127, 128])
def test_record_replies_are_records_of_128_bytes(record_server, size):
    stream = (b"t" * size).ljust(128, b"\0")
    reply = record_server.connect().exchange(stream)
    assert len(reply) == 128
    assert reply == model.record(stream)
    if size + len(ACK) > 128:
        assert reply.rstrip(b"\0") == b"error: message longer than 121 bytes"


def test_record_quit_ends(record_server):
    quit_record, other = b"quit".ljust(128, b"\0"), b"other".ljust(128, b"\0")
    assert record_server.connect().exchange(other + quit_record + other * 100) == model.record(other)


def test_record_answers_a_short_last_record(record_server):
    stream = b"full".ljust(128, b"\0") + b"short"
    assert record_server.connect().exchange(stream) == model.record(stream)
    assert record_server.connect().exchange(b"quit") == b""


@pytest.mark.parametrize("text", [b"!", b"+ok", b" and so on ", b"k" * 64])
def test_acknowledgement_is_what_the_operator_chose(server, text):
    daemon = server("--ack=" + text.decode())
    assert daemon.connect().exchange(b"a\nb") == b"a" + text + b"\n" + b"b" + text


def test_ipv6_is_served_like_ipv4(server):
    daemon = server(listen=["[::1]:0", "127.0.0.1:0"])
    assert sorted(host for host, _ in daemon.addresses) == ["127.0.0.1", "::1"]
    for address in daemon.addresses:
        client = daemon.connect(address=address)
        client.ask()
        assert daemon.wait_event("accept", client=client)
        assert client.exchange(b"x\nquit\ny\n") == b"x" + ACK + b"\n"


def test_ipv6_listener_does_not_take_ipv4(server):
    daemon = server(listen=["[::]:0"])
    port = daemon.address[1]
    daemon.connect(address=("::1", port)).ask()
    with pytest.raises(ConnectionRefusedError):
        daemon.connect(address=("127.0.0.1", port))

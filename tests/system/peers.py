# SPDX-License-Identifier: ISC
"""A client as the tests need it: exact reads, real segments, resets, and no silence about an error."""

import os
import socket
import struct
import threading

import inetdiag
from waiting import DEADLINE_S, wait_until

ACK = b"------k"


class Client:
    """One TCP connection to a daemon; an address is (numeric host, port)."""

    def __init__(self, address, source=None):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.address = address
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(DEADLINE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(address)
        self.local = self.socket.getsockname()[:2]
        host, port = self.local
        self.name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def __str__(self):
        return self.name

    def send(self, data):
        self.socket.sendall(data)

    def finish(self):
        """Ends our direction only."""
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self, size):
        """Exactly `size` bytes; an early end fails."""
        pieces, missing = [], size
        while missing:
            piece = self.socket.recv(missing)
            assert piece, f"the server ended after {size - missing} of {size} bytes: {b''.join(pieces)!r}"
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def receive_all(self, reset_is_an_end=False):
        """Everything until FIN; a reset raises ConnectionResetError unless it may count as an end."""
        pieces = []
        try:
            while piece := self.socket.recv(1 << 16):
                pieces.append(piece)
        except ConnectionError:
            if not reset_is_an_end:
                raise
        return b"".join(pieces)

    def receive_nothing(self):
        """The server ends the connection, by FIN or by reset, and says nothing before."""
        assert self.receive_all(reset_is_an_end=True) == b""

    def ask(self, text=b"hello"):
        """One line to an `ack` server and its acknowledged reply: afterwards the session is serving for certain."""
        self.send(text + b"\n")
        reply = self.receive(len(text) + len(ACK) + 1)
        assert reply == text + ACK + b"\n"

    def exchange(self, data, half_close=True, may_be_cut=False):
        """Sends all of `data` while it reads everything until FIN; returns what it read.

        With `may_be_cut` the server may end before it has taken everything: only what we read counts.
        """
        errors = []

        def sender():
            try:
                self.send(data)
                if half_close:
                    self.finish()
            except OSError as error:
                errors.append(error)

        thread = threading.Thread(target=sender)
        thread.start()
        reply = self.receive_all()
        thread.join(DEADLINE_S)
        assert not thread.is_alive() and (may_be_cut or not errors), errors
        return reply

    def send_pieces(self, pieces):
        """Sends each piece once the session has read the one before, so that each is a recv of its own, then ends.

        Returns the whole reply. A session that a quit has ended takes no more: then the rest is not sent.
        """
        try:
            for piece in pieces:
                self.send(piece)
                if wait_until(self.taken, f"the server reads {piece!r}") == "gone":
                    break
            self.finish()
        except OSError:
            pass
        return self.receive_all(reset_is_an_end=True)

    def taken(self):
        unread = inetdiag.unread_bytes(self.address, self.local)
        return "gone" if unread is None else unread == 0

    def wait_unread(self, size):
        """Until `size` bytes of ours have arrived and wait for the session."""
        wait_until(lambda: inetdiag.unread_bytes(self.address, self.local) == size, f"{size} bytes have arrived")

    def reset(self):
        """Ends the connection by RST; after a FIN from the server it also spares the machine a TIME_WAIT."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()


def connect_when_up(address):
    """A client of a daemon whose log is not read: the port answers when it is up."""

    def attempt():
        try:
            return Client(address)
        except ConnectionRefusedError:
            return None

    return wait_until(attempt, f"{address} answers")


def free_port(host="127.0.0.1", candidates=(0,)):
    """A port of `host` that nobody listens on at this moment, the first of `candidates` that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in candidates:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise AssertionError(f"no free port of {host} among {candidates}")


def privileged_port(host="127.0.0.1"):
    """A free port that only root may bind, the echo port itself if possible."""
    assert os.geteuid() == 0, "the system tests need root"
    return free_port(host, [7, *range(600, 1000)])

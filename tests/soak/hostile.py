# SPDX-License-Identifier: ISC
"""Hostile clients: rude in all the ways that TCP knows, and never punished, since none of it is an offence."""

import socket
import time

from peers import Client

NETWORK = "127.0.2"
POSSIBLE_ENDS = {"eof", "quit", "reset", "idle_timeout", "send_timeout", "session_timeout"}
POSSIBLE_REASONS = {"per_source"}
FLOOD = 60  # more than the cap of a source


class Hostile:
    """A source that does one of its worst things at a time."""

    def __init__(self, number, daemon, chance):
        self.source = f"{NETWORK}.{number}"
        self.daemon, self.chance = daemon, chance
        self.deeds = 0

    def act(self):
        """Whatever the server does about it is right, as far as this client can tell."""
        deed = self.chance.choices(DEEDS, [weight for _, weight in WEIGHTS])[0]
        client = None
        try:
            client = Client(self.daemon.address, self.source)
            client.socket.settimeout(2)
            deed(self, client)
        except (OSError, AssertionError):
            pass
        finally:
            if client:
                client.close()
        self.deeds += 1

    def vanish(self, client):
        client.close()

    def slam(self, client):
        client.reset()

    def babble_and_slam(self, client):
        client.send(self.chance.randbytes(self.chance.randrange(1, 50000)))
        client.reset()

    def leave_unread(self, client):
        client.send(b"hello\n" * 500)
        client.close()

    def flood(self, client):
        crowd = [Client(self.daemon.address, self.source) for _ in range(FLOOD)]
        for one in crowd:
            one.reset()

    def stay_deaf(self, client):
        client.socket.settimeout(0.1)
        while True:
            client.send(b"z" * 65536)

    def read_in_sips(self, client):
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        client.send(b"y" * 5000)
        for _ in range(50):
            client.socket.recv(3)

    def trickle(self, client):
        for _ in range(20):
            client.send(b"t")
            time.sleep(0.02)

    def shout_urgently(self, client):
        client.socket.send(b"urgent", socket.MSG_OOB)
        client.send(b"\n")
        client.socket.recv(100)

    def talk_after_quit(self, client):
        client.send(b"quit\n" + b"quit".ljust(128, b"\0"))
        for _ in range(50):
            client.send(b"and another thing\n")

    def fall_silent(self, client):
        client.socket.settimeout(10)
        client.receive_all()


WEIGHTS = [(Hostile.vanish, 20), (Hostile.slam, 20), (Hostile.babble_and_slam, 20), (Hostile.leave_unread, 20),
           (Hostile.flood, 3), (Hostile.stay_deaf, 3), (Hostile.read_in_sips, 5), (Hostile.trickle, 3),
           (Hostile.shout_urgently, 10), (Hostile.talk_after_quit, 10), (Hostile.fall_silent, 1)]
DEEDS = [deed for deed, _ in WEIGHTS]

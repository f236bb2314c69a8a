# SPDX-License-Identifier: ISC
"""Honest clients: what they say is random, what they must hear is known to the byte."""

import time

import model
from peers import Client

NETWORK = "127.0.1"
MODELS = {"ack": model.ack, "echo": lambda stream: stream, "record": model.record}
SIZES = [0, 1, 2, 100, 127, 128, 129, 1000, 4096, 70000]
BULK = 1 << 20
QUITS = {"ack": b"\nquit\r\n", "record": b"quit".ljust(model.RECORD, b"\0")}
INNOCENT_ENDS = {"eof", "quit"}


class Honest:
    """One person, always from the same address, who counts what went out and what came in."""

    def __init__(self, number, daemon, protocol, chance):
        self.source = f"{NETWORK}.{number}"
        self.daemon, self.protocol, self.chance = daemon, protocol, chance
        self.conversations = self.sent = self.received = 0

    def stream(self):
        size = self.chance.choice(SIZES) if self.chance.random() < 0.98 else BULK
        said = self.chance.randbytes(size)
        if self.protocol == "record":
            said = said[: size - size % model.RECORD]
        if self.chance.random() < 0.3:
            said += QUITS.get(self.protocol, b"")
        return said

    def act(self):
        """One conversation; raises when a byte of the answer is not as it must be."""
        said = self.stream()
        client = Client(self.daemon.address, self.source)
        try:
            slow = len(said) <= 4096 and self.chance.random() < 0.2
            heard = self.speak_slowly(client, said) if slow else client.exchange(said)
        finally:
            client.reset()
        wanted = MODELS[self.protocol](said)
        assert heard == wanted, f"{len(said)} bytes sent, {len(heard)} came back, {len(wanted)} were due"
        self.conversations += 1
        self.sent += len(said)
        self.received += len(heard)

    def speak_slowly(self, client, said):
        at = 0
        while at < len(said):
            step = self.chance.randrange(1, 1000)
            client.send(said[at : at + step])
            at += step
            time.sleep(0.001)
        client.finish()
        return client.receive_all()

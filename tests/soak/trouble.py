# SPDX-License-Identifier: ISC
"""Sessions that are killed, crash, break the policy or stand still; a listener that is signalled and stopped."""

import os
import signal
import time

from peers import Client
from waiting import continue_process, stop_process

NETWORK = "127.0.3"
PENALTY_S = 1
FATES = {signal.SIGKILL: "killed", signal.SIGSEGV: "crash", signal.SIGBUS: "crash", signal.SIGILL: "crash",
         signal.SIGFPE: "crash", signal.SIGABRT: "crash", signal.SIGSYS: "policy_violation"}
NUISANCES = (signal.SIGUSR1, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD)
GREETING, ANSWER_BYTES = b"x" * 127 + b"\n", 128  # every protocol answers it with so much at least


class Trouble:
    """Opens sessions of its own and does to them what an attacker or an operator could."""

    def __init__(self, daemon, verdict, chance):
        self.daemon, self.verdict, self.chance = daemon, verdict, chance
        self.refused_until = {}
        self.deaths = 0

    def act(self):
        deed = self.chance.choices([self.end_a_session, self.stop_a_session, self.bother, self.stop_the_listener],
                                   [70, 15, 14, 1])[0]
        deed()
        time.sleep(0.005)

    def session(self):
        """A client that was answered, and its session; no client when its source is still refused."""
        source = f"{NETWORK}.{self.chance.randrange(1, 255)}"
        began = time.monotonic()
        client = Client(self.daemon.address, source)
        try:
            client.send(GREETING)
            client.receive(ANSWER_BYTES)
        except (OSError, AssertionError):
            client.close()
            if self.refused_until.get(source, 0) < began:
                self.verdict.broken("a source that did nothing is never refused", source)
            return None, None
        return client, self.daemon.session_of(client)

    def end_a_session(self):
        client, session = self.session()
        if not client:
            return
        number = self.chance.choice(list(FATES))
        os.kill(session, number)
        outcome = self.daemon.end_of(session)
        self.verdict.check("each end is accounted as what it was", outcome == FATES[number],
                           f"{number.name}: {outcome}")
        if outcome != "killed":  # the listener noted it before we did, so its penalty ends before this
            self.refused_until[client.local[0]] = time.monotonic() + PENALTY_S
        self.deaths += 1
        client.reset()

    def stop_a_session(self):
        client, session = self.session()
        if client:
            stop_process(session)
            client.send(GREETING)
            continue_process(session)
            client.receive(ANSWER_BYTES)
            client.reset()
            self.daemon.end_of(session)

    def bother(self):
        self.daemon.signal(self.chance.choice(NUISANCES))

    def stop_the_listener(self):
        stop_process(self.daemon.pid)
        time.sleep(0.02)
        continue_process(self.daemon.pid)

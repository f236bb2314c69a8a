# SPDX-License-Identifier: ISC
"""A daemon whose log may be of any length: each line is checked and added up when it comes, and forgotten."""

import threading
from collections import Counter

import accounts
import grammar
import logfmt
from daemon import Daemon
from waiting import wait_until

FREQUENT = {"accept", "close", "reject"}
COUNTS = ("messages", "received", "sent")
GRACE_S = 120  # after the planned end; then something hangs, and says where


def bounded(seconds):
    """The command in front of a daemon that ends it long after its time, should nobody else be left to do so."""
    return ["timeout", "--foreground", "--signal=KILL", str(int(seconds) + 2 * GRACE_S)]


def network(client):
    """Who a client is, by its address: 127.0.N.x as `127.0.N`."""
    return client.rsplit(".", 1)[0]


class Books(Daemon):
    """Sums of the log, by event, network and word; `live` has the client of each session that is open."""

    def __init__(self, verdict, *arguments, **options):
        self.verdict, self.sums, self.live, self.ends = verdict, Counter(), {}, {}
        self.watched = set()  # sessions whose end somebody wants to know
        self.lock = threading.Lock()
        super().__init__(*arguments, start_new_session=True, **options)  # away from a ^C that is for us

    def end(self):
        """Nothing is left running, however the soak ended."""
        if self.process.poll() is None:
            self.finish()

    def read_log(self):
        with self.process.stderr as stream:
            for line in stream:
                self.take(line.decode("ascii", "backslashreplace").rstrip("\n"))
        with self.changed:
            self.log_ended = True
            self.changed.notify_all()

    def take(self, line):
        if not grammar.LINE.fullmatch(line):
            self.verdict.broken("every log line is one event", repr(line))
            return
        event = logfmt.parse(line)
        if event["event"] in FREQUENT:
            with self.lock:
                getattr(self, f"add_{event['event']}")(event, network(event["client"]))
            return
        self.verdict.check("no log line is lost", event["event"] != "log_lost", line)
        with self.changed:
            self.lines.append(line)
            self.changed.notify_all()

    def add_accept(self, event, where):
        self.sums["accept", where] += 1
        self.live[int(event["session"])] = event["client"]

    def add_close(self, event, where):
        session = int(event["session"])
        self.sums["close", where, event["outcome"]] += 1
        for name in COUNTS:
            self.sums[name, where] += int(event[name])
        self.live.pop(session)
        if session in self.watched:
            self.watched.remove(session)
            self.ends[session] = event["outcome"]

    def add_reject(self, event, where):
        self.sums[("refused",)] += 1 + int(event.get("suppressed", 0))
        self.sums["reject", where, event["reason"]] += 1

    def session_of(self, client):
        """The pid of the session of this client, whose end will be known to end_of()."""

        def found():
            with self.lock:
                for session, name in self.live.items():
                    if name == client.name:
                        self.watched.add(session)
                        return session
            return None

        return wait_until(found, f"{client} is accepted")

    def end_of(self, session):
        def ended():
            with self.lock:
                return self.ends.pop(session, None)

        return wait_until(ended, f"session {session} has ended")

    def sum(self, *key):
        """The sum of all that begins with these words."""
        with self.lock:
            return sum(count for name, count in self.sums.items() if name[: len(key)] == key)

    def words(self, event, where):
        """The outcomes or reasons of a network's sessions or refusals."""
        with self.lock:
            return {name[2] for name in self.sums if name[:2] == (event, where)}

    def balance(self, totals):
        """How the log's own sums differ from the totals of the end: a list of text.

        Refusals without a line after the last one that has a line are known to the totals only.
        """
        told = {name: self.sum(name) for name in COUNTS}
        told |= {"sessions": self.sum("close"), "active": 0}
        differences = [f"{name}: {told[name]} in the log, {totals[name]} in all" for name in told
                       if told[name] != totals[name]]
        if self.sum("accept") != self.sum("close"):
            differences.append(f"{self.sum('accept')} accept lines, {self.sum('close')} close lines")
        refused = self.sum("refused")
        if refused > totals["rejected"]:
            differences.append(f"{refused} refusals in the log, {totals['rejected']} in all")
        return differences


def check_totals(daemon, verdict):
    """The totals of a daemon now, which must add up."""
    promise = "accepted = rejected + sessions + active, at any moment"
    verdict.promise(promise)
    try:
        return accounts.totals(daemon)
    except AssertionError as error:
        verdict.broken(promise, error)
        return dict.fromkeys(accounts.TOTALS, 0)

# SPDX-License-Identifier: ISC
"""A scraper: asks a daemon for its metrics over HTTP and reads the answer strictly."""

import re

import openmetrics
from daemon import split_address
from peers import Client

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: application/openmetrics-text\r\n\r\n"
HEAD = re.compile(rb"HTTP/1\.1 200 OK\r\n((?:[A-Za-z-]+: [^\r\n]+\r\n)+)\r\n")
TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def address_of(daemon):
    return split_address(daemon.wait_event("metrics")["address"])


def read_answer(answer):
    """The page of an HTTP answer, whose head must be right."""
    head = HEAD.match(answer)
    assert head, answer[:200]
    fields = dict(line.split(": ", 1) for line in head[1].decode("ascii").removesuffix("\r\n").split("\r\n"))
    body = answer[head.end():]
    assert fields == {"Content-Type": TYPE, "Connection": "close", "Content-Length": str(len(body))}
    return body.decode("utf-8")


def ask(daemon, request=REQUEST):
    """The page as text."""
    client = Client(address_of(daemon))
    try:
        return read_answer(client.exchange(request, half_close=False))
    finally:
        client.reset()


class Page:
    """One scrape, with the numbers as the tests want them."""

    def __init__(self, daemon):
        self.text = ask(daemon)
        self.families = openmetrics.parse(self.text)

    def counter(self, name, **labels):
        return self.families[f"echocell_{name}"].value("_total", **labels)

    def gauge(self, name, **labels):
        return self.families[f"echocell_{name}"].value(**labels)

    def by_label(self, name, label, suffix="_total"):
        return self.families[f"echocell_{name}"].by_label(label, suffix)

    def assert_adds_up(self):
        """Every connection that was taken was refused, has had a session, or has one."""
        rejected = sum(self.by_label("rejected_connections", "reason").values())
        sessions = sum(self.by_label("sessions", "outcome").values())
        durations = self.families["echocell_session_duration_seconds"]
        assert self.counter("accepted_connections") == rejected + sessions + self.gauge("active_sessions"), self.text
        assert durations.value("_count") == sessions

    def counters(self):
        """What may never fall: (family, suffix, labels) -> value."""
        return {(name, *key): value for name, family in self.families.items()
                for key, value in family.samples.items() if family.kind in ("counter", "histogram")}

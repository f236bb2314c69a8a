# SPDX-License-Identifier: ISC
"""Hostile bytes of every kind: none reaches the log, and with --trace none gets there unescaped."""

import json
import re
import subprocess

import pytest

import grammar
import logfmt
from daemon import unattended
from peers import connect_when_up, free_port

CORPUS = [
    b"\x1b]0;owned\x07\x1b[2J\x1b[31mred", b"\x9b2J\x9d0;owned\x9c", b"\x08\x08\x08\x7f", b"\x0c\x0b\x07",
    b"event=close session=1 client=10.0.0.1:1 outcome=crash", b"\nevent=stop status=0\n", b"\r\nevent=listening\r\n",
    b"\revent=accept", b"x\0event=accept\0", b"<0>event=listening", b'"} {"event":"stop"}', b'\\", "event":"stop',
    b"%s%s%s%n%n%x%1000000d%p", b"${jndi:ldap://127.0.0.1/x}", b"`id`; $(id) && id | id", b"<script>alert(1)</script>",
    b"\xc0\x8a\xe0\x80\x8a", b"\xed\xa0\x80\xed\xb0\x80", b"\xf4\x90\x80\x80\xff\xfe", b"\xef\xbb\xbfevent=accept",
    "\u202eevent=accept\u2066".encode(), "\u2028event=accept\u2029\u0085".encode(), "cafe\u0301 ｅｖｅｎｔ＝".encode(),
    bytes(range(256)), b"A" * 5000, b"\\x0a\\n\\u000a", b" event=accept session=1 ", b'=""="= =', b"'\"\\'\"\\",
]

def log_of_corpus(binary, *options):
    """The lines of a daemon to which the corpus was said, each by a client of its own; what was sent, in order."""
    port = free_port()
    sent = []
    with unattended([binary, *options, "127.0.0.1", str(port)], stderr=subprocess.PIPE) as process:
        for hostile in CORPUS:
            connect_when_up(("127.0.0.1", port)).exchange(hostile)
            sent.append(hostile)
    return process.log.decode("ascii").split("\n"), b"".join(sent)


def events_of(lines, log_format):
    assert lines.pop() == "", "the last line is a line"
    if log_format == "json":
        return [json.loads(line) for line in lines]
    grammar.assert_lines(lines)
    return [logfmt.parse(line) for line in lines]


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("protocol", ["ack", "echo", "record"])
def test_no_hostile_byte_reaches_the_log(binary, protocol, log_format):
    """Each event has its own fields, with numbers and fixed words in them; there are as many as there were clients."""
    options = (f"--protocol={protocol}", f"--log-format={log_format}", "--log-level=debug")
    events = events_of(log_of_corpus(binary, *options)[0], log_format)
    names = [event["event"] for event in events]
    assert names.count("accept") == names.count("close") == len(CORPUS)
    assert set(names) <= {"fallback_user", "listening", "accept", "close", "drain", "stop"}
    for event in events:
        for name, value in event.items():
            word = name in ("layers", "missing") or re.fullmatch(r"[\w.:-]+", str(value))
            assert word, f"{name}={value}"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_trace_shows_every_hostile_byte_escaped(binary, log_format):
    lines, sent = log_of_corpus(binary, "--protocol=echo", "--trace", f"--log-format={log_format}")
    assert all(" " <= character <= "~" for line in lines for character in line)
    events = events_of(lines, log_format)
    shown = "".join(event["text"] for event in events if event["event"] == "message")
    assert shown.encode("latin-1") == sent
    assert [event["event"] for event in events].count("accept") == len(CORPUS)

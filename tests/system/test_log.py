# SPDX-License-Identifier: ISC
"""The log: one event a line in the chosen form, nothing else, to stderr only."""

import json
import os
import re
import subprocess

import pytest

import logfmt
from daemon import unattended
from peers import connect_when_up, free_port


def test_every_log_line_is_one_event(server):
    daemon = server("--log-level=debug", "--trace")
    client = daemon.connect()
    client.exchange(b"x\nquit\n")
    daemon.wait_event("close", client=client)
    for line in daemon.log():
        assert next(iter(logfmt.parse(line))) == "event", line


def test_json_log_carries_the_same_events(binary):
    port = free_port()
    argv = [binary, "--log-format=json", "127.0.0.1", str(port)]
    with unattended(argv, stderr=subprocess.PIPE) as process:
        client = connect_when_up(("127.0.0.1", port))
        assert client.exchange(b"x\nquit\n") == b"x------k\n"
    events = [json.loads(line) for line in process.log.splitlines()]
    named = {event["event"]: event for event in events}
    assert {"listening", "accept", "close", "stop"} <= set(named)
    assert named["listening"]["address"] == f"127.0.0.1:{port}"
    assert named["accept"]["client"] == named["close"]["client"] == client.name
    assert (named["close"]["outcome"], str(named["close"]["messages"])) == ("quit", "1")


def test_traced_messages_keep_the_format_of_the_log(binary):
    port = free_port()
    argv = [binary, "--log-format=json", "--trace", "127.0.0.1", str(port)]
    with unattended(argv, stderr=subprocess.PIPE) as process:
        connect_when_up(("127.0.0.1", port)).exchange(b'a"\x1b\nquit\n')
    events = [json.loads(line) for line in process.log.splitlines()]
    assert [event for event in events if event["event"] == "message"]


def test_quiet_log_has_errors_only(binary):
    port = free_port()
    argv = [binary, "--log-level=error", "127.0.0.1", str(port)]
    with unattended(argv, stderr=subprocess.PIPE) as process:
        connect_when_up(("127.0.0.1", port)).exchange(b"quit\n")
    assert process.log == b""


@pytest.mark.parametrize("ours", [True, False])
def test_priorities_are_for_the_journal_only(binary, ours):
    """JOURNAL_STREAM names the stream that goes to the journal; it says nothing about any other one."""
    port = free_port()
    log, theirs = os.pipe()
    stream = os.fstat(theirs)
    environment = {"JOURNAL_STREAM": f"{stream.st_dev}:{stream.st_ino + (not ours)}"}
    with unattended([binary, "127.0.0.1", str(port)], stderr=theirs, env=environment):
        os.close(theirs)
        connect_when_up(("127.0.0.1", port)).exchange(b"quit\n")
    with open(log, encoding="ascii") as file:
        lines = file.read().splitlines()
    assert len(lines) >= 4
    for line in lines:
        assert re.match(r"<[3-6]>event=" if ours else "event=", line), line

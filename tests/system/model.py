# SPDX-License-Identifier: ISC
"""The three protocols in their plainest form: functions of the whole byte stream."""

import re

from peers import ACK

RECORD = 128
LINE = re.compile(rb"(.*?)(\r\n|\n|\0|$)", re.DOTALL)


def ack(stream, text=ACK):
    """The reply of the `ack` protocol to a whole stream."""
    reply, position = [], 0
    while position < len(stream):
        match = LINE.match(stream, position)
        message, terminator = match[1], match[2]
        position = match.end()
        if message == b"quit":
            break
        if message or terminator != b"\0":
            reply.append(message + text + terminator)
    return b"".join(reply)


def record(stream, text=ACK):
    """The reply of the `record` protocol to a whole stream."""
    reply = []
    for start in range(0, len(stream), RECORD):
        message = stream[start : start + RECORD].split(b"\0", 1)[0]
        if message == b"quit":
            break
        if len(message) + len(text) > RECORD:
            message, text_now = b"error: message longer than %d bytes" % (RECORD - len(text)), b""
        else:
            text_now = text
        reply.append((message + text_now).ljust(RECORD, b"\0"))
    return b"".join(reply)


def segmentations(data):
    """Every way to cut `data` into pieces that are not empty."""
    for cuts in range(1 << (len(data) - 1)):
        pieces, start = [], 0
        for i in range(1, len(data)):
            if cuts >> (i - 1) & 1:
                pieces.append(data[start:i])
                start = i
        yield [*pieces, data[start:]]

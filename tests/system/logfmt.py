# SPDX-License-Identifier: ISC
"""Reads echocell's log lines: `word=value` pairs, a value with blanks in quotes, escapes as in C."""

import re

PAIR = re.compile(r'([a-z][a-z0-9_]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?:\s+|$)')
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)")
SHORT = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "v": "\v", "f": "\f", "e": "\x1b"}


def unescape(text):
    """The characters (one a byte) that an escaped value stands for."""

    def character(match):
        code = match[1]
        return chr(int(code[1:], 16)) if len(code) == 3 else SHORT.get(code, code)

    return ESCAPE.sub(character, text)


def parse(line):
    """The pairs of one line in their order; ValueError when any part of the line is not a pair."""
    fields, position = {}, 0
    while position < len(line):
        match = PAIR.match(line, position)
        if not match:
            raise ValueError(f"not logfmt at column {position + 1}: {line!r}")
        value = match[2]
        fields[match[1]] = unescape(value[1:-1]) if value.startswith('"') else value
        position = match.end()
    return fields

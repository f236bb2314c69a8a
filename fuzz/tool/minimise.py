# SPDX-License-Identifier: ISC
"""A smaller input that fails in the same way. afl-tmin would be content with any crash, and know
nothing of leaks, hangs and what ASan alone sees."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import harnesses

SECONDS_MAX = 60
TRY_SECONDS = 2
CALM = b"\0a0"  # what stands where nothing else is needed


def fails_as(program: Path, path: Path) -> tuple[int, str]:
    status, output = harnesses.replay(program, [path], TRY_SECONDS)
    return status, harnesses.kind_of(harnesses.word_of(output)) if status != 0 else ""


def cut(data: bytes, same: Callable[[bytes], bool]) -> bytes:
    """Leaves out all pieces that need not be there, large ones first, from the end."""
    size = max(1, len(data) // 2)
    while True:
        before = len(data)
        for at in range((len(data) - 1) // size * size, -1, -size):
            candidate = data[:at] + data[at + size:]
            if same(candidate):
                data = candidate
        if size == 1 and len(data) == before:
            return data
        size = max(1, size // 2)


def calm(data: bytes, plains: bytes, same: Callable[[bytes], bool]) -> bytes:
    """Writes plain bytes where any would do."""
    for at, byte in enumerate(data):
        for plain in plains[:plains.find(byte)] if byte in plains else plains:
            if same(data[:at] + bytes([plain]) + data[at + 1:]):
                data = data[:at] + bytes([plain]) + data[at + 1:]
                break
    return data


def minimise(program: Path, path: Path, text: bool, seconds: float = SECONDS_MAX) -> bytes:
    """The smallest input that is found in time; the input itself where there is none. `text`: it is to
    remain one."""
    data, deadline = path.read_bytes(), time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as scratch:
        trial = Path(scratch) / "trial"
        wanted = fails_as(program, path)

        def same(candidate: bytes) -> bool:
            if time.monotonic() > deadline:
                return False
            trial.write_bytes(candidate)
            return fails_as(program, trial) == wanted

        before = None
        while data and data != before: # a byte that is calm may let others go
            before = data
            data = calm(cut(data, same), CALM[text:], same)
        return data

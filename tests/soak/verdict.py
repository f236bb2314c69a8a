# SPDX-License-Identifier: ISC
"""Which promises were made, and which were broken, by whom and when."""

import threading
import time
import traceback

TOLD = 5  # broken ones of a kind are counted, the first ones are told


class Verdict:
    """Promises by name, each with what broke it; threads may tell at any time."""

    def __init__(self):
        self.start = time.monotonic()
        self.lock = threading.Lock()
        self.promises = {}

    def promise(self, name):
        with self.lock:
            self.promises.setdefault(name, [])

    def broken(self, name, what):
        with self.lock:
            self.promises.setdefault(name, []).append(f"after {time.monotonic() - self.start:.1f} s: {what}")

    def broken_by_error(self, name, where):
        self.broken(name, f"{where}: {traceback.format_exc(limit=-3)}")

    def check(self, name, kept, what):
        self.promise(name)
        if not kept:
            self.broken(name, what)

    @property
    def is_good(self):
        with self.lock:
            return not any(self.promises.values())

    def lines(self):
        """The summary: a line for each promise, and below it what broke it."""
        for name, breaks in self.promises.items():
            yield f"  {'BROKEN' if breaks else 'kept  '}  {name}{f' ({len(breaks)} times)' if breaks else ''}"
            yield from (f"          {what}" for what in breaks[:TOLD])

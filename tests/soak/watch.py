# SPDX-License-Identifier: ISC
"""What a listener holds: descriptors, memory, children. It must hold the same at the end as at the beginning."""

import procfs

FLAT = "the listener's memory is flat"
RSS_MARGIN_KB = 256


class Watch:
    """Looks at one listener from time to time."""

    def __init__(self, daemon, verdict):
        self.daemon, self.verdict = daemon, verdict
        self.descriptors = procfs.descriptors(daemon.pid)
        self.start_kb = self.memory_kb("VmSize")
        self.warm_kb = None
        self.zombies = set()

    def memory_kb(self, name="VmRSS"):
        return int(procfs.status(self.daemon.pid)[name].split()[0])

    def warm_up(self):
        """From here on nothing new is touched."""
        if self.warm_kb is None:
            self.warm_kb = self.memory_kb()

    def look(self):
        """A session may be dead for a moment; not from one look to the next."""
        dead = {pid for pid in procfs.children(self.daemon.pid) if procfs.state(pid) == "Z"}
        self.verdict.check("no zombie remains", not dead & self.zombies, f"{dead & self.zombies}")
        self.zombies = dead

    def conclude(self):
        """When all clients are gone and all sessions must be."""
        try:
            self.daemon.await_idle()
        except AssertionError:
            self.verdict.broken("no zombie remains", f"children at the end: {procfs.children(self.daemon.pid)}")
        now = procfs.descriptors(self.daemon.pid)
        self.verdict.check("no descriptor leaks", now == self.descriptors, f"{self.descriptors} became {now}")
        size_kb, rss_kb = self.memory_kb("VmSize"), self.memory_kb()
        self.verdict.check(FLAT, size_kb == self.start_kb, f"{self.start_kb} KiB of addresses became {size_kb}")
        self.verdict.check(FLAT, rss_kb <= self.warm_kb + RSS_MARGIN_KB,
                           f"{self.warm_kb} KiB resident after warming up, {rss_kb} at the end")

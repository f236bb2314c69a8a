# SPDX-License-Identifier: ISC
"""A control group for each server: all its processes, and their CPU time to the microsecond.

The kernel adds up what each process really ran (`usage_usec` in cpu.stat), ended ones included, and needs no
controller for it. utime and stime are no substitute: they count ticks, and most sessions end within one.
"""

import os
from pathlib import Path

from waiting import wait_until


def hierarchy():
    """Where the unified hierarchy is mounted and can be written to."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, kind = line.split(" - ")
        path = Path(mount.split()[4])
        if kind.startswith("cgroup2 ") and os.access(path / "cgroup.procs", os.W_OK):
            return path
    raise SystemExit("bench: no cgroup2 hierarchy that can be written to: CPU time cannot be measured without it")


class Group:
    """A group of its own below the root of the hierarchy; made here, and gone with close()."""

    def __init__(self, name):
        self.path = hierarchy() / f"echocell-bench-{os.getpid()}-{name}"
        self.path.mkdir()

    def enter(self):
        """Moves the calling process into it: for a child before it runs its program."""
        (self.path / "cgroup.procs").write_text("0")

    def pids(self):
        return [int(line) for line in (self.path / "cgroup.procs").read_text().split()]

    def cpu_us(self):
        """Microseconds that its processes have run until now, dead ones included."""
        for line in (self.path / "cpu.stat").read_text().splitlines():
            name, value = line.split()
            if name == "usage_usec":
                return int(value)
        raise AssertionError("cpu.stat has no usage_usec")

    def close(self):
        """Kills what is left in it."""
        (self.path / "cgroup.kill").write_text("1")
        wait_until(lambda: not self.pids(), f"{self.path} is empty")
        self.path.rmdir()

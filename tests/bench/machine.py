# SPDX-License-Identifier: ISC
"""What a figure was measured on, and with which versions."""

import os
import subprocess
import time
from pathlib import Path

PACKAGES = ("xinetd", "ucspi-tcp", "socat", "systemd", "ncat", "libev4", "libc6", "coreutils")


def field(path, name):
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return "unknown"


def versions():
    run = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${Version}\n", *PACKAGES], capture_output=True, text=True)
    return dict(line.split(" ", 1) for line in run.stdout.splitlines())


def describe():
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cpu": field("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(field("/proc/meminfo", "MemTotal").split()[0]) / 1048576),
        "kernel": os.uname().release,
        "load_average": os.getloadavg()[0],
        "nice": os.nice(0),
        "versions": versions(),
    }


def sentence(machine):
    """One line for people."""
    return (f"{machine['date']}, {machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']} GiB, "
            f"Linux {machine['kernel']}, load average at the start {machine['load_average']:.1f}"
            + (f", nice {machine['nice']}" if machine["nice"] else ""))


def available_kib():
    return int(field("/proc/meminfo", "MemAvailable").split()[0])

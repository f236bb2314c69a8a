#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Two servers against each other, round by round, in changing order: A / B of the same round, then the median.

    compare.py A B [--clients N] [--rounds N] [--seconds S] [--bulk]

A and B are paths of echocell programs, or floor, floor-static, eventloop, xinetd, tcpserver, socat, systemd, ncat.
Needs root, and gcc; libev for the event loop.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import measure
import programs
import stage
from figures import spread
from servers import OURS, Server

FIGURES = {
    "connections/s": ("connect", "rate"),
    "first byte p50, us": ("connect", "first_byte_p50_us"),
    "first byte p99, us": ("connect", "first_byte_p99_us"),
    "CPU us/connection": ("connect", "cpu_us"),
    "requests/s": ("request", "rate"),
    "bulk MiB/s": ("bulk", "rate_mib"),
}


def measure_all(directory, server, options):
    runs = {"connect": measure.connections(directory, server, options.clients, options.seconds)}
    if options.bulk:
        for mode in ("request", "bulk"):
            runs[mode] = measure.load(directory, server, mode, 1, options.seconds)
    return runs


def show(rounds):
    """One line a figure: both medians, then the ratio of the pairs: median and quartiles."""
    print(f"{'':20} {'A':>10} {'B':>10} {'A/B':>7}  quartiles")
    for title, (mode, key) in FIGURES.items():
        if mode not in rounds[0][0]:
            continue
        a, b = ([pair[side][mode][key] for pair in rounds] for side in (0, 1))
        ratios = [x / y for x, y in zip(a, b)]
        low, middle, high = spread(ratios)
        print(f"{title:20} {median(a):10.1f} {median(b):10.1f} {middle:7.3f}  {low:.3f} to {high:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs=2, metavar="SERVER")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each run")
    parser.add_argument("--bulk", action="store_true", help="requests and bulk on one connection too")
    options = parser.parse_args()
    stage.enter()
    with tempfile.TemporaryDirectory(prefix="echocell-bench-") as name:
        directory = Path(name)
        for program in {"load", *options.servers} & {"load", *OURS}:
            programs.compile_program(program, directory)
        servers, rounds = [], []
        try:
            for label, server in zip("AB", options.servers):
                servers.append(Server(label, server, directory / f"server-{label}", directory))
            for number in range(max(2, options.rounds)):
                order = (0, 1) if number % 2 == 0 else (1, 0)
                pair = {side: measure_all(directory, servers[side], options) for side in order}
                rounds.append(pair)
        finally:
            for server in servers:
                server.stop()
        show(rounds)


if __name__ == "__main__":
    main()

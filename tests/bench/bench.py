# SPDX-License-Identifier: ISC
"""echocell beside the floor, its peers and an event loop: interleaved, in one session, on one machine.

    bench.py ECHOCELL OUTPUT [--quick | --publish] [SERVER...]

Writes OUTPUT/results.json and OUTPUT/chart.svg, and prints tables. Needs root: echocell has every layer on. A
connection is: connect, send a line of 32 bytes, read it back, close; all servers echo, and each byte is compared.
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import chart
import growth
import machine
import measure
import programs
import publish
import stage
import table
from figures import RUNS
from servers import OURS, PEERS, Server

SERVERS = ("echocell", *OURS, *PEERS)
FULL = {"rounds": 13, "seconds": 0.3, "counts": [100, 1000, 10000], "repeats": 3}
QUICK = {"rounds": 3, "seconds": 0.15, "counts": [100, 1000], "repeats": 1}


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Failures(dict):
    """(server, what) -> reason: what failed once is not asked for again."""

    def attempt(self, server, what, action):
        """The result of action(), or None when it fails, now or before."""
        if (server, what) in self:
            return None
        try:
            return action()
        except (RuntimeError, AssertionError) as error:
            self[server, what] = str(error)
            say(str(error))
            return None


def take_round(directory, servers, number, seconds, failures):
    """server -> run -> figures. Each run visits all servers before the next, every round in another order."""
    turn = {label: {} for label in servers}
    order = list(servers)
    order = order[number % len(order):] + order[:number % len(order)]
    for mode, clients in RUNS:
        for label in order:
            server = servers[label]
            take = measure.connections if mode == "connect" else \
                lambda directory, server, clients, seconds: measure.load(directory, server, mode, clients, seconds)
            run = f"{mode} {clients}"
            turn[label][run] = failures.attempt(label, run, lambda: take(directory, server, clients, seconds))
    return turn


def take_all(directory, echocell, names, settings):
    """Everything that is measured, as it is written to results.json."""
    failures, servers, started = Failures(), {}, time.monotonic()
    results = {"machine": machine.describe(), "settings": settings, "rounds": [], "growth": {}}
    try:
        for label in names:
            path = echocell if label == "echocell" else label
            servers[label] = Server(label, path, directory / f"{label}.d", directory)
        for number in range(settings["rounds"]):
            say(f"round {number + 1} of {settings['rounds']}, {time.monotonic() - started:.0f} s")
            results["rounds"].append(take_round(directory, servers, number, settings["seconds"], failures))
        for label, server in servers.items():
            say(f"sessions of {label}, {time.monotonic() - started:.0f} s")
            steps = failures.attempt(label, "growth", lambda: growth.take(
                directory, server, settings["counts"], settings["repeats"], settings["seconds"]))
            results["growth"][label] = steps or {}
    finally:
        for server in servers.values():
            server.stop()
    results["failures"] = [[*key, reason] for key, reason in failures.items()]
    results["seconds"] = time.monotonic() - started
    return results


def report(results, names, settings):
    lines = [machine.sentence(results["machine"]), ""]
    lines += table.speeds(results["rounds"], names)
    if "echocell" in names:
        lines += table.ratios(results["rounds"], names)
        lines += table.best_peers(results["rounds"], [name for name in names if name in PEERS])
    lines += table.growth(results["growth"], settings["counts"])
    lines += [f"fails: {reason}" for _, _, reason in results["failures"]]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description="echocell beside the floor, its peers and an event loop")
    parser.add_argument("echocell", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("output", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="about a minute, up to 1000 sessions")
    parser.add_argument("--publish", action="store_true", help="put the chart and the tables into the README")
    parser.add_argument("servers", nargs="*", metavar="SERVER", help=f"of {', '.join(SERVERS)}; all without")
    options = parser.parse_args()
    if unknown := [name for name in options.servers if name not in SERVERS]:
        parser.error(f"no such server: {unknown[0]}")
    if options.publish and (options.quick or options.servers):
        parser.error("only a whole run is published")
    stage.enter()
    names, settings = options.servers or list(SERVERS), QUICK if options.quick else FULL

    directory = options.output.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    for program in programs.PROGRAMS:
        programs.compile_program(program, directory)
    results = take_all(directory, options.echocell, names, settings)
    (directory / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    chart.draw(results, names, directory / "chart.svg")
    print(report(results, names, settings))
    if options.publish:
        publish.publish(results, names, directory / "chart.svg")
    say(f"{results['seconds']:.0f} s; {directory}/results.json, {directory}/chart.svg")
    return 1 if any(server not in PEERS for server, _, _ in results["failures"]) else 0


if __name__ == "__main__":
    sys.exit(main())

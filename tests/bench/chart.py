# SPDX-License-Identifier: ISC
"""The chart of a run: chart.gnuplot, given the medians as data."""

import subprocess
from pathlib import Path

import machine
from figures import middle
from table import number

HERE = Path(__file__).resolve().parent
BARS = ("connections_8", "cpu_8", "first_byte_p50", "requests", "bulk")
KINDS = {"echocell": 1, "floor": 2, "floor-static": 2, "eventloop": 3}  # colours; 4 for a peer


def bars(values):
    """A gnuplot data block: place, value, kind, name, label; a server that failed has a bar of no length."""
    return "\n".join(f"{place} {value or 0} {KINDS.get(name, 4)} {name} {number(value)}"
                     for place, (name, value) in enumerate(values.items()))


def lines(grown, key, first):
    """Blocks of sessions and value for each server; one that has fewer than two points is left out."""
    for name, steps in grown.items():
        points = [(count, figures[key]) for count, figures in steps.items() if int(count) >= first and key in figures]
        if len(points) > 1:
            yield name, "\n".join(f"{count} {value}" for count, value in points)


def script(results, names, output):
    rounds, grown = results["rounds"], results["growth"]
    yield f"output = '{output}'\nmachine = \"{machine.sentence(results['machine'])}\"\nservers = {len(names)}"
    for key in BARS:
        yield f"${key} << END\n{bars({name: middle(rounds, name, key) for name in names})}\nEND"
    idle = {name: grown.get(name, {}).get(1000, {}).get("pss_kib") for name in names}
    yield f"$memory << END\n{bars(idle)}\nEND"
    for key in ("rate", "cpu_us", "pss_kib"):
        plots = []
        for order, (name, block) in enumerate(lines(grown, key, 100 if key == "pss_kib" else 0)):
            yield f"${key}_{order} << END\n{block}\nEND"
            plots.append(f"${key}_{order} using ($1 < 1 ? 30 : $1):2 with linespoints lt {KINDS.get(name, 4)} "
                         f"pt {order + 1} ps 0.6 title '{name}'")
        yield f'plots_{key} = "{", ".join(plots)}"'
    yield (HERE / "chart.gnuplot").read_text()


def draw(results, names, output):
    subprocess.run(["gnuplot"], input="\n".join(script(results, names, output)), text=True, check=True)

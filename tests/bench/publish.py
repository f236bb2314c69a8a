# SPDX-License-Identifier: ISC
"""The chart and the tables of a run in the README, where its two marks are: no figure there is written by hand."""

import shutil
from pathlib import Path

import machine
from figures import FIGURES, best, middle, ratio
from servers import PEERS
from table import SUBJECT, number

HERE = Path(__file__).resolve().parent
README = HERE.parents[1] / "README.md"
BEGIN, END = "<!-- made by ./dev bench --publish -->", "<!-- until here -->"
SHOWN = ("connections_1", "connections_8", "connections_64", "cpu_8", "first_byte_p50", "first_byte_p99", "requests",
         "bulk")


def markdown(header, rows):
    return ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1),
            *("| " + " | ".join(row) + " |" for row in rows), ""]


def crowded(results, server):
    """Memory of an idle session, and CPU time of a connection beside them, at the highest count that was opened."""
    grown = results["growth"].get(server, {})
    count = max((count for count, step in grown.items() if "pss_kib" in step), default=None)
    if count is None:
        return ["fails", "fails"]
    return [f"{number(grown[count][key])} ({count})" for key in ("pss_kib", "cpu_us")]


def show(found):
    return f"{found.middle:.2f} ({found.low:.2f} to {found.high:.2f})" if found else "fails"


def text(results, names):
    rounds, peers = results["rounds"], [name for name in names if name in PEERS]
    yield f"Medians of {len(rounds)} interleaved rounds; {machine.sentence(results['machine'])}."
    yield ""
    yield from markdown(["", *(FIGURES[key].title for key in SHOWN), "KiB PSS an idle session",
                         "CPU us/conn beside them"],
                        [[name, *(number(middle(rounds, name, key)) for key in SHOWN), *crowded(results, name)]
                         for name in names])
    yield f"Ratios, {SUBJECT} / other, of pairs in the same round: median (quartiles)."
    yield ""
    ratios = []
    for key in SHOWN:
        peer = best(rounds, peers, key)
        ratios.append([FIGURES[key].title, show(ratio(rounds, SUBJECT, "floor-static", key)),
                       show(ratio(rounds, SUBJECT, "floor", key)),
                       f"{show(ratio(rounds, SUBJECT, peer, key))} {peer}"])
    yield from markdown(["", "static floor", "dynamic floor", "best peer"], ratios)


def publish(results, names, chart):
    shutil.copy(chart, HERE / "chart.svg")
    readme = README.read_text(encoding="utf-8")
    before, _, rest = readme.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"bench: README.md has no {BEGIN} with {END} behind it")
    README.write_text(before + BEGIN + "\n" + "\n".join(text(results, names)) + END + after, encoding="utf-8")

# SPDX-License-Identifier: ISC
"""Two instances of afl-fuzz for hours: a main one, and one that looks at comparisons (CMPLOG) and
chooses its inputs otherwise. In the end: candidates for the corpus, a page with plots, a trend."""

import os
import subprocess
import time
from pathlib import Path

import harnesses
from afl import Run, cores, environment, last_numbers, watch
from harnesses import ROOT

TREND_LINES = 12
CMIN_SECONDS = 1800


def trend(instance: Path) -> str:
    """How the edges grew, at a dozen moments."""
    lines = (instance / "plot_data").read_text().splitlines()
    keys = [key.strip() for key in lines[0].lstrip("# ").split(",")]
    rows = [dict(zip(keys, [value.strip() for value in line.split(",")])) for line in lines[1:]]
    step = max(1, len(rows) // TREND_LINES)
    shown = rows[::step] + ([rows[-1]] if rows and (len(rows) - 1) % step else [])
    return "\n".join(f"  {row['relative_time']:>8} s  {row['edges_found']:>6} edges  "
                     f"{row['corpus_count']:>6} inputs" for row in shown)


def new_candidates(name: str, program: Path, out: Path) -> Path:
    """What both have found, minimised, without what is committed already."""
    queue, candidates = out / "all", ROOT / f"build-fuzz-afl/candidates/{name}"
    queue.mkdir()
    for number, path in enumerate([*sorted(out.glob("*/queue/id:*")), *harnesses.seeds(name)]):
        (queue / f"{number:06}").write_bytes(path.read_bytes())
    subprocess.run(["rm", "-rf", "--", str(candidates)], check=True)
    candidates.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["afl-cmin", "-i", queue, "-o", candidates, "-t", "2000", "--", program],
                   env={**environment(False), "AFL_ALLOW_TMP": "1"}, check=True,
                   timeout=CMIN_SECONDS, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    committed = {path.read_bytes() for path in harnesses.seeds(name)}
    for path in sorted(candidates.iterdir()):
        if path.read_bytes() in committed:
            path.unlink()
    return candidates


def campaign(name: str, hours: float) -> int:
    seconds = max(10, int(hours * 3600))
    program = harnesses.build("afl", [name])[name]
    cmplog = harnesses.build("cmplog", [name])[name]
    out = ROOT / f"build-fuzz-afl/out/{name}-campaign-{time.strftime('%Y%m%d-%H%M%S')}"
    out.parent.mkdir(exist_ok=True)
    free = cores()
    first = Run(name, program, harnesses.seeds(name), out, seconds, free[0],
                instance="main", more=["-M", "main", "-p", "fast"])
    if first.process is None:
        print(first.finish().say())
        return 1
    second = Run(name, program, harnesses.seeds(name), out, seconds, free[-1],
                 instance="second", more=["-S", "second", "-p", "explore", "-c", str(cmplog)])
    print(f"{name}: two instances until "
          f"{time.strftime('%H:%M', time.localtime(time.time() + seconds))}", flush=True)
    watch([first, second], out=False)
    outcomes = [first.finish(), second.finish()]
    for outcome in outcomes:
        print(outcome.say())
    print("coverage over time:\n" + trend(out / "main"))
    print(f"last: {last_numbers(out / 'second').get('edges_found', '?')} edges in the second")
    candidates = new_candidates(name, program, out)
    print(f"{len(list(candidates.iterdir()))} candidates for the corpus: "
          f"{os.path.relpath(candidates)}")
    plots = out.with_name(out.name + "-plots")
    plotted = subprocess.run(["afl-plot", out / "main", plots], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL).returncode == 0
    print(f"plots: {os.path.relpath(plots / 'index.html')}" if plotted
          else "plots: none, afl-plot wants a few minutes of numbers")
    return 0 if all(outcome.good() for outcome in outcomes) else 1

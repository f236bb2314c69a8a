# SPDX-License-Identifier: ISC
"""Two instances of afl-fuzz for hours: a main one, and one that looks at comparisons (CMPLOG) and
chooses its inputs otherwise. In the end: candidates for the corpus, a page with plots, a trend."""

import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path

import harnesses
import machine
from afl import Run, new_place, watch
from harnesses import ROOT, Failure
from outcome import exit_status, leaks_and_overruns

TREND_LINES = 12
CMIN_SECONDS = 1800
INPUT_MS = "2000"


def rows(instance: Path) -> list[dict[str, str]]:
    """What afl-fuzz wrote down as time went by, by the names of its columns."""
    try:
        lines = (instance / "plot_data").read_text().splitlines()
    except OSError:
        return []
    keys = [key.strip() for key in lines[0].lstrip("# ").split(",")] if lines else []
    return [dict(zip(keys, [value.strip() for value in line.split(",")])) for line in lines[1:]]


def trend(instance: Path) -> str:
    """How the edges grew, at a dozen moments."""
    table = rows(instance)
    step = max(1, -(-len(table) // TREND_LINES))
    shown = table[::step] + (table[-1:] if (len(table) - 1) % step else [])
    return "\n".join(f"  {row['relative_time']:>8} s  {row['edges_found']:>6} edges  "
                     f"{row['corpus_count']:>6} inputs  {float(row['execs_per_sec']):>8.0f} a second"
                     for row in shown) or "  nothing was written down"


def minimised(program: Path, inputs: Path, target: Path) -> None:
    """As few of `inputs` as reach all that they reach together."""
    log = target.with_name(target.name + ".log")
    with log.open("wb") as said:
        status = subprocess.run(["timeout", str(CMIN_SECONDS), "afl-cmin", "-i", inputs, "-o", target,
                                 "-t", INPUT_MS, "--", program],
                                env={**machine.for_afl(False), "AFL_ALLOW_TMP": "1"},
                                stdin=subprocess.DEVNULL, stdout=said, stderr=said).returncode
    if status != 0:
        why = "took too long" if status == harnesses.TIMED_OUT else f"failed (status {status})"
        raise Failure(f"afl-cmin {why}, see {os.path.relpath(log)}")


def new_candidates(name: str, program: Path, out: Path) -> Path:
    """What both have found, minimised, named by content, without what is committed already."""
    queue, small = out / "all-inputs", out / "few-inputs"
    candidates = ROOT / f"build-fuzz-afl/candidates/{name}"
    queue.mkdir()
    for number, path in enumerate([*harnesses.seeds(name), *sorted(out.glob("*/queue/id:*"))]):
        (queue / f"{number:06}").write_bytes(path.read_bytes())
    minimised(program, queue, small)
    shutil.rmtree(candidates, ignore_errors=True)
    candidates.mkdir(parents=True)
    committed = {path.read_bytes() for path in harnesses.seeds(name)}
    for path in sorted(small.iterdir()):
        data = path.read_bytes()
        if path.is_file() and data not in committed:
            (candidates / hashlib.sha1(data).hexdigest()).write_bytes(data)
    shutil.rmtree(queue)
    shutil.rmtree(small)
    return candidates


def plot(instance: Path, directory: Path) -> str:
    """afl-plot's page; says where it is or why there is none."""
    done = subprocess.run(["afl-plot", instance, directory], text=True, env=machine.environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    page = directory / "index.html"
    pictures = [path for path in directory.glob("*.png") if path.stat().st_size > 0]
    if done.returncode == 0 and page.exists() and pictures:
        return f"plots: {os.path.relpath(page)}"
    said = (done.stdout.strip().splitlines() or ["it says nothing"])[-1]
    return f"plots: none: afl-plot: {harnesses.printable(said)}"


def start(name: str, seconds: int) -> list[Run]:
    """Both, or what has come of them: an outcome without a process."""
    program = harnesses.build("afl", [name])[name]
    cmplog = harnesses.build("cmplog", [name])[name]
    free, out, seeds = machine.cores(), new_place(f"{name}-campaign"), harnesses.seeds(name)
    if len(free) < 2:
        print("there is one core: both instances share it, each at half its speed")
    first = Run(name, program, seeds, out, seconds, free[0],
                instance="main", more=["-M", "main", "-p", "fast"])
    if first.process is None:
        return [first]
    second = Run(name, program, seeds, out, seconds, free[1 % len(free)], instance="second",
                 more=["-S", "second", "-p", "explore", "-c", str(cmplog)])
    return [first, second]


def campaign(name: str, seconds: int) -> int:
    runs = start(name, seconds)
    until = time.strftime("%a %H:%M", time.localtime(time.time() + seconds))
    if len(runs) == 2:
        print(f"{name}: two instances until {until}; ^C ends them before", flush=True)
    watch(runs)
    outcomes = [run.finish() for run in runs]
    out, program = outcomes[0].out.parent, runs[0].program
    for outcome in outcomes:
        if outcome.good():
            outcome.found = leaks_and_overruns(name, outcome.out)
        print(f"{outcome.out.name}: {outcome.say()}")
    if all(outcome.stats for outcome in outcomes):
        for outcome in outcomes:
            print(f"{outcome.out.name} over time:\n{trend(outcome.out)}")
        candidates = new_candidates(name, program, out)
        print(f"{len(list(candidates.iterdir()))} candidates for the corpus, which reach more than it or are smaller: "
              f"{os.path.relpath(candidates)}")
        print(plot(outcomes[0].out, out / "plots"))
    return exit_status(outcomes)

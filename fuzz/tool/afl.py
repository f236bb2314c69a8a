# SPDX-License-Identifier: ISC
"""afl-fuzz over one harness for a bounded time, and what it found, in words."""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import harnesses
from harnesses import Failure

PROGRESS_SECONDS = 5
EXEC_MS_MAX = 1000     # of one input; more is a hang. A session that times out takes 100.
START_SECONDS = 120    # beyond the time that was asked for: seeds, and a slow machine
KINDS = {"crashes": "crash", "hangs": "hang"}


@dataclass
class Outcome:
    name: str
    out: Path
    stats: dict[str, str] = field(default_factory=dict)
    found: list[tuple[str, Path, str]] = field(default_factory=list)  # kind, input, word
    trouble: str = ""

    def number(self, key: str) -> float:
        return float(self.stats.get(key, "0").rstrip("%"))

    def good(self) -> bool:
        return not self.found and not self.trouble

    def say(self) -> str:
        if self.trouble:
            return f"{self.name}: {self.trouble}"
        lines = [f"{self.name}: {int(self.number('execs_done')):,} runs in "
                 f"{int(self.number('run_time'))} s, {int(self.number('execs_per_sec')):,} a second, "
                 f"stability {self.stats.get('stability', '?')}, "
                 f"{self.stats.get('corpus_count', '?')} inputs, "
                 f"{self.stats.get('edges_found', '?')} edges: "
                 + (f"{len(self.found)} saved" if self.found else "nothing was found")]
        seen: dict[str, Path] = {}
        for kind, path, word in self.found:
            seen.setdefault(f"{kind}: {word}", path)
        for word, path in seen.items():
            lines += [f"  {word}", f"    ./dev fuzz --triage {os.path.relpath(path)}"]
        return "\n".join(lines)


def cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def environment(screen: bool) -> dict[str, str]:
    """afl-fuzz's own checks of the machine, answered rather than switched off as a whole."""
    chosen = {
        "AFL_SKIP_CPUFREQ": "1",  # costs speed only, and a virtual machine cannot choose
        "AFL_FORKSRV_INIT_TMOUT": "30000",
    }
    if not screen:
        chosen["AFL_NO_UI"] = "1"
    # A crash is seen by wait(2). A program that is piped core dumps only makes that slower, and a
    # sanitizer dumps none; afl-fuzz sees no difference and refuses.
    if Path("/proc/sys/kernel/core_pattern").read_text().startswith("|"):
        chosen["AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES"] = "1"
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith(("AFL_", "ASAN_OPTIONS", "UBSAN_OPTIONS"))}
    return {**kept, **chosen}


def broken_seeds(program: Path, seeds: list[Path]) -> list[tuple[str, Path, str]]:
    """afl-fuzz leaves out a seed that crashes, and says so to nobody."""
    if harnesses.replay(program, seeds)[0] == 0:
        return []
    broken = []
    for seed in seeds:
        status, output = harnesses.replay(program, [seed])
        if status != 0:
            broken.append(("seed", seed, harnesses.word_of(output)))
    return broken


def gather_seeds(seeds: list[Path], directory: Path) -> None:
    directory.mkdir(parents=True)
    for seed in seeds:
        (directory / seed.name[:120]).write_bytes(seed.read_bytes())


def command(name: str, program: Path, seeds: Path, out: Path, seconds: int, core: int,
            more: list[str]) -> list[str]:
    words = ["afl-fuzz", "-i", str(seeds), "-o", str(out), "-V", str(seconds),
             "-t", f"{EXEC_MS_MAX}", "-b", str(core)]
    dictionary = harnesses.dictionary(name)
    if dictionary is not None:
        words += ["-x", str(dictionary)]
    return [*words, *more, "--", str(program)]


def last_numbers(instance: Path) -> dict[str, str]:
    """The newest line of plot_data, which is written every few seconds."""
    try:
        lines = (instance / "plot_data").read_text().splitlines()
    except OSError:
        return {}
    keys = [key.strip() for key in lines[0].lstrip("# ").split(",")] if lines else []
    return dict(zip(keys, [v.strip() for v in lines[-1].split(",")])) if len(lines) > 1 else {}


def read_stats(instance: Path) -> dict[str, str]:
    try:
        text = (instance / "fuzzer_stats").read_text()
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in
            (line.partition(":") for line in text.splitlines())}


def saved(instance: Path, program: Path) -> list[tuple[str, Path, str]]:
    found = []
    for directory, kind in KINDS.items():
        for path in sorted((instance / directory).glob("id:*")):
            word = "no end in time"
            if kind == "crash":
                status, output = harnesses.replay(program, [path])
                word = harnesses.word_of(output) if status != 0 else "does not happen again"
            found.append((kind, path, word))
    return found


class Run:
    """One afl-fuzz. It stops by itself; stop() is for when it is not to. `instance`: its part of `out`,
    which others may share."""

    def __init__(self, name: str, program: Path, seeds: list[Path], out: Path, seconds: int,
                 core: int, screen: bool = False, instance: str = "default",
                 more: list[str] | None = None):
        self.outcome = Outcome(name, out / instance)
        self.program, self.seconds = program, seconds
        self.process: subprocess.Popen | None = None
        if not seeds:
            self.outcome.trouble = "there is no input to begin with"
            return
        self.outcome.found = broken_seeds(program, seeds)
        if self.outcome.found:
            return
        place = out.parent / f"{out.name}-{instance}-seeds"
        gather_seeds(seeds, place)
        mutator = program.parent / f"mutate_{name}.so"
        env = environment(screen)
        if mutator.exists():
            env["AFL_CUSTOM_MUTATOR_LIBRARY"] = str(mutator)
        self.log = out.parent / f"{out.name}-{instance}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command(name, program, place, out, seconds, core, more or []), env=env,
                stdin=subprocess.DEVNULL, stdout=None if screen else log,
                stderr=None if screen else subprocess.STDOUT)
        self.started = time.monotonic()
        self.deadline = self.started + seconds + START_SECONDS

    def running(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            return False
        if time.monotonic() > self.deadline:
            self.process.kill()
            self.process.wait()
            self.outcome.trouble = "afl-fuzz did not stop in time"
            return False
        return True

    def progress(self) -> str:
        """From what afl-fuzz says when it takes up an input; it writes numbers once a minute."""
        said = re.findall(r"\((\d+) total, (\d+) crashes saved", self.log.read_text(errors="replace"))
        inputs, crashes = said[-1] if said else ("?", "0")
        numbers = last_numbers(self.outcome.out)
        speed = numbers.get("execs_per_sec")
        elapsed = int(time.monotonic() - self.started)
        return (f"{self.outcome.name}: {min(elapsed, self.seconds)} of {self.seconds} s, {inputs} inputs, "
                + (f"{float(speed):.0f} runs a second, " if speed else "") + f"{crashes} crashes")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def finish(self) -> Outcome:
        outcome = self.outcome
        if self.process is None:
            return outcome
        status = self.process.wait()
        outcome.stats = read_stats(outcome.out)
        outcome.found = saved(outcome.out, self.program)
        if not outcome.trouble and (status != 0 or outcome.number("execs_done") == 0):
            tail = self.log.read_text(errors="replace").strip().splitlines()[-12:]
            outcome.trouble = f"afl-fuzz failed (status {status}):\n" + "\n".join(tail)
        return outcome


def watch(runs: list[Run], out: bool = True) -> None:
    """Until all have stopped; a line each every few seconds."""
    last = time.monotonic()
    try:
        while any([run.running() for run in runs]):
            time.sleep(0.2)
            if out and time.monotonic() - last >= PROGRESS_SECONDS:
                last = time.monotonic()
                for run in runs:
                    if run.running():
                        print(run.progress(), flush=True)
    finally:
        for run in runs:
            run.stop()


def fuzz(wanted: list[str], seconds: int, screen: bool) -> list[Outcome]:
    """Fuzzes all at the same time, as far as there are cores; the screen is for one alone."""
    programs = harnesses.build("afl", wanted)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    base = harnesses.ROOT / "build-fuzz-afl/out"
    base.mkdir(exist_ok=True)
    free, outcomes, left = cores(), [], list(wanted)
    while left:
        batch, left = left[:len(free)], left[len(free):]
        runs = []
        for core, name in zip(free, batch):
            out = base / f"{name}-{stamp}-{os.getpid()}"
            alone = screen and len(wanted) == 1 and sys.stdout.isatty()
            runs.append(Run(name, programs[name], harnesses.seeds(name), out, seconds, core, alone))
        watch(runs, not (screen and len(wanted) == 1 and sys.stdout.isatty()))
        outcomes += [run.finish() for run in runs]
    return outcomes


__all__ = ["Failure", "Outcome", "Run", "cores", "fuzz", "watch"]

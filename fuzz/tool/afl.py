# SPDX-License-Identifier: ISC
"""afl-fuzz over one harness for a bounded time."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import harnesses
from machine import cores, for_afl, shows_screen
from outcome import Outcome, broken, leaks_and_overruns, read_stats, saved

PROGRESS_SECONDS = 5   # and no more than LINES_MAX in all
LINES_MAX = 60
EXEC_MS_MAX = 1000     # of one input; more is a hang. A session that times out takes 100.
START_SECONDS = 120    # for the committed inputs, before the time begins, on a slow machine
LATE_SECONDS = 30      # it stops between two inputs
EARLY_SECONDS = 2      # it counts whole ones
SEED_SECONDS = 60
TAIL_BYTES = 1 << 16
READY = "Entering queue cycle"


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


class Run:
    """One afl-fuzz. It stops by itself; stop() is for when it is not to. `instance`: its part of `out`,
    which others may share."""

    def __init__(self, name: str, program: Path, seeds: list[Path], out: Path, seconds: int,
                 core: int, screen: bool = False, instance: str = "default",
                 more: list[str] | None = None):
        self.outcome = Outcome(name, out / instance)
        self.program, self.seconds, self.seeds = program, seconds, seeds
        self.process: subprocess.Popen | None = None
        self.ready: float | None = None  # when the time began
        self.label = name if instance == "default" else f"{name}, {instance}"
        self.place = out / f"{instance}-inputs"
        self.log = out / f"{instance}.log"
        self.screen = screen
        if not seeds:
            self.outcome.trouble = f"there is no input to begin with: put one into fuzz/corpus/{name}/"
            return
        self.outcome.found = broken(program, seeds, "seed", SEED_SECONDS)
        if not self.outcome.found:
            self.start(command(name, program, self.place, out, seconds, core, more or []))

    def start(self, words: list[str]) -> None:
        gather_seeds(self.seeds, self.place)
        env = for_afl(self.screen)
        mutator = self.program.parent / f"mutate_{self.outcome.name}.so"
        if mutator.exists():
            env["AFL_CUSTOM_MUTATOR_LIBRARY"] = str(mutator)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL,
                                            stdout=None if self.screen else log,
                                            stderr=None if self.screen else subprocess.STDOUT,
                                            start_new_session=not self.screen)  # stop() ends it, no hangup
        self.started = time.monotonic()

    def said(self) -> str:
        """The last of what afl-fuzz has said."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - TAIL_BYTES))
            return log.read().decode(errors="replace")

    def late(self) -> bool:
        now = time.monotonic()
        if self.ready is None and not self.screen and READY in self.said():
            self.ready = now
        begun = self.ready if self.ready is not None else self.started + START_SECONDS
        return now > begun + self.seconds + LATE_SECONDS

    def running(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            return False
        if self.late():
            self.process.kill()
            self.process.wait()
            self.outcome.trouble = "afl-fuzz did not stop in time"
            return False
        return True

    def progress(self) -> str:
        """From what afl-fuzz says when it takes up an input; it writes numbers once a minute."""
        name, text = self.label, self.said()
        if self.ready is None:
            return f"{name}: tries its {len(self.seeds)} inputs, then the time begins"
        elapsed = min(int(time.monotonic() - self.ready), self.seconds)
        taken = re.findall(r"\((\d+) total, (\d+) crashes saved", text)
        inputs, crashes = taken[-1] if taken else (str(len(self.seeds)), "0")
        return f"{name}: {elapsed} of {self.seconds} s, {inputs} inputs, {crashes} crashes"

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.outcome.stopped = True
            self.process.terminate()
            try:
                self.process.wait(LATE_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def why(self) -> str:
        """It has failed: its own words, those of the cause first."""
        if self.screen:
            return "afl-fuzz failed, see above"
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.said())
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        causes = [line for line in lines if line.startswith("[-]")]
        return (f"afl-fuzz failed (status {self.process.returncode}): "
                + "\n  ".join(causes or lines[-12:]) + f"\n  all it said: {os.path.relpath(self.log)}")

    def finish(self) -> Outcome:
        outcome = self.outcome
        if self.process is None:
            return outcome
        status = self.process.wait()
        shutil.rmtree(self.place, ignore_errors=True)
        outcome.stats = read_stats(outcome.out)
        outcome.found = saved(outcome.out, self.program)
        failed = status != 0 or outcome.number("execs_done") == 0
        if not failed and outcome.number("run_time") + EARLY_SECONDS < self.seconds:
            outcome.stopped = True  # by somebody else
        if not outcome.trouble and not outcome.stopped and failed:
            outcome.trouble = self.why()
        return outcome


def watch(runs: list[Run], out: bool = True) -> bool:
    """Until all have stopped; a line each every few seconds. False: somebody has stopped them."""
    last = time.monotonic()
    interval = max([PROGRESS_SECONDS, *(run.seconds / LINES_MAX for run in runs)])
    try:
        while any([run.running() for run in runs]):
            time.sleep(0.2)
            if out and time.monotonic() - last >= interval:
                last = time.monotonic()
                for run in runs:
                    if run.running():
                        print(run.progress(), flush=True)
        return True
    except KeyboardInterrupt:
        for run in runs:
            run.outcome.stopped = run.process is not None
        return False
    finally:
        for run in runs:
            run.stop()


def new_place(name: str) -> Path:
    """Where a run of now keeps what it finds."""
    place = harnesses.ROOT / f"build-fuzz-afl/out/{name}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    place.mkdir(parents=True)
    return place


def fuzz(wanted: list[str], seconds: int, screen: bool) -> list[Outcome]:
    """Fuzzes all at the same time, as far as there are cores; the screen is for one alone. What was
    stopped leaves out what had not begun."""
    programs = harnesses.build("afl", wanted)
    free, outcomes, left, go_on = cores(), [], list(wanted), True
    alone = screen and len(wanted) == 1 and shows_screen()
    if len(free) < len(wanted):
        print(f"{len(free)} at a time, for there are no more cores", flush=True)
    while left and go_on:
        batch, left = left[:len(free)], left[len(free):]
        runs: list[Run] = []
        try:
            for core, name in zip(free, batch):
                runs.append(Run(name, programs[name], harnesses.seeds(name), new_place(name), seconds,
                                core, alone))
            go_on = watch(runs, not alone)
        finally:
            for run in runs:
                run.stop()
        outcomes += [run.finish() for run in runs]
    for outcome in outcomes:
        if outcome.good() and go_on:
            outcome.found = leaks_and_overruns(outcome.name, outcome.out)
    return outcomes

# SPDX-License-Identifier: ISC
"""A copy of the tree and of a build of the harnesses, in which one mutant at a time is tried."""

import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import harnesses
from harnesses import FUZZ, ROOT
from mutants import Mutant

SEED = 1
SECONDS_MAX = 60            # of one run of a harness, however slow the machine is
HANG_SECONDS = 10           # of one input
# How many inputs a harness gets altogether, its seeds among them. Those that fork are slower.
RUNS = {"session": 20_000, "accept": 100_000, "compile": 30_000}
RUNS_DEFAULT = 200_000

# What a copy does without: it is large, or belongs to another build.
LEFT_OUT = shutil.ignore_patterns(".git", "build*", "__pycache__", ".cache", "out")
LEFT_OUT_OF_BUILD = shutil.ignore_patterns("tests", "meson-logs")


@dataclass
class Result:
    killed: bool
    harness: str
    how: str      # "seed replay", "after N runs", "survived", or what is wrong with the mutant
    why: str      # the harness's own words
    seconds: float


class Workshop:
    def __init__(self, directory: Path, build: Path):
        self.tree = directory / "tree"
        self.scratch = directory / "scratch"
        self.engine = harnesses.option(build, "fuzz")
        self.build = self.tree / build.name
        # With their times, so that ninja sees that nothing is to be done.
        shutil.copytree(ROOT, self.tree, symlinks=True, ignore=LEFT_OUT)
        shutil.copytree(build, self.build, symlinks=True, ignore=LEFT_OUT_OF_BUILD)

    def command(self, harness: str) -> list[str]:
        program = str(self.build / "fuzz" / f"fuzz_{harness}")
        if self.engine == "replay":
            return [program, *map(str, harnesses.seeds(harness))]
        shutil.rmtree(self.scratch, ignore_errors=True)
        new = self.scratch / "new"  # the first directory is the one that libFuzzer writes to
        new.mkdir(parents=True)
        words = harnesses.dictionary(harness)
        inputs = [FUZZ / kind / harness for kind in ("corpus", "regress")]
        return [program, f"-seed={SEED}", f"-runs={RUNS.get(harness, RUNS_DEFAULT)}",
                f"-max_total_time={SECONDS_MAX}", f"-timeout={HANG_SECONDS}", "-rss_limit_mb=2048",
                "-print_final_stats=1", f"-artifact_prefix={self.scratch}/",
                *([f"-dict={words}"] if words else []),
                str(new), *(str(path) for path in inputs if path.is_dir())]

    def compile(self, harness: str) -> str | None:
        """None, or the compiler's complaint."""
        made = subprocess.run(["ninja", "-C", self.build, "-j", "1", f"fuzz/fuzz_{harness}"],
                              capture_output=True, text=True)
        if made.returncode == 0:
            return None
        lines = [*made.stdout.splitlines(), *made.stderr.splitlines(), "ninja failed"]
        return next((line for line in lines if "error:" in line), lines[0])

    def run(self, harness: str) -> tuple[int, str]:
        """Exit status (-1: stopped, as it did not end) and output of the harness over its inputs."""
        environment = {**os.environ, "ASAN_OPTIONS": "symbolize=0", "UBSAN_OPTIONS": "symbolize=0"}
        process = subprocess.Popen(self.command(harness), cwd=self.tree, env=environment, text=True,
                                   errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            output, _ = process.communicate(timeout=SECONDS_MAX + HANG_SECONDS)
            return process.returncode, output
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return -1, "no end"

    def how(self, output: str) -> str:
        """When, in the life of a run, it was noticed."""
        if self.engine == "replay" or "INITED" not in output:
            return "seed replay"
        units = re.search(r"stat::number_of_executed_units: *(\d+)", output)
        return f"after {units.group(1)} runs" if units else "after the seeds"

    def ask(self, harness: str) -> Result:
        """Builds and runs one harness on the tree as it is."""
        complaint = self.compile(harness)
        start = time.monotonic()
        if complaint is not None:
            return Result(False, harness, "does not build", complaint, 0)
        status, output = self.run(harness)
        seconds = time.monotonic() - start
        if status == 0:
            return Result(False, harness, "survived", "", seconds)
        return Result(True, harness, self.how(output), harnesses.word_of(output), seconds)

    def plant(self, mutant: Mutant) -> str:
        """Breaks the file, and returns what it was. A mistake may leave a name unused: as a system's
        header, it is compiled without warnings."""
        path = self.tree / mutant.file
        whole = path.read_text()
        broken = path.with_suffix(".broken")
        broken.write_text("#pragma GCC system_header\n" + mutant.text)
        path.write_text(f'#include "{broken.name}"\n')
        return whole

    def attempt(self, mutant: Mutant) -> Result:
        """Asks the mutant's harnesses one by one, until one notices it."""
        whole = self.plant(mutant)
        try:
            for harness in mutant.harnesses:
                result = self.ask(harness)
                if result.how != "survived":
                    break
            return result
        finally:
            (self.tree / mutant.file).write_text(whole)

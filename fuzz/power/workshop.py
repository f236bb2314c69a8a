# SPDX-License-Identifier: ISC
"""A copy of the tree and of a build of the harnesses, in which one mutant at a time is tried."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from mutants import ROOT, Mutant

SEED = 1
SECONDS_MAX = 60            # of one run of a harness, however slow the machine is
HANG_SECONDS = 10           # of one input
# How many inputs a harness gets altogether, its seeds among them. Those that fork are slower.
RUNS = {"session": 20_000, "accept": 100_000, "compile": 30_000}
RUNS_DEFAULT = 200_000

# What a harness writes about its end, most telling first.
REASONS = [r"oracle: .*", r"runtime error: .*", r"ERROR: AddressSanitizer: [\w-]+",
           r"ERROR: LeakSanitizer: [\w-]+", r"ERROR: libFuzzer: .*", r"replay: .*"]


@dataclass
class Result:
    killed: bool
    harness: str
    how: str      # "seed replay", "after N runs", "survived", or what is wrong with the mutant
    why: str      # the harness's own words
    seconds: float


def engine_of(build: Path) -> str:
    """replay, afl or libfuzzer."""
    for option in json.loads((build / "meson-info/intro-buildoptions.json").read_text()):
        if option["name"] == "fuzz":
            return option["value"]
    raise ValueError(f"{build}: no build of the harnesses")


def reason_in(output: str) -> str:
    for pattern in REASONS:
        found = re.search(pattern, output)
        if found:
            return found.group(0).removeprefix("ERROR: ")
    return (output.strip().splitlines() or ["no word"])[-1]


class Workshop:
    def __init__(self, directory: Path, build: Path):
        self.tree = directory / "tree"
        self.scratch = directory / "scratch"
        self.engine = engine_of(build)
        self.build = self.tree / build.name
        shutil.copytree(ROOT, self.tree, symlinks=True,
                        ignore=shutil.ignore_patterns(".git", "build*", "__pycache__", ".cache"))
        # With its times, so that ninja sees that nothing is to be done.
        subprocess.run(["cp", "-a", "--reflink=auto", build, self.build], check=True)

    def inputs(self, harness: str) -> list[str]:
        """The committed inputs of a harness."""
        found = [str(ROOT / "fuzz" / kind / harness) for kind in ("corpus", "regress")
                 if (ROOT / "fuzz" / kind / harness).is_dir()]
        if not found:
            raise ValueError(f"{harness}: there is no corpus")
        return found

    def command(self, harness: str) -> list[str]:
        program = str(self.build / "fuzz" / f"fuzz_{harness}")
        if self.engine == "replay":
            return [program, *self.inputs(harness)]
        shutil.rmtree(self.scratch, ignore_errors=True)
        new = self.scratch / "new"  # the first directory is the one that libFuzzer writes to
        new.mkdir(parents=True)
        dictionary = ROOT / "fuzz/dict" / f"{harness}.dict"
        return [program, f"-seed={SEED}", f"-runs={RUNS.get(harness, RUNS_DEFAULT)}",
                f"-max_total_time={SECONDS_MAX}", f"-timeout={HANG_SECONDS}", "-rss_limit_mb=2048",
                "-print_final_stats=1", f"-artifact_prefix={self.scratch}/",
                *([f"-dict={dictionary}"] if dictionary.is_file() else []),
                str(new), *self.inputs(harness)]

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
        return Result(True, harness, self.how(output), reason_in(output), seconds)

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

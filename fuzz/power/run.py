#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""How good are the harnesses? Plants bugs, one at a time, and sees which of them the harnesses find.

A bug that no harness notices has survived; so has one that no longer applies or does not build.
Before all others the unbroken code is tried: a harness that fails on it proves nothing.

The committed inputs are replayed first; with a build for libFuzzer a fuzzer follows, with a fixed
seed and a fixed number of runs. Exit status: 0 all were found, 1 not all, 64 wrong use.
"""

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tool"))
import harnesses  # noqa: E402
import mechanical  # noqa: E402
from compiler import Compiler  # noqa: E402
from mutants import Mutant, all_patches, read_patch  # noqa: E402
from workshop import Result, Workshop  # noqa: E402


class Board:
    """The kill table, written as it comes to be."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.killed: list[Result] = []
        self.survivors: list[str] = []

    def add(self, mutant: Mutant, result: Result) -> None:
        with self.lock:
            if result.killed:
                self.killed.append(result)
            else:
                self.survivors.append(mutant.name)
            word = "found   " if result.killed else "SURVIVED"
            how = f"{result.how}, {result.seconds:.1f} s" if result.killed else result.how
            print(f"{word} {mutant.name:42} {result.harness:9} {how:26} {result.why[:90]}", flush=True)
            if not result.killed:
                print(f"         breaks: {mutant.breaks}", flush=True)

    def spoil(self, name: str, why: str) -> None:
        """A mutant that could not be tried."""
        self.survivors.append(name)
        print(f"SURVIVED {name}: {why}", flush=True)

    def summary(self) -> str:
        by_seeds = sum(result.how == "seed replay" for result in self.killed)
        text = f"{len(self.killed)} found, {by_seeds} of them by the seeds alone, " \
               f"{len(self.survivors)} survived"
        if self.killed:
            seconds = [result.seconds for result in self.killed]
            text += f"; time to find: median {statistics.median(seconds):.1f} s, " \
                    f"at most {max(seconds):.1f} s"
        return text


def unhealthy(workshop: Workshop, asked: list[str]) -> list[str]:
    """What the harnesses say of the unbroken code, which should be nothing."""
    results = [workshop.ask(harness) for harness in asked]
    return [f"fuzz_{result.harness} fails on unbroken code: {result.how}: {result.why}"
            for result in results if result.how != "survived"]


def shares(mutants: list[Mutant], jobs: int) -> list[list[Mutant]]:
    """One list for each workshop. Mutants of one file stay together: a file that goes from one
    mutant to the next is built once, one that is restored twice."""
    by_file = [list(group) for _, group in
               itertools.groupby(sorted(mutants, key=lambda m: (m.harnesses, m.file, m.name)),
                                 key=lambda m: (m.harnesses, m.file))]
    lists: list[list[Mutant]] = [[] for _ in range(jobs)]
    for group in sorted(by_file, key=len, reverse=True):
        min(lists, key=len).extend(group)
    return [share for share in lists if share]


def try_all(build: Path, mutants: list[Mutant], jobs: int, board: Board) -> list[str]:
    """Fills the board. Returns complaints for which nothing was tried."""
    lists = shares(mutants, jobs)
    asked = sorted({name for mutant in mutants for name in mutant.harnesses})
    with tempfile.TemporaryDirectory(prefix="echocell-power-") as directory, \
            ThreadPoolExecutor(len(lists)) as pool:
        places = range(len(lists))
        workshops = list(pool.map(lambda i: Workshop(Path(directory) / str(i), build), places))
        lines = pool.map(lambda i: unhealthy(workshops[i], asked[i::len(lists)]), places)
        complaints = [line for found in lines for line in found]

        def work(i: int) -> None:
            for mutant in lists[i]:
                board.add(mutant, workshops[i].attempt(mutant))
        if not complaints:
            list(pool.map(work, places))
        return complaints


def planted(names: list[str], board: Board) -> list[Mutant]:
    """The patches of these names, for these harnesses or in these files; all when there are none."""
    mutants = []
    for path in [*all_patches(), *(Path(name) for name in names if name.endswith(".patch"))]:
        try:
            mutants.append(read_patch(path))
        except ValueError as error:
            board.spoil(path.stem, str(error))
    for name in names:
        wanted = [mutant for mutant in mutants
                  if name in (mutant.name, mutant.path, *mutant.harnesses)]
        if not wanted:
            board.spoil(name, "there is no such bug, and no harness of that name has one")
    return [mutant for mutant in mutants
            if not names or {mutant.name, mutant.path, *mutant.harnesses} & {*names}]


def check_all(build: Path, mutants: list[Mutant], jobs: int, board: Board) -> None:
    """Every patch must build, and change what the compiler makes of the file."""
    compiler = Compiler(build)
    with ThreadPoolExecutor(jobs) as pool:
        for mutant, fine in zip(mutants, pool.map(compiler.is_mutant, mutants)):
            if not fine:
                board.spoil(mutant.name, "it does not build, or changes nothing")
    print(f"{len(mutants)} patches apply and build", flush=True)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev fuzz --power", description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="a planted bug, a patch file, or all bugs of a harness (default: all)")
    parser.add_argument("--build", type=Path, metavar="DIRECTORY",
                        help="a build of the harnesses in the tree (default: one for libFuzzer)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many side by side")
    parser.add_argument("--quick", action="store_true",
                        help="build all, but try only those of the ordinary test run")
    parser.add_argument("--list", action="store_true", help="say what there is, and try nothing")
    parser.add_argument("--mechanical", action="store_true",
                        help="mechanical mutants instead of the planted bugs")
    parser.add_argument("--sample", type=int, metavar="N", default=mechanical.SAMPLE,
                        help="how many of them (default: %(default)s)")
    parser.add_argument("--draw", type=int, metavar="N", default=1,
                        help="which sample of them (default: %(default)s)")
    return parser.parse_intermixed_args()


def ready_build(directory: Path | None) -> Path:
    """Up to date, so that a copy has nothing to build but its mutants."""
    if directory is None:
        return next(iter(harnesses.build("libfuzzer", harnesses.names()).values())).parent.parent
    directory = directory.resolve()
    if directory.parent != harnesses.ROOT:
        raise harnesses.Failure(f"{directory} is not in {harnesses.ROOT}")
    subprocess.run(["ninja", "-C", directory, "--quiet",
                    *(f"fuzz/fuzz_{name}" for name in harnesses.names())], check=True,
                   stdout=subprocess.DEVNULL)
    return directory


def show(mutants: list[Mutant]) -> None:
    for mutant in mutants:
        print(f"{mutant.name:42} {', '.join(mutant.harnesses):9} {mutant.breaks}")


def play(arguments: argparse.Namespace) -> int:
    board = Board()
    if arguments.mechanical:
        return mechanical.judge(ready_build(arguments.build), arguments, board, try_all)
    mutants = planted(arguments.names, board)
    if arguments.list:
        show(mutants)
        return 1 if board.survivors else 0
    build = ready_build(arguments.build)
    if arguments.quick:
        check_all(build, mutants, arguments.jobs, board)
        mutants = [mutant for mutant in mutants if mutant.quick]
    print(f"{len(mutants)} planted bugs, {arguments.jobs} side by side", flush=True)
    complaints = try_all(build, mutants, arguments.jobs, board) if mutants else ["nothing to try"]
    print("\n".join([*complaints, board.summary()]))
    return 0 if board.killed and not board.survivors and not complaints else 1


def main() -> int:
    arguments = read_arguments()
    try:
        return play(arguments)
    except (harnesses.Failure, subprocess.CalledProcessError) as failure:
        print(f"dev fuzz --power: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

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
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mechanical
from mutants import ROOT, Mutant, all_patches, read_patch
from workshop import Result, Workshop, engine_of


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


def healthy(workshop: Workshop, mutants: list[Mutant]) -> list[str]:
    """What the harnesses say of the unbroken code, which should be nothing."""
    complaints = []
    for harness in sorted({name for mutant in mutants for name in mutant.harnesses}):
        result = workshop.ask(harness)
        if result.how != "survived":
            complaints.append(f"fuzz_{harness} fails on unbroken code: {result.how}: {result.why}")
    return complaints


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
    with tempfile.TemporaryDirectory(prefix="echocell-power-") as directory, \
            ThreadPoolExecutor(len(lists)) as pool:
        def work(place: int) -> list[str]:
            workshop = Workshop(Path(directory) / str(place), build)
            complaints = healthy(workshop, lists[place])
            for mutant in [] if complaints else lists[place]:
                board.add(mutant, workshop.attempt(mutant))
            return complaints
        return [line for lines in pool.map(work, range(len(lists))) for line in lines]


def planted(names: list[str], quick: bool, board: Board) -> list[Mutant]:
    """The patches of these names (or files); all when there are none."""
    paths = {path.stem: path for path in all_patches()}
    wanted = [paths.get(name, Path(name)) for name in names] or list(paths.values())
    mutants = []
    for path in wanted:
        try:
            mutants.append(read_patch(path))
        except ValueError as error:
            board.spoil(path.stem, str(error))
    return [mutant for mutant in mutants if mutant.quick or not quick]


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev fuzz --power", description=__doc__.split("\n\n")[0])
    parser.add_argument("build", type=Path, help="a build of the harnesses inside the tree")
    parser.add_argument("names", nargs="*", metavar="NAME", help="planted bugs (default: all)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many side by side")
    parser.add_argument("--quick", action="store_true", help="only those of the ordinary test run")
    parser.add_argument("--list", action="store_true", help="say what there is, and try nothing")
    parser.add_argument("--mechanical", type=int, metavar="N", nargs="?", const=mechanical.SAMPLE,
                        help="N mechanical mutants instead of the planted bugs (default: "
                             f"{mechanical.SAMPLE})")
    return parser.parse_args()


def main() -> int:
    arguments = read_arguments()
    build = arguments.build.resolve()
    board = Board()
    if build.parent != ROOT:
        sys.exit(f"run.py: {build} is not in {ROOT}")
    if arguments.mechanical is not None:
        return mechanical.judge(build, arguments, board, try_all)
    mutants = planted(arguments.names, arguments.quick, board)
    if arguments.list:
        for mutant in mutants:
            print(f"{mutant.name:42} {', '.join(mutant.harnesses):9} {mutant.breaks}")
        return 1 if board.survivors else 0
    print(f"{len(mutants)} planted bugs, {engine_of(build)} build, {arguments.jobs} side by side",
          flush=True)
    complaints = try_all(build, mutants, arguments.jobs, board) if mutants else ["nothing to try"]
    print("\n".join([*complaints, board.summary()]))
    return 0 if board.killed and not board.survivors and not complaints else 1


if __name__ == "__main__":
    sys.exit(main())

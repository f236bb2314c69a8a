# SPDX-License-Identifier: ISC
"""What llvm-cov says was reached: lines, the functions that they are in, and branches, by file."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from harnesses import ROOT, Failure

# llvm-cov counts a program's own objects; what is not ours to cover is left out.
IGNORE = r"(/\.\./(fuzz|tests)/|\.h$|^/usr/|build-fuzz-coverage/[a-z])"


@dataclass
class File:
    """The counts of one source file. A branch is one way out of a condition."""

    lines: dict[int, int] = field(default_factory=dict)
    functions: dict[int, str] = field(default_factory=dict)  # by the line of their `{`
    branches: dict[tuple, list[int]] = field(default_factory=dict)

    def unreached(self) -> list[int]:
        return sorted(line for line, count in self.lines.items() if count == 0)

    def reached(self) -> int:
        return sum(count > 0 for count in self.lines.values())

    def ways(self) -> int:
        return 2 * len(self.branches)

    def taken(self) -> int:
        return sum(count > 0 for ways in self.branches.values() for count in ways)

    def drop(self, lines: set[int]) -> None:
        """Branches on these lines do not count."""
        self.branches = {place: ways for place, ways in self.branches.items() if place[0] not in lines}

    def span(self, function: str) -> tuple[int, int] | None:
        """The first line of a function's body, and the first behind it."""
        starts = sorted(self.functions)
        for start, end in zip(starts, [*starts[1:], 1 << 30]):
            if self.functions[start] == function:
                return start, end
        return None


def run(*command: object) -> str:
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise Failure(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def sources(profile: Path, programs: list[Path]) -> list[str]:
    """What every llvm-cov command is asked about."""
    return [f"-instr-profile={profile}", f"-ignore-filename-regex={IGNORE}", str(programs[0]),
            *(f"-object={program}" for program in programs[1:])]


def _name(path: str) -> str:
    return os.path.relpath(os.path.realpath(path), ROOT)


def _take(file: File, kind: str, rest: str) -> None:
    if kind == "FN":
        line, name = rest.split(",", 1)
        file.functions[int(line)] = name.split(":")[-1]
    elif kind == "DA":
        line, count = rest.split(",")[:2]
        file.lines[int(line)] = int(count)


def _read_lines(text: str, files: dict[str, File]) -> None:
    """lcov's format: SF:PATH, FN:LINE,FUNCTION and DA:LINE,COUNT."""
    file = File()
    for entry in text.splitlines():
        kind, _, rest = entry.partition(":")
        if kind == "SF":
            file = files.setdefault(_name(rest), File())
        else:
            _take(file, kind, rest)


# A file that is in two programs in two ways has its conditions twice.
def _read_branches(text: str, files: dict[str, File]) -> None:
    for entry in json.loads(text)["data"][0]["files"]:
        branches = files.setdefault(_name(entry["filename"]), File()).branches
        for branch in entry["branches"]:
            ways = branches.setdefault((*branch[:4], branch[7]), [0, 0])
            ways[0] += branch[4]
            ways[1] += branch[5]


def read(profile: Path, programs: list[Path]) -> dict[str, File]:
    """By path below the project."""
    files: dict[str, File] = {}
    asked = sources(profile, programs)
    _read_lines(run("llvm-cov-14", "export", "-format=lcov", *asked), files)
    _read_branches(run("llvm-cov-14", "export", "-skip-functions", *asked), files)
    return dict(sorted(files.items()))

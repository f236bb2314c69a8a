# SPDX-License-Identifier: ISC
"""What the committed inputs reach: llvm-cov as HTML, a table, and whether it is enough.

Sessions are counted too: their counters lie in a file that is mapped shared before the fork, so that
a process that may not write a file still counts. Enough is what parts.py asks for, less what
unreached.txt excuses. A part is judged when all its harnesses are run, and by what they alone reach.
"""

import os
import shutil
from pathlib import Path

import harnesses
import reached
import unreached
from harnesses import ROOT, Failure
from parts import PARTS, Part, part_of
from reached import File

DIRECTORY = ROOT / "build-fuzz-coverage/report"


def record(name: str, program: Path) -> Path:
    """Replays all inputs of a harness; returns its counters."""
    raw = DIRECTORY / f"{name}.profraw"
    status, output = harnesses.replay(
        program, harnesses.seeds(name), environment={"LLVM_PROFILE_FILE": f"{raw}%c"})
    if status != 0:
        raise Failure(f"fuzz_{name}: {harnesses.word_of(output)}")
    return raw


def merged(name: str, wanted: list[str]) -> Path:
    profile = DIRECTORY / f"{name.replace(' ', '-')}.profdata"
    reached.run("llvm-profdata-14", "merge", "-o", profile,
                *(DIRECTORY / f"{harness}.profraw" for harness in wanted))
    return profile


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:6.1f}" if whole else "     -"


def print_row(name: str, files: dict[str, File], excused: dict[str, set[int]]) -> None:
    lines = sum(len(file.lines) for file in files.values())
    ways = sum(file.ways() for file in files.values())
    got = percent(sum(file.reached() for file in files.values()), lines)
    taken = percent(sum(file.taken() for file in files.values()), ways)
    held = sum(len(excused.get(path, ())) for path in files) or ""
    print(f"{name:44} {lines:6} {got} {held:8} {ways:9} {taken}")


def print_table(files: dict[str, File], parts: dict[str, dict[str, File]],
                excused: dict[str, set[int]]) -> None:
    print(f"{'file':44} {'lines':>6} {'%':>6} {'excused':>8} {'branches':>9} {'%':>6}")
    for path, file in files.items():
        print_row(path, {path: file}, excused)
    for name, own in parts.items():
        print_row(name, own, excused)
    print_row("all", files, excused)


def short_of(name: str, what: str, part: int, whole: int, floor: float) -> list[str]:
    if 100 * part >= floor * whole:
        return []
    return [f"{name}: {100 * part / whole:.2f} % of the {what}, not {floor}"]


def not_reached(files: dict[str, File], excused: dict[str, set[int]]) -> list[str]:
    words = []
    for path, file in files.items():
        source = (ROOT / path).read_text().splitlines()
        words += [f"{path}:{line}: not reached: {source[line - 1].strip()}"
                  for line in file.unreached() if line not in excused.get(path, ())]
    return words


def judge(part: Part, files: dict[str, File], excused: dict[str, set[int]]) -> list[str]:
    """What is missing in a part, in words."""
    own = list(files.values())
    lines, ways = sum(len(file.lines) for file in own), sum(file.ways() for file in own)
    faults = short_of(part.name, "branches", sum(file.taken() for file in own), ways, part.branches)
    if part.lines is None:
        return faults + not_reached(files, excused)
    got = sum(file.reached() for file in own) + sum(len(excused.get(path, ())) for path in files)
    return faults + short_of(part.name, "lines", got, lines, part.lines)


def measure(wanted: list[str], programs: dict[str, Path],
            excuses: list[unreached.Excuse]) -> tuple[dict[str, dict[str, File]], dict[str, set[int]],
                                                      list[str]]:
    """The files of each part that can be judged, the lines that are excused, and all faults."""
    parts: dict[str, dict[str, File]] = {}
    excused: dict[str, set[int]] = {}
    faults = [f"{excuse.where()}: the file is in no part" for excuse in excuses if part_of(excuse.file) is None]
    for part in PARTS:
        if not set(part.harnesses) <= set(wanted):
            continue
        every = reached.read(merged(part.name, part.harnesses),
                             [programs[name] for name in part.harnesses])
        files = parts[part.name] = {path: every[path] for path in every if part.has(path)}
        lines, stale = unreached.judge(files, excuses)
        excused.update(lines)
        faults += stale + judge(part, files, lines)
    return parts, excused, faults


def coverage(wanted: list[str]) -> int:
    programs = harnesses.build("coverage", wanted)
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    DIRECTORY.mkdir(parents=True)
    for name in wanted:
        record(name, programs[name])
    profile, paths = merged("all", wanted), list(programs.values())
    reached.run("llvm-cov-14", "show", "-format=html", f"-output-dir={DIRECTORY}",
                "-show-branches=count", *reached.sources(profile, paths))
    parts, excused, faults = measure(wanted, programs, unreached.read_list())
    print_table(reached.read(profile, paths), parts, excused)
    print(f"line by line: {os.path.relpath(DIRECTORY / 'index.html')}")
    print("\n".join(faults) or "nothing is missing")
    return 1 if faults else 0

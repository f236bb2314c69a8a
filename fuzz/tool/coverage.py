# SPDX-License-Identifier: ISC
"""What the committed inputs reach: llvm-cov as HTML and as a table of lines and branches.

Sessions are counted too: their counters lie in a file that is mapped shared before the fork, so that
a process that may not write a file still counts.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import harnesses
from harnesses import ROOT, Failure

# llvm-cov counts a program's own objects; what is not ours to cover is left out.
IGNORE = r"(/\.\./(fuzz|tests)/|\.h$|^/usr/|build-fuzz-coverage/[a-z])"


def run(*command: object) -> str:
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise Failure(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def record(name: str, program: Path, directory: Path) -> Path:
    """Replays all inputs of a harness; returns its counters."""
    raw = directory / f"{name}.profraw"
    raw.unlink(missing_ok=True)
    status, output = harnesses.replay(
        program, harnesses.seeds(name), environment={"LLVM_PROFILE_FILE": f"{raw}%c"})
    if status != 0:
        raise Failure(f"fuzz_{name}: {harnesses.word_of(output)}")
    return raw


def table(profile: Path, programs: list[Path]) -> list[tuple[str, int, int, int, int]]:
    """(file, lines, lines reached, branches, branches reached)"""
    report = json.loads(run("llvm-cov-14", "export", "-summary-only", f"-instr-profile={profile}",
                            f"-ignore-filename-regex={IGNORE}", *objects(programs)))
    rows = []
    for entry in report["data"][0]["files"]:
        lines, branches = entry["summary"]["lines"], entry["summary"]["branches"]
        rows.append((os.path.relpath(entry["filename"], ROOT), lines["count"], lines["covered"],
                     branches["count"], branches["covered"]))
    return sorted(rows)


def objects(programs: list[Path]) -> list[str]:
    return [str(programs[0]), *(f"-object={program}" for program in programs[1:])]


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:6.1f}" if whole else "     -"


def coverage(wanted: list[str]) -> int:
    programs = harnesses.build("coverage", wanted)
    directory = ROOT / "build-fuzz-coverage/report"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    raws = [record(name, programs[name], directory) for name in wanted]
    profile = directory / "all.profdata"
    run("llvm-profdata-14", "merge", "-o", profile, *raws)
    paths = list(programs.values())
    run("llvm-cov-14", "show", "-format=html", f"-output-dir={directory}", "-show-branches=count",
        f"-instr-profile={profile}", f"-ignore-filename-regex={IGNORE}", *objects(paths))
    rows = table(profile, paths)
    print(f"{'file':44} {'lines':>6} {'%':>6} {'branches':>9} {'%':>6}")
    for path, lines, reached, branches, taken in rows:
        print(f"{path:44} {lines:6} {percent(reached, lines)} {branches:9} {percent(taken, branches)}")
    total = [sum(row[i] for row in rows) for i in range(1, 5)]
    print(f"{'all':44} {total[0]:6} {percent(total[1], total[0])} {total[2]:9} "
          f"{percent(total[3], total[2])}")
    print(f"line by line: {os.path.relpath(directory / 'index.html')}")
    return 0

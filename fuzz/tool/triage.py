# SPDX-License-Identifier: ISC
"""From an input that was saved to a regression input: replay, minimise, replay with and without the
filter, name, file."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import harnesses
from afl import environment
from harnesses import FUZZ, Failure

MINIMISE_SECONDS = 120


def minimise(program: Path, path: Path, target: Path) -> Path:
    """The smallest input that afl-tmin finds in time; the input itself where it finds none."""
    command = ["afl-tmin", "-i", path, "-o", target, "-t", "2000", "--", program]
    try:
        done = subprocess.run(command, env=environment(False), timeout=MINIMISE_SECONDS,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return path
    return target if done.returncode == 0 and target.exists() else path


def slug(word: str) -> str:
    """A file name from what the harness said."""
    word = re.sub(r"^(oracle|ERROR|replay): ", "", word)
    return re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")[:60] or "unnamed"


def triage(path: Path, name: str | None) -> int:
    name = name or harnesses.harness_of(path)
    if name is None:
        raise Failure(f"{path}: which harness is it for? (./dev fuzz --triage FILE HARNESS)")
    if not path.is_file():
        raise Failure(f"{path}: no such file")
    program = harnesses.build("replay", [name])[name]
    status, output = harnesses.replay(program, [path])
    if status == 0:
        print(f"{path}: fuzz_{name} passes: fixed, or it does not happen every time")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        small = minimise(harnesses.build("afl", [name])[name], path, Path(scratch) / "small")
        if harnesses.replay(program, [small])[0] == 0:
            small = path
        _, output = harnesses.replay(program, [small])
        data = small.read_bytes()
        print(f"fuzz_{name}, {path.stat().st_size} bytes, minimised to {len(data)}")
        print(f"{'with the filter: ' if name == 'session' else ''}{harnesses.word_of(output)}")
        if name == "session":
            _, freely = harnesses.replay(program, [small], environment={"FUZZ_WITHOUT_FILTER": "1"})
            print(f"without it: {harnesses.word_of(freely)}")
            output += freely
        print(output.rstrip())
        target = FUZZ / "regress" / name / (
            f"{slug(harnesses.word_of(output))}-{hashlib.sha256(data).hexdigest()[:8]}")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(small, target)
    print(f"filed as {os.path.relpath(target)}: rename it for the promise that was broken, and commit "
          "it with the fix")
    return 1

# SPDX-License-Identifier: ISC
"""What mutates the texts of a harness keeps within its room, whatever it is given, and does mutate."""

import subprocess
from pathlib import Path

import pytest

import harnesses

MUTATED = sorted(path.stem.removeprefix("mutate_") for path in harnesses.FUZZ.glob("mutate_*.c"))


@pytest.mark.parametrize("name", MUTATED)
def test_mutations_keep_within_their_room(name: str, tmp_path: Path):
    program = tmp_path / "mutated"
    parts = [path for path in (harnesses.FUZZ / f"mutate_{name}.c", harnesses.FUZZ / f"grammar_{name}.c")
             if path.exists()]
    subprocess.run(["clang", "-g", "-O1", "-std=gnu11", "-D_GNU_SOURCE", "-fsanitize=address,undefined",
                    "-fno-sanitize-recover=all", Path(__file__).with_name("mutated.c"),
                    harnesses.FUZZ / "afl_mutator.c", *parts, "-o", program], check=True)
    done = subprocess.run([program, *harnesses.seeds(name)], text=True, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    changed, tried = map(int, done.stdout.split(" of "))
    assert changed > tried / 2, done.stdout

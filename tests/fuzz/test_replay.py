# SPDX-License-Identifier: ISC
"""Every committed input passes, under ASan and UBSan."""

import subprocess
from pathlib import Path

import pytest

import harnesses


def run(program: Path, *inputs: Path) -> subprocess.CompletedProcess:
    return subprocess.run([program, *inputs], text=True, errors="replace", timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.parametrize("name", harnesses.names())
def test_all_committed_inputs_pass(replayers: Path, name: str):
    inputs = harnesses.seeds(name)
    assert inputs, f"fuzz_{name} has no input: a replay of nothing proves nothing"
    done = run(replayers / f"fuzz_{name}", *inputs)
    assert done.returncode == 0, done.stdout[-4000:]
    assert done.stdout.splitlines()[-1] == f"{len(inputs)} inputs, 0 failed"


def test_replay_of_nothing_fails(replayers: Path, tmp_path: Path):
    assert run(replayers / "fuzz_protocol").returncode == 64
    assert run(replayers / "fuzz_protocol", tmp_path).returncode == 64


@pytest.mark.parametrize("name", harnesses.names())
def test_inputs_are_small_and_of_a_harness_that_is_there(name: str):
    total = sum(path.stat().st_size for path in harnesses.seeds(name))
    assert total < 400_000, f"{name}: {total} bytes of inputs: minimise them"


def test_no_inputs_without_a_harness():
    there = set(harnesses.names())
    for kind in ("corpus", "regress"):
        for path in (harnesses.FUZZ / kind).iterdir():
            assert path.name in there, path

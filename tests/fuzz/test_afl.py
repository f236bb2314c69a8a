# SPDX-License-Identifier: ISC
"""afl-fuzz over what a client can reach, and that whatever it finds is made known."""

import os
import re
import subprocess
from pathlib import Path

import pytest

import afl
import harnesses
import outcome

SECONDS = 30
BROKEN_SECONDS = 12


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> Path:
    """A harness that has bugs."""
    program = tmp_path_factory.mktemp("broken") / "fuzz_broken"
    main = program.with_name("afl_main.o")
    subprocess.run(["clang", "-O2", "-D_GNU_SOURCE", "-c",
                    harnesses.FUZZ / "engine/afl_main.c", "-o", main], check=True)
    subprocess.run(["afl-clang-fast", "-g", "-O1", "-fsanitize=fuzzer,address",
                    Path(__file__).with_name("broken.c"), main, "-o", program], check=True,
                   env={**os.environ, "AFL_QUIET": "1"})
    return program


def prepare(program: Path, seeds: list[bytes], out: Path, seconds: int, core: int) -> afl.Run:
    paths = [out / f"seed{number}" for number in range(len(seeds))]
    for path, seed in zip(paths, seeds):
        path.write_bytes(seed)
    return afl.Run("broken", program, paths, out / "out", seconds, core)


def run(program: Path, seeds: list[bytes], out: Path) -> afl.Outcome:
    one = prepare(program, seeds, out, 3, afl.cores()[0])
    afl.watch([one], out=False)
    return one.finish()


@pytest.fixture(scope="module")
def bad_and_slow(broken: Path, tmp_path_factory) -> list[afl.Outcome]:
    """What is found from seeds near a crash and a disagreement, and from one near a hang, at the same time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outcome, "HANG_SECONDS", 2)
        runs = [prepare(broken, seeds, tmp_path_factory.mktemp("found"), BROKEN_SECONDS, core)
                for seeds, core in (([b"C?", b"O?"], afl.cores()[0]), ([b"H?"], afl.cores()[-1]))]
        afl.watch(runs, out=False)
        return [one.finish() for one in runs]


def test_client_facing_harnesses_find_nothing():
    outcomes = afl.fuzz(harnesses.CLIENT_FACING, SECONDS, screen=False)
    print("\n".join(one.say() for one in outcomes))
    assert [one.name for one in outcomes] == harnesses.CLIENT_FACING
    for one in outcomes:
        assert one.good(), one.say()
        assert "persistent shmem_testcase" in one.stats["target_mode"]
        assert one.number("stability") >= 99.9, one.say()
        assert int(one.stats["corpus_count"]) >= len(harnesses.seeds(one.name)), \
            "afl-fuzz has left out seeds"


def test_crashes_and_disagreements_are_told(bad_and_slow: list[afl.Outcome]):
    bad, _ = bad_and_slow
    said = bad.say()
    assert not bad.good()
    assert "crash: AddressSanitizer: " in said and "two letters, expected none" in said, said
    assert "--triage" in said


def test_hangs_are_told(bad_and_slow: list[afl.Outcome]):
    _, slow = bad_and_slow
    assert ("hang", "no end after 2 seconds") in [(kind, word) for kind, _, word in slow.found], slow.say()


def test_seed_that_crashes_is_not_left_out_in_silence(broken: Path, tmp_path: Path):
    result = run(broken, [b"OO"], tmp_path)
    assert not result.good()
    assert result.found[0][0] == "seed" and "two letters" in result.say()


def test_seed_that_leaks_is_told(broken: Path, tmp_path: Path):
    result = run(broken, [b"LL", b"K?"], tmp_path)
    assert [(kind, path.name) for kind, path, _ in result.found] == [("seed", "seed0")]
    assert "LeakSanitizer: detected memory leaks" in result.say()


def test_no_seeds_are_trouble(broken: Path, tmp_path: Path):
    one = afl.Run("broken", broken, [], tmp_path / "out", 3, afl.cores()[-1])
    assert not one.finish().good()


@pytest.mark.parametrize("words, status", [
    (["--nonsense"], 64), (["no_such_harness"], 64), (["0s"], 64), (["--triage"], 64),
    (["--campaign", "long"], 64), (["--triage", "/dev/null/x", "protocol"], 1),
    (["10s", "20s"], 64), (["9999h"], 64), ([""], 64), (["--campaign", "0"], 64), (["--list", "nobody"], 64),
    (["--campaign", "1", "2", "3"], 64), (["--coverage", "5s"], 64), (["--triage", "/etc/passwd"], 1),
    (["--list"], 0), (["--help"], 0),
])
def test_wrong_use_is_told_from_findings(words: list[str], status: int):
    done = subprocess.run(["/usr/bin/python3", harnesses.FUZZ / "tool/run.py", *words], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == status, done.stderr
    assert (done.stderr == "") == (status == 0)


@pytest.mark.parametrize("compiler, fuzz, why", [
    ("cc", "afl", "does not instrument"), ("cc", "libfuzzer", "has no libFuzzer"),
    ("clang", "afl", "does not instrument"), ("clang", "libfuzzer", "without sanitizers"),
])
def test_fuzzing_build_that_would_be_blind_stops(tmp_path: Path, compiler: str, fuzz: str, why: str):
    done = subprocess.run(["meson", "setup", tmp_path / "build", harnesses.ROOT, f"-Dfuzz={fuzz}"],
                          env={**os.environ, "CC": compiler}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode != 0
    assert re.search(f"ERROR: .*{why}", done.stdout), done.stdout[-500:]

# SPDX-License-Identifier: ISC
"""What people meet: a bug is planted in a copy of the tree, found, triaged, filed and mended; runs are
stopped; a campaign ends in candidates."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

import afl
import harnesses
import machine
import minimise
import outcome

BUG = harnesses.FUZZ / "mutants/protocol-quit-counted.patch"


class Tree:
    """A copy with one harness that has one input, one byte from where the bug is."""

    def __init__(self, root: Path):
        self.root = root
        shutil.copytree(harnesses.ROOT, root, symlinks=True, ignore=shutil.ignore_patterns(
            "build*", ".git", "corpus", "regress", "__pycache__"))
        seed = root / "fuzz/corpus/protocol/almost_quit"
        seed.parent.mkdir(parents=True)
        seed.write_bytes(b"\x02\x05\x00\x00quix")

    def patch(self, *more: str) -> None:
        text = BUG.read_text()
        subprocess.run(["patch", "-p1", "--silent", *more], cwd=self.root, check=True, text=True,
                       input=text[text.index("--- "):])

    def start(self, *words: str, under: list[str] | None = None) -> subprocess.Popen:
        return subprocess.Popen([*(under or []), "/usr/bin/python3", "fuzz/tool/run.py", *words], cwd=self.root,
                                text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, start_new_session=True)

    def fuzz(self, *words: str) -> tuple[int, str]:
        process = self.start(*words)
        said, _ = process.communicate(timeout=200)
        return process.returncode, said


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Tree:
    return Tree(tmp_path_factory.mktemp("people") / "echocell")


def test_planted_bug_is_found_triaged_filed_and_mended(tree: Tree):
    tree.patch()
    try:
        status, said = tree.fuzz("protocol", "6s")
        assert status == 1 and "crash: oracle: " in said and "--triage" in said, said
        runs = str(next((tree.root / "build-fuzz-afl/out").iterdir()))
        status, said = tree.fuzz("--triage", runs)
        assert status == 1 and "what is promised: the model" in said, said
        assert "the run:\n  record" in said and '"quit"' in said, said
        filed = list((tree.root / "fuzz/regress/protocol").iterdir())
        assert filed and all(len(path.read_bytes()) <= 16 for path in filed), said
        status, said = tree.fuzz("protocol", "2s")
        assert status == 1 and "committed inputs fail" in said, said
        assert "committed input already" in tree.fuzz("--triage", str(filed[0]))[1]
    finally:
        tree.patch("--reverse")
    status, said = tree.fuzz("--triage", str(filed[0]))
    assert status == 0 and "passes" in said, said
    status, said = tree.fuzz("protocol", "3s")
    assert status == 0 and "nothing was found" in said, said


def wait_for(words: str, process: subprocess.Popen) -> None:
    """Until it says so."""
    line = process.stdout.readline()
    while words not in line:
        assert line, "it has ended by itself"
        line = process.stdout.readline()


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_whoever_is_stopped_says_what_was_found_and_leaves_nobody(tree: Tree):
    process = tree.start("protocol", "100s")
    wait_for(" of 100 s", process)
    children = children_of(process.pid)
    assert children
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "stopped before its time" in said and "nothing was found" in said, said
    time.sleep(0.2)
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_a_terminal_that_goes_ends_no_run_that_was_told_to_stay(tree: Tree):
    process = tree.start("protocol", "7s", under=["nohup"])
    wait_for(" of 7 s", process)
    os.killpg(process.pid, signal.SIGHUP)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and "stopped" not in said and "nothing was found" in said, said


def test_campaign_merges_and_names_candidates_by_content(tree: Tree):
    status, said = tree.fuzz("--campaign", "8s", "protocol")
    assert status == 0, said
    assert "main over time:" in said and "second over time:" in said and "plots: " in said, said
    candidates = list((tree.root / "build-fuzz-afl/candidates/protocol").iterdir())
    assert candidates and f"{len(candidates)} candidates" in said
    for path in candidates:
        digest = subprocess.run(["sha1sum", path], capture_output=True, text=True, check=True).stdout
        assert digest.split()[0] == path.name


def test_afl_fuzz_that_fails_is_trouble(tmp_path: Path, monkeypatch):
    fake = tmp_path / "bin/afl-fuzz"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho '[-] it cannot be'\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    seed = tmp_path / "seed"
    seed.write_bytes(b"seed")
    one = afl.Run("protocol", Path("/bin/true"), [seed], tmp_path / "out", 3, afl.cores()[0])
    afl.watch([one], out=False)
    result = one.finish()
    assert not result.good()
    assert "afl-fuzz failed (status 1): [-] it cannot be" in result.say()


def test_environment_of_other_programs_does_not_reach_a_harness(monkeypatch):
    for name in ("AFL_BENCH_JUST_ONE", "ASAN_OPTIONS", "FUZZ_WITHOUT_FILTER", "LD_PRELOAD"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("SAFE", "1")
    left = machine.environment()
    assert "SAFE" in left
    assert not {"AFL_BENCH_JUST_ONE", "ASAN_OPTIONS", "FUZZ_WITHOUT_FILTER", "LD_PRELOAD"} & set(left)


def test_cores_that_somebody_is_pinned_to_come_last():
    allowed = sorted(os.sched_getaffinity(0))
    taken = allowed[0]
    other = subprocess.Popen(["sleep", "60"])
    try:
        os.sched_setaffinity(other.pid, {taken})
        assert taken in machine.pinned_cores()
        assert sorted(machine.cores()) == allowed
        free = [core for core in allowed if core not in machine.pinned_cores()]
        assert machine.cores()[:len(free)] == free
    finally:
        other.kill()
        other.wait()


def test_unstable_harness_is_warned_of():
    shaky = outcome.Outcome("protocol", Path("out"), {"execs_done": "9", "run_time": "1", "stability": "97.10%"})
    assert "may not happen again" in shaky.say()


def test_findings_of_one_kind_are_told_once():
    found = [("crash", Path(f"id:{n}"), f"oracle: {n} bytes of 0x{n}") for n in range(3)]
    said = outcome.Outcome("protocol", Path("out"), {"execs_done": "9", "run_time": "1",
                                                     "stability": "100.00%"}, found).say()
    assert said.count("--triage") == 1 and "(3 inputs)" in said


def test_minimising_keeps_the_promise_that_was_broken(tmp_path: Path):
    """`X` alone is enough for one failure; it is not the one that is looked for."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\ngrep -q 'X.*Y' \"$1\" && { echo 'oracle: both'; exit 1; }\n"
                       "grep -q X \"$1\" && { echo 'oracle: one'; exit 1; }\nexit 0\n")
    program.chmod(0o755)
    path = tmp_path / "input"
    path.write_bytes(b"long before X between Y behind")
    assert minimise.minimise(program, path, text=True) == b"XY"


def test_words_that_a_terminal_would_obey_are_not_printed():
    assert "\x1b" not in harnesses.word_of("oracle: `\x1b[2J'")

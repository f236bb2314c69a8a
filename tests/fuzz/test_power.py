# SPDX-License-Identifier: ISC
"""The board of planted bugs keeps its promises: a bug is found or it is named, and nothing is lost."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

PATCH = """\
Breaks: {breaks}
Harness: protocol

--- a/src/echocell/protocol.c
+++ b/src/echocell/protocol.c
@@ -1,3 +1,3 @@
{hunk}
"""


def board(*arguments: str) -> subprocess.CompletedProcess:
    build = Path(os.environ["HARNESSES"]).parent
    return subprocess.run(["/usr/bin/python3", ROOT / "fuzz/power/run.py", "--build", build,
                           *arguments], capture_output=True, text=True, timeout=300)


@pytest.fixture
def patch(tmp_path):
    """Writes a patch of protocol.c and gives its path."""
    def write(breaks: str, hunk: str) -> str:
        path = tmp_path / "planted.patch"
        path.write_text(PATCH.format(breaks=breaks, hunk=hunk))
        return str(path)
    return write


def test_every_planted_bug_builds_and_the_quick_ones_are_found():
    result = board("--quick")
    planted = len(list((ROOT / "fuzz/mutants").glob("*.patch")))
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{planted} patches apply and build" in result.stdout
    assert ", 0 survived" in result.stdout
    assert result.stdout.count("\nfound ") >= 12


def test_a_bug_that_nobody_can_see_survives(patch):
    result = board(patch("nothing: the other order says the same",
                         "-    return a < b ? a : b;\n+    return b > a ? a : b;"))
    assert result.returncode == 1
    assert "SURVIVED planted" in result.stdout
    assert "0 found" in result.stdout and "1 survived" in result.stdout


def test_a_patch_that_fits_nowhere_counts_as_a_survivor(patch):
    result = board(patch("a line that is not there", "-    return a < c;\n+    return a > c;"))
    assert result.returncode == 1
    assert "fits in 0 places" in result.stdout


def test_a_patch_that_fits_twice_counts_as_a_survivor(patch):
    result = board(patch("either of two lines", "-    tell_end(protocol);\n+"))
    assert result.returncode == 1
    assert "fits in 3 places" in result.stdout


def test_a_patch_that_does_not_build_counts_as_a_survivor(patch):
    result = board(patch("the language", "-    return a < b ? a : b;\n+    return a < b ? a : c;"))
    assert result.returncode == 1
    assert "does not build" in result.stdout


def test_a_name_without_a_bug_is_an_error():
    result = board("no-such-bug")
    assert result.returncode == 1
    assert "no-such-bug" in result.stdout

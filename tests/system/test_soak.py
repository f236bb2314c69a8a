# SPDX-License-Identifier: ISC
"""The soak, for a moment: the same clients and the same promises as in an hour of it."""

import pathlib
import re
import subprocess
import sys

SOAK = pathlib.Path(__file__).resolve().parents[1] / "soak" / "soak.py"
SECONDS = 20
IDLE = 1000


def soak(binary, *arguments):
    """The output of a soak, which must end by itself and find every promise kept."""
    result = subprocess.run([sys.executable, SOAK, binary, *arguments], capture_output=True, text=True, timeout=200,
                            check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.endswith("soak: every promise was kept\n")
    return result.stdout


def figure(output, words):
    """The last number before these words."""
    return int(re.findall(rf"(\d+) {words}", output)[-1])


def test_hostile_and_honest_clients_together_break_no_promise(binary):
    output = soak(binary, str(SECONDS / 60), "--seed=1")
    for words in ("sessions", "refused", "hostile deeds", "killed or crashed", "honest conversations"):
        assert figure(output, words) >= SECONDS, f"{words}: nothing was soaked\n{output}"


def test_a_thousand_idle_sessions_cost_no_more_each_than_a_few(binary):
    output = soak(binary, f"--idle={IDLE}")
    assert figure(output, "sessions, KiB each") == IDLE
    assert output.count("  kept    ") == len(re.findall("^  ", output, re.M)) > 5

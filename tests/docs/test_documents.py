# SPDX-License-Identifier: ISC
"""The documents say what is: promises name tests that exist, and commands are those that work."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = "\n".join(path.read_text() for path in ROOT.glob("tests/**/test_*.py"))


def text(name):
    return (ROOT / name).read_text()


def test_every_promise_names_a_test_that_exists():
    rows = [line for line in text("SECURITY.md").splitlines() if re.match(r"\| (\*\*|and )", line)]
    assert len(rows) > 15
    for row in rows:
        names = re.findall(r"`(test_\w+)`", row)
        assert names, row
        for name in names:
            assert re.search(rf"^def {name}\(", TESTS, re.M), f"{name} is promised, but is no test"


def test_ci_runs_the_test_command_of_the_readme():
    (command,) = re.findall(r"^    sudo (\./dev test)\b", text("README.md"), re.M)
    assert text(".ci/run").splitlines()[-1] == f"exec {command}"


def test_every_command_of_the_readme_is_one_of_dev():
    commands = set(re.findall(r"\./dev (\w+)", text("README.md") + text("SECURITY.md")))
    usage = subprocess.run([ROOT / "dev", "--help"], check=True, capture_output=True, text=True).stdout
    known = set(re.findall(r"^  (\w+)", usage, re.M))
    assert commands and commands <= known


def test_links_lead_to_files():
    for name in ("README.md", "SECURITY.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", text(name)):
            assert (ROOT / target).exists(), f"{name}: {target}"


def test_readme_explains_every_outcome_reason_and_event():
    readme = text("README.md")
    for source, pattern in (
        ("src/echocell/outcome.c", r'\[OUTCOME_\w+\] = "(\w+)"'),
        ("src/echocell/reject.c", r'\[REJECT_\w+\] = "(\w+)"'),
        ("src/echocell/report.c", r'log_begin\([^,]+, "(\w+)"\)'),
        ("src/echocell/log.c", r'log_begin\([^,]+, "(\w+)"\)'),
    ):
        words = re.findall(pattern, text(source))
        assert words
        for word in words:
            assert re.search(rf"\b{word}\b", readme), f"{word} ({source})"


def test_help_of_the_daemon_lists_the_exit_statuses_of_the_readme():
    help_text = subprocess.run([os.environ["ECHOCELL"], "--help"], check=True, capture_output=True,
                               text=True).stdout
    section = text("README.md").split("## Exit status")[1].split("##")[0]
    for status in re.findall(r"\b(\d+) ", section):
        assert re.search(rf"\b{status}\b", help_text), status

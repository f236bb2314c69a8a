# SPDX-License-Identifier: ISC
"""Runs all tests and counts them one by one. The last line is `N passed, N failed`.

A test that is skipped, a suite that runs nothing and a suite that dies count as failed.

Usage: run.py BUILD SANITIZED [unit|policy|audit|system|docs|dist|fuzz]...
"""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def count(report: Path) -> tuple[int, list[str]]:
    """How many passed, and the names of the others, in a JUnit report."""
    passed, failed = 0, []
    try:
        cases = list(ElementTree.parse(report).iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        return 0, [f"{report.name}: {error}"]
    if not cases:
        return 0, [f"{report.name}: no test was run"]
    for case in cases:
        if any(case.find(tag) is not None for tag in ("failure", "error", "skipped")):
            failed.append(f"{case.get('classname')}: {case.get('name')}")
        else:
            passed += 1
    return passed, failed


def run(command: list[str], report: Path, environment: dict[str, str]) -> tuple[int, list[str]]:
    report.unlink(missing_ok=True)
    status = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}).returncode
    passed, failed = count(report)
    if status != 0 and not failed:
        failed = [f"{' '.join(command[:4])}: exit status {status}"]
    return passed, failed


def meson(build: Path, suite: str) -> tuple[int, list[str]]:
    command = ["meson", "test", "-C", str(build), "--suite", suite,
               "--print-errorlogs"]
    return run(command, build / "meson-logs/testlog.junit.xml", {})


def pytest(build: Path, directory: str, harnesses: Path | None = None) -> tuple[int, list[str]]:
    report = build / f"{directory.replace('/', '-')}.xml"
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short",
               f"--junitxml={report}", directory]
    programs = {
        "ECHOCELL": str(build / "src/echocell/echocell"),
        "SECCOMP_AUDIT": str(build / "src/audit/seccomp-audit"),
        "ECHOCELL_DIST": str(build / "dist"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HARNESSES": str(harnesses),
    }
    return run(command, report, programs)


def main() -> int:
    build, sanitized = (Path(argument).resolve() for argument in sys.argv[1:3])
    suites = {
        "unit": [lambda: meson(sanitized, "unit")],
        "policy": [lambda: meson(build, "policy"), lambda: meson(build, "solver")],
        "audit": [lambda: pytest(build, "tests/audit")],
        "system": [lambda: pytest(build, "tests/system")],
        "docs": [lambda: pytest(build, "tests/docs")],
        "dist": [lambda: pytest(build, "tests/dist")],
        "fuzz": [lambda: pytest(build, "tests/fuzz", sanitized / "fuzz")],
    }
    wanted = sys.argv[3:] or list(suites)
    unknown = [name for name in wanted if name not in suites]
    if unknown:
        sys.exit(f"run.py: no such suite: {unknown[0]} (there are {', '.join(suites)})")
    passed, failed = 0, []
    for name in wanted:
        for suite in suites[name]:
            print(f"== {name}", flush=True)
            good, bad = suite()
            passed += good
            failed += bad
    for name in failed:
        print(f"FAILED {name}")
    print(f"{passed} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

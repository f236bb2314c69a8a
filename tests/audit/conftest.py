# SPDX-License-Identifier: ISC
"""What the tests of seccomp-audit share: the tool named by SECCOMP_AUDIT, and the repository's root."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def audit():
    """Runs the tool; the answer has returncode, stdout and stderr, and `json` when --json was asked for."""
    tool = str(pathlib.Path(os.environ["SECCOMP_AUDIT"]).resolve(strict=True))

    def run(*arguments, wrap=(), program=tool, **options):
        command = [*wrap, program, *map(str, arguments)]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60,
                                stdin=subprocess.DEVNULL, check=False, **options)
        assert answer.returncode in (0, 1, 2, 3), answer
        if "--json" in arguments:
            answer.json = json.loads(answer.stdout) if answer.stdout else None
        return answer

    run.tool = tool
    return run


@pytest.fixture(scope="session")
def policies():
    return ROOT / "policy"


@pytest.fixture
def write(tmp_path):
    """Puts text or bytes into a file of the test's own and returns its path."""

    def put(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put

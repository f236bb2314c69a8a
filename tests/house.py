# SPDX-License-Identifier: ISC
"""The limits of the house: a file has at most 350 lines, a function at most 60, and each C file
says what it is under which licence."""

import re
import subprocess
import sys

FILE_LINES = 350
FUNCTION_LINES = 60


def functions(lines: list[str]):
    """(first line, last line) of each function body: `{` and `}` in the first column."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield start, number
            start = None


def main() -> int:
    findings = []
    files = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "*.c", "*.h"], capture_output=True, text=True,
                           check=True).stdout.split()
    for path in files:
        lines = open(path, encoding="utf-8").read().split("\n")
        if len(lines) - 1 > FILE_LINES:
            findings.append(f"{path}: {len(lines) - 1} lines, at most {FILE_LINES}")
        if not re.fullmatch(r"// SPDX-License-Identifier: ISC", lines[0]):
            findings.append(f"{path}:1: no licence line")
        for first, last in functions(lines):
            if last - first > FUNCTION_LINES:
                findings.append(f"{path}:{first}: a function of {last - first} lines")
    print("\n".join(findings) or f"{len(files)} files are in order")
    return 1 if findings or not files else 0


if __name__ == "__main__":
    sys.exit(main())

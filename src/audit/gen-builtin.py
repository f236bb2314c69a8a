#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Writes the texts of policies as C: gen-builtin.py OUT.c NAME.policy...

Texts, not programs: what is attested is held against what a person can read.
"""

import pathlib
import sys


def literal(line: bytes) -> str:
    """One line of the text, with its newline, as a C string."""
    safe = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n"}
    text = "".join(safe.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in line)
    return f'     "{text}"'


def entry(path: pathlib.Path) -> str:
    text = path.read_bytes()
    lines = "\n".join(literal(line) for line in text.splitlines(keepends=True))
    return f'    {{"{path.stem}", "{path.name}", {len(text)},\n{lines}}},'


def main() -> None:
    out, *policies = map(pathlib.Path, sys.argv[1:])
    body = "\n".join(entry(path) for path in policies)
    out.write_text(
        '// Made at build time from policy/*.policy.\n#include "builtin.h"\n\n'
        f"const struct builtin builtins[] = {{\n{body}\n    {{0}},\n}};\n",
        encoding="ascii",
    )


if __name__ == "__main__":
    main()

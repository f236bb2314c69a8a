# SPDX-License-Identifier: ISC
"""The parts of the code that inputs must reach, by which harnesses, and how far."""

import fnmatch
from dataclasses import dataclass


@dataclass
class Part:
    """Of a part without a floor every line must be reached, or excused in unreached.txt. A floor is what
    is reached today, rounded down, with half a percent to spare: it may only rise."""

    name: str
    harnesses: list[str]
    patterns: list[str]
    branches: float  # percent, at least
    lines: float | None = None  # percent, at least

    def has(self, path: str) -> bool:
        return any(fnmatch.fnmatchcase(path, f"src/{pattern}.c") for pattern in self.patterns)


def _of(room: str, words: str) -> list[str]:
    return [f"{room}/{word}" for word in words.split()]


READERS = ["policy", "files", "program", "compile", "oci"]

# A file is in one part at most. What runs before the first client is in none.
PARTS = [
    Part("message handling", ["protocol"], _of("echocell", "protocol serve transport request"), 98),
    Part("confined child", ["session", "accept"],
         _of("echocell", "session trace canary rlimits ledger filter outcome"), 95),
    Part("listener", ["session", "accept"],
         _of("echocell", "server accept reap report registry sources log metrics metrics_page "
                         "pulse reject durations text"), 98),
    Part("options", ["options", "accept"],
         _of("echocell", "options option_values address layers"), 98),
    Part("policy language", READERS,
         _of("policy", "action architecture arena constants diagnose evaluate include lex load nearest "
                       "number parse parse_* print resolve resolve_* source syscalls"), 98),
    Part("proof", READERS,
         _of("policy", "diagram diagram_* disasm disasm_context machine machine_* program semantics "
                       "verdict verdict_*"), 96, lines=98),
    Part("compiler", READERS, _of("policy", "child compile compile_* emit emit_* variant"), 96, lines=99),
    Part("profiles", READERS, _of("policy", "json oci oci_*"), 95, lines=98),
]


def part_of(path: str) -> Part | None:
    return next((part for part in PARTS if part.has(path)), None)

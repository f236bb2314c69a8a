# SPDX-License-Identifier: ISC
"""fuzz/unreached.txt: what no input reaches, and why.

An entry is `FILE FUNCTION: the reason`, and below it, indented, the source lines that it is about, as
they stand. They are one piece, which must be in exactly one place of that function, and something in
it must be unreached; lines around it that are reached may be part of it, as the condition that leads
there. Without lines it is the whole function, of which nothing may be reached. The branches on the
lines of an entry do not count.
"""

import re
from dataclasses import dataclass, field

from harnesses import FUZZ, ROOT, Failure
from reached import File

LIST = FUZZ / "unreached.txt"


@dataclass
class Excuse:
    """One entry; `line` is where it stands in the list."""

    line: int
    file: str
    function: str
    reason: str
    text: list[str] = field(default_factory=list)

    def where(self) -> str:
        return f"{LIST.name}:{self.line}: {self.file} {self.function}"


def read_list() -> list[Excuse]:
    excuses: list[Excuse] = []
    for number, line in enumerate(LIST.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace() and excuses:
            excuses[-1].text.append(line.strip())
            continue
        found = re.fullmatch(r"(\S+) (\w+): (\S.*)", line)
        if not found:
            raise Failure(f"{LIST.name}:{number}: not FILE FUNCTION: REASON")
        excuses.append(Excuse(number, *found.groups()))
    return excuses


def _places(source: list[str], text: list[str], start: int, end: int) -> list[list[int]]:
    """The line numbers of each piece of a function that reads like that; empty lines do not count."""
    there = [(number, line.strip()) for number, line in enumerate(source, 1)
             if start <= number < end and line.strip()]
    return [[number for number, _ in there[at:at + len(text)]] for at in range(len(there))
            if [line for _, line in there[at:at + len(text)]] == text]


def _fit(excuse: Excuse, file: File) -> tuple[set[int], str | None]:
    """The lines that it is about, and what is wrong with it."""
    span = file.span(excuse.function)
    unreached = set(file.unreached())
    if span is None:
        return set(), "there is no such function"
    if not excuse.text:
        lines = {line for line in file.lines if span[0] <= line < span[1]}
        return lines, None if lines <= unreached else "some of the function is reached"
    source = (ROOT / excuse.file).read_text().splitlines()
    places = _places(source, excuse.text, *span)
    if len(places) != 1:
        return set(), f"the lines are in {len(places)} places of the function"
    return set(places[0]), None if unreached & set(places[0]) else "all of it is reached"


def judge(files: dict[str, File], excuses: list[Excuse]) -> tuple[dict[str, set[int]], list[str]]:
    """The excused lines by file, and what is stale, in words."""
    excused: dict[str, set[int]] = {}
    stale = []
    for excuse in excuses:
        if excuse.file in files:
            lines, wrong = _fit(excuse, files[excuse.file])
            excused.setdefault(excuse.file, set()).update(lines)
            if wrong:
                stale.append(f"{excuse.where()}: {wrong}")
    for path, lines in excused.items():
        files[path].drop(lines)
        unreached = files[path].unreached()
        lines &= set(unreached)
        _close(path, lines, unreached)
    return excused, stale


# The `}` of a block goes with the block.
def _close(path: str, excused: set[int], unreached: list[int]) -> None:
    source = (ROOT / path).read_text().splitlines()
    for line in unreached:
        if line - 1 in excused and source[line - 1].strip() == "}":
            excused.add(line)

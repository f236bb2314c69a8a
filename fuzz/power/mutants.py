# SPDX-License-Identifier: ISC
"""The planted bugs: one patch a file in fuzz/mutants/, each with a head that says what it breaks.

    Breaks: an acknowledgement is sent for padding
    Harness: protocol
    Quick: yes                  (optional: the ordinary test run tries it too)

    --- a/src/echocell/protocol.c
    +++ b/src/echocell/protocol.c
    @@ ...

A patch changes one file. Its hunks are found by their lines, not by line numbers: each must fit in
exactly one place, so that a patch never lands in another place than it was written for.
"""

from dataclasses import dataclass
from pathlib import Path

from harnesses import FUZZ, ROOT

PATCHES = FUZZ / "mutants"


@dataclass(frozen=True)
class Mutant:
    name: str
    breaks: str
    harnesses: tuple[str, ...]  # in the order in which they are asked
    file: str                   # below the root
    text: str                   # the whole file, broken
    path: str = ""              # of the patch
    quick: bool = False


def read_head(lines: list[str]) -> dict[str, str]:
    """The `Key: value` lines before the diff."""
    head = {}
    for line in lines:
        if line.startswith("--- "):
            return head
        key, colon, value = line.partition(": ")
        if colon:
            head[key] = value.strip()
    raise ValueError("there is no diff in it")


def read_hunks(lines: list[str]) -> list[tuple[str, str]]:
    """(what stands there, what to put in its place) for each hunk."""
    hunks: list[tuple[list[str], list[str]]] = []
    for line in lines:
        if line.startswith("@@"):
            hunks.append(([], []))
        elif hunks and line[:1] in (" ", "-", "+"):
            if line[0] != "+":
                hunks[-1][0].append(line[1:])
            if line[0] != "-":
                hunks[-1][1].append(line[1:])
        elif hunks and line:
            raise ValueError(f"not a line of a diff: {line!r}")
    if not hunks:
        raise ValueError("there is no hunk in it")
    return [("".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new))
            for old, new in hunks]


def patched(text: str, hunks: list[tuple[str, str]]) -> str:
    """The text with all hunks applied. ValueError: one fits nowhere, or in several places."""
    for old, new in hunks:
        places = ("\n" + text).count("\n" + old)
        if places != 1:
            raise ValueError(f"a hunk fits in {places} places; its first line is {old.splitlines()[0]!r}")
        at = ("\n" + text).index("\n" + old)
        text = text[:at] + new + text[at + len(old):]
    return text


def read_patch(path: Path) -> Mutant:
    """ValueError says what is wrong with the patch."""
    try:
        lines = path.read_text().split("\n")
        head = read_head(lines)
        files = [line.split()[1].removeprefix("b/") for line in lines if line.startswith("+++ ")]
        if len(files) != 1:
            raise ValueError(f"it changes {len(files)} files, not one")
        text = (ROOT / files[0]).read_text()
        broken = patched(text, read_hunks(lines))
        if broken == text:
            raise ValueError("it changes nothing")
        return Mutant(path.stem, head["Breaks"], tuple(head["Harness"].split(", ")), files[0], broken,
                      str(path), head.get("Quick") == "yes")
    except KeyError as missing:
        raise ValueError(f"{path.name}: no line {missing}") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path.name}: {error}") from None


def all_patches() -> list[Path]:
    return sorted(PATCHES.glob("*.patch"))

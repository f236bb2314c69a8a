#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""./dev fuzz: fuzzing for people.

  ./dev fuzz [HARNESS]... [TIME]   afl-fuzz, a minute each if not said otherwise (90, 30s, 5m, 1h);
                                   without a name: what a client can reach
  ./dev fuzz --list                the harnesses, what they look at, and how many inputs they have
  ./dev fuzz --triage FILE [HARNESS]
                                   minimise and explain a saved input, and file it as a regression
  ./dev fuzz --coverage [HARNESS]...
                                   what the committed inputs reach
  ./dev fuzz --campaign HOURS [HARNESS]
                                   two instances for long; then candidates, plots, a trend
  ./dev fuzz --power [...]         plants bugs and sees them found: see fuzz/README.md

Exit status: 0 nothing was found, 1 something was (or a seed fails, or afl-fuzz), 64 wrong use.
"""

import re
import sys
from pathlib import Path

import harnesses
from harnesses import Failure

SECONDS_DEFAULT = 60
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Usage(Exception):
    """What was typed makes no sense."""


def seconds_of(word: str) -> int | None:
    found = re.fullmatch(r"(\d+)([smh]?)", word)
    return int(found.group(1)) * UNITS[found.group(2)] if found else None


def split(words: list[str]) -> tuple[list[str], int]:
    """Names and a time."""
    wanted, seconds = [], SECONDS_DEFAULT
    for word in words:
        number = seconds_of(word)
        if number is not None:
            seconds = number
        elif word in harnesses.names():
            wanted.append(word)
        else:
            raise Usage(f"no such harness or time: {word} (there are {', '.join(harnesses.names())})")
    if seconds < 1:
        raise Usage("a time of nothing finds nothing")
    return wanted, seconds


def fuzz(words: list[str]) -> int:
    import afl
    wanted, seconds = split(words)
    wanted = wanted or harnesses.CLIENT_FACING
    outcomes = afl.fuzz(wanted, seconds, screen=True)
    for outcome in outcomes:
        print(outcome.say())
    return 0 if all(outcome.good() for outcome in outcomes) else 1


def show_list() -> int:
    for name in harnesses.names():
        print(f"{name:10} {len(harnesses.seeds(name)):5} inputs  {harnesses.title(name)}")
    return 0


def triage(words: list[str]) -> int:
    from triage import triage as run
    if len(words) not in (1, 2) or (len(words) == 2 and words[1] not in harnesses.names()):
        raise Usage("--triage FILE [HARNESS]")
    return run(Path(words[0]), words[1] if len(words) == 2 else None)


def coverage(words: list[str]) -> int:
    from coverage import coverage as run
    return run(split(words)[0] or harnesses.names())


def campaign(words: list[str]) -> int:
    from campaign import campaign as run
    if not words or len(words) > 2 or not re.fullmatch(r"\d+(\.\d+)?", words[0]):
        raise Usage("--campaign HOURS [HARNESS]")
    return run((split(words[1:])[0] or ["protocol"])[0], float(words[0]))


def main(words: list[str]) -> int:
    commands = {"--list": lambda rest: show_list(), "--triage": triage, "--coverage": coverage,
                "--campaign": campaign}
    if words and words[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0
    if words and words[0].startswith("-"):
        if words[0] not in commands:
            raise Usage(f"no such option: {words[0]}")
        return commands[words[0]](words[1:])
    return fuzz(words)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Usage as error:
        sys.stderr.write(f"fuzz: {error}\n")
        sys.exit(64)
    except Failure as error:
        sys.stderr.write(f"fuzz: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(1)

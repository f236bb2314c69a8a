#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""./dev fuzz: fuzzing for people.

  ./dev fuzz [HARNESS]... [TIME]   afl-fuzz, a minute each if not said otherwise (90, 30s, 1.5m, 1h);
                                   without a name: what a client can reach
  ./dev fuzz --list                the harnesses, what they look at, and how many inputs they have
  ./dev fuzz --triage FILE... [HARNESS]
                                   minimise and explain what was saved (a directory: all that is in it,
                                   one of each kind), and file it as a regression input
  ./dev fuzz --coverage [HARNESS]...
                                   what the committed inputs reach
  ./dev fuzz --campaign HOURS [HARNESS]
                                   two instances for long (8, 0.5, 30m); then candidates, plots, a trend
  ./dev fuzz --power [...]         plants bugs and sees them found: see fuzz/README.md

^C ends it before its time, and it says what was found until then.
Exit status: 0 nothing was found, 1 something was (or a committed input fails, or afl-fuzz), 64 wrong use,
130 stopped before its time, and nothing was found until then.
"""

import re
import signal
import sys
from pathlib import Path

import harnesses
from harnesses import Failure
from outcome import STOPPED, exit_status

SECONDS_DEFAULT = 60
SECONDS_MAX = 1000 * 3600
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Usage(Exception):
    """What was typed makes no sense."""


def seconds_of(word: str, bare: int = 1) -> int | None:
    """Of a time; `bare`: how many seconds one is that has no unit."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([smh]?)", word)
    if not found:
        return None
    seconds = int(float(found.group(1)) * (UNITS[found.group(2)] if found.group(2) else bare))
    if not 1 <= seconds <= SECONDS_MAX:
        raise Usage(f"{word}: a time is a second at least and 1000 hours at most")
    return seconds


def harness(word: str) -> str:
    if word not in harnesses.names():
        raise Usage(f"no such harness or time: {word or 'an empty word'} (there are "
                    f"{', '.join(harnesses.names())})")
    return word


def split(words: list[str]) -> tuple[list[str], int]:
    """Names, each once, and a time."""
    times = [word for word in words if seconds_of(word) is not None]
    if len(times) > 1:
        raise Usage(f"two times: {' '.join(times)} (one is for all harnesses)")
    names = [harness(word) for word in words if word not in times]
    return list(dict.fromkeys(names)), seconds_of(times[0]) if times else SECONDS_DEFAULT


def fuzz(words: list[str]) -> int:
    import afl
    wanted, seconds = split(words)
    outcomes = afl.fuzz(wanted or harnesses.CLIENT_FACING, seconds, screen=True)
    for outcome in outcomes:
        print(outcome.say())
    return exit_status(outcomes)


def show_list(words: list[str]) -> int:
    for name in [harness(word) for word in words] or harnesses.names():
        print(f"{name:10} {len(harnesses.seeds(name)):5} inputs  {harnesses.title(name)}")
    return 0


def triage(words: list[str]) -> int:
    from triage import triage as run
    name = words[-1] if len(words) > 1 and words[-1] in harnesses.names() else None
    files = words[:-1] if name else words
    if not files or any(file.startswith("-") or not file for file in files):
        raise Usage("--triage wants FILE... [HARNESS]")
    return run([Path(file) for file in files], name)


def coverage(words: list[str]) -> int:
    from coverage import coverage as run
    return run([harness(word) for word in words] or harnesses.names())


def campaign(words: list[str]) -> int:
    from campaign import campaign as run
    seconds = seconds_of(words[0], bare=3600) if words else None
    if seconds is None or len(words) > 2:
        raise Usage("--campaign wants HOURS [HARNESS]")
    return run(harness(words[1]) if len(words) == 2 else "protocol", seconds)


def show_help(words: list[str]) -> int:
    print(__doc__.strip())
    return 0


def main(words: list[str]) -> int:
    commands = {"--list": show_list, "--triage": triage, "--coverage": coverage,
                "--campaign": campaign, "--help": show_help, "-h": show_help}
    if words and words[0].startswith("-"):
        if words[0] not in commands:
            raise Usage(f"no such option: {words[0]} (./dev fuzz --help)")
        return commands[words[0]](words[1:])
    return fuzz(words)


def stop(number: int, frame: object) -> None:
    """Whoever ends this process ends what it has started."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup(1) has it
        signal.signal(signal.SIGHUP, stop)
    try:
        sys.exit(main(sys.argv[1:]))
    except Usage as error:
        sys.stderr.write(f"fuzz: {error}\n")
        sys.exit(64)
    except Failure as error:
        sys.stderr.write(f"fuzz: {error}\n")
        sys.exit(1)
    except OSError as error:  # a full disk, a directory that may not be written, a reader that has gone
        sys.stderr.write(f"fuzz: {error.filename or 'output'}: {error.strerror}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("fuzz: stopped\n")
        sys.exit(STOPPED)

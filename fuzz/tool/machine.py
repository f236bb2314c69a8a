# SPDX-License-Identifier: ISC
"""What the machine gives and what it would spoil: cores, the terminal, the environment."""

import os
import re
import shutil
import sys
from pathlib import Path

# What a user has set for other programs would change what is built, or what a harness sees: a sanitizer
# that goes on, a session without its filter.
FOREIGN = re.compile(r"(AFL|FUZZ|[A-Z]+SAN|LLVM_PROFILE)_\w+|LD_PRELOAD")
SCREEN_COLUMNS, SCREEN_LINES = 80, 25  # less, and afl-fuzz shows one sentence instead


def environment(**more: str) -> dict[str, str]:
    """Of a harness and of what builds it."""
    return {**{key: value for key, value in os.environ.items() if not FOREIGN.fullmatch(key)}, **more}


def for_afl(screen: bool) -> dict[str, str]:
    """afl-fuzz's own checks of the machine, answered rather than switched off as a whole."""
    chosen = {
        "AFL_SKIP_CPUFREQ": "1",  # costs speed only, and a virtual machine cannot choose
        "AFL_FORKSRV_INIT_TMOUT": "30000",
    }
    if not screen:
        chosen["AFL_NO_UI"] = "1"
    # A crash is seen by wait(2). A program that is piped core dumps only makes that slower, and a
    # sanitizer dumps none; afl-fuzz sees no difference and refuses.
    if Path("/proc/sys/kernel/core_pattern").read_text().startswith("|"):
        chosen["AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES"] = "1"
    return environment(**chosen)


def pinned_cores() -> set[int]:
    """Those that a process is bound to and to no other: another fuzzer, most likely."""
    pinned = set()
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            text = path.read_text()
        except OSError:
            continue  # it has ended
        found = re.search(r"^Cpus_allowed_list:\s*(\d+)$", text, re.M)
        if found and "VmSize:" in text:  # the kernel's own threads have no memory
            pinned.add(int(found.group(1)))
    return pinned


def cores() -> list[int]:
    """All that this process may use, those first that nobody else is pinned to."""
    allowed = sorted(os.sched_getaffinity(0))
    pinned = pinned_cores() if len(allowed) > 1 else set()
    return sorted(allowed, key=lambda core: (core in pinned, core))


def shows_screen() -> bool:
    """Whether afl-fuzz's own screen can be seen."""
    size = shutil.get_terminal_size()
    return (sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
            and size.columns >= SCREEN_COLUMNS and size.lines >= SCREEN_LINES)


def obstacle(directory: Path) -> str | None:
    """Why this user cannot build in `directory`, and what to do."""
    places = [directory, directory / ".ninja_log", directory / "out"]
    there = [place for place in places if place.exists()] or [directory.parent]
    for place in there:
        if not os.access(place, os.W_OK):
            return (f"{os.path.relpath(place)} cannot be written by this user: sudo ./dev fuzz, or work "
                    "in a copy of your own")
    return None

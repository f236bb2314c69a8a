# SPDX-License-Identifier: ISC
"""What one afl-fuzz has found, in words."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import harnesses

KINDS = {"crashes": "crash", "hangs": "hang"}
LOOKS_MAX = 50      # of the inputs that were saved; a shallow bug fills a directory
UNSEEN = "not looked at"
HANG_SECONDS = 5    # afl-fuzz gives an input one
QUEUE_SECONDS = 300
STOPPED = 130        # the exit status of what was ended before its time


@dataclass
class Outcome:
    name: str
    out: Path
    stats: dict[str, str] = field(default_factory=dict)
    found: list[tuple[str, Path, str]] = field(default_factory=list)  # kind, input, word
    trouble: str = ""
    stopped: bool = False  # before its time

    def number(self, key: str) -> float:
        return float(self.stats.get(key, "0").rstrip("%"))

    def good(self) -> bool:
        return not self.found and not self.trouble

    def speed(self) -> int:
        return int(self.number("execs_done") / max(1.0, self.number("run_time")))

    def numbers(self) -> str:
        return (f"{int(self.number('execs_done')):,} runs in {int(self.number('run_time'))} s"
                + (" (stopped before its time)" if self.stopped else "")
                + f", {self.speed():,} a second, "
                f"stability {self.stats.get('stability', '?')}, "
                f"{self.stats.get('corpus_count', '?')} inputs, "
                f"{self.stats.get('edges_found', '?')} edges")

    def findings(self) -> list[str]:
        """One of each kind."""
        same: dict[str, list[tuple[str, Path]]] = {}
        for kind, path, word in self.found:
            same.setdefault(harnesses.kind_of(f"{kind}: {word}"), []).append((f"{kind}: {word}", path))
        lines = []
        for those in same.values():
            word, path = those[0]
            if word.endswith(UNSEEN):
                lines.append(f"  and {len(those)} more, not looked at")
                continue
            lines += [f"  {word}" + (f" ({len(those)} inputs)" if len(those) > 1 else ""),
                      f"    ./dev fuzz --triage {os.path.relpath(path)}"]
        return lines

    def say(self) -> str:
        if self.trouble:
            return "\n".join([f"{self.name}: {self.trouble}", *self.findings()])
        if not self.stats and self.found:
            return "\n".join([f"{self.name}: committed inputs fail, so afl-fuzz did not begin: "
                              f"{len(self.found)} of them", *self.findings()])
        if self.number("execs_done") == 0:
            return f"{self.name}: stopped before its first run"
        result = f"{len(self.found)} saved" if self.found else "nothing was found"
        lines = [f"{self.name}: {self.numbers()}: {result}", *self.findings()]
        if self.number("stability") < 100:
            lines.append(f"  stability {self.stats['stability']}: the same input does not always do the "
                         "same; what is found may not happen again")
        return "\n".join(lines)


def exit_status(outcomes: list[Outcome]) -> int:
    if not all(outcome.good() for outcome in outcomes):
        return 1
    return STOPPED if any(outcome.stopped for outcome in outcomes) else 0


def read_stats(instance: Path) -> dict[str, str]:
    try:
        text = (instance / "fuzzer_stats").read_text()
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in
            (line.partition(":") for line in text.splitlines())}


def word_of_hang(program: Path, path: Path) -> str:
    status, output = harnesses.replay(program, [path], HANG_SECONDS)
    if status == harnesses.TIMED_OUT:
        return f"no end after {HANG_SECONDS} seconds"
    return "slow: it ends after more than a second" if status == 0 else harnesses.word_of(output)


def word_of_crash(program: Path, path: Path) -> str:
    status, output = harnesses.replay(program, [path], HANG_SECONDS)
    return harnesses.word_of(output) if status != 0 else "does not happen again"


def saved(instance: Path, program: Path) -> list[tuple[str, Path, str]]:
    """What afl-fuzz has saved, replayed."""
    found = []
    for directory, kind in KINDS.items():
        for number, path in enumerate(sorted((instance / directory).glob("id:*"))):
            word = UNSEEN
            if number < LOOKS_MAX:
                word = (word_of_crash if kind == "crash" else word_of_hang)(program, path)
            found.append((kind, path, word))
    return found


def broken(program: Path, inputs: list[Path], kind: str, seconds: float) -> list[tuple[str, Path, str]]:
    """Those that fail: all at once, and one by one when that fails. A leak shows at the end only."""
    if not inputs or harnesses.replay(program, inputs, seconds)[0] == 0:
        return []
    found = []
    for path in inputs:
        status, output = harnesses.replay(program, [path], HANG_SECONDS)
        if status != 0:
            found.append((kind, path, harnesses.word_of(output)))
    return found


def leaks_and_overruns(name: str, instance: Path) -> list[tuple[str, Path, str]]:
    """What afl-fuzz kept as good, replayed: it looks for no leaks, and a session has no ASan there."""
    new = [path for path in sorted((instance / "queue").glob("id:*")) if ",orig:" not in path.name]
    return broken(harnesses.build("replay", [name])[name], new, "input", QUEUE_SECONDS) if new else []

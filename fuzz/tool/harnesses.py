# SPDX-License-Identifier: ISC
"""The harnesses by name, where their inputs lie, and how they are built."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import machine

ROOT = Path(__file__).resolve().parent.parent.parent
FUZZ = ROOT / "fuzz"
SANITIZED = ["-Db_sanitize=address,undefined", "-Db_lundef=false"]
COVERAGE = "-fprofile-instr-generate -fcoverage-mapping"
# Counters that lie in a file from the start: a session may not write one at its end.
CONTINUOUS = "-mllvm -runtime-counter-relocation"

# What a client can reach, most direct first.
CLIENT_FACING = ["protocol", "session", "accept"]

# name: (compiler, value of -Dfuzz, more options, more environment)
ENGINES = {
    "replay": ("cc", "replay", SANITIZED, {}),
    "afl": ("afl-clang-fast", "afl", SANITIZED, {"AFL_QUIET": "1"}),
    "cmplog": ("afl-clang-fast", "afl", SANITIZED, {"AFL_QUIET": "1", "AFL_LLVM_CMPLOG": "1"}),
    "libfuzzer": ("clang", "libfuzzer", SANITIZED, {}),
    "coverage": ("clang", "replay", [f"-Dc_args={COVERAGE} {CONTINUOUS}",
                                     f"-Dc_link_args={COVERAGE}"], {}),
}

# What a harness says of its end, most telling first.
SANITIZER = re.compile(r"ERROR: (\w+Sanitizer): ([\w-]+(?: memory leaks)?)")
FRAME = re.compile(r"in (\w+) \S*?\b((?:src/(?:echocell|policy|audit)|fuzz)/[\w./-]+:\d+)")
WORDS = [r"oracle: .*", r"runtime error: .*", r"no end after \d+ seconds", r"replay: .*"]
TIMED_OUT = 124


class Failure(Exception):
    """Something that the user must be told in one line."""


def names() -> list[str]:
    return sorted(path.stem.removeprefix("fuzz_") for path in FUZZ.glob("fuzz_*.c"))


def header(name: str, heading: str) -> str:
    """One paragraph of the header of a harness: Target, Oracle."""
    text = re.match(r"(//.*\n)*", (FUZZ / f"fuzz_{name}.c").read_text()).group(0)
    found = re.search(rf"^// {heading}: (.*?)(?:^// [A-Z][a-z]+(?: model)?: |^//$|\Z)", text, re.M | re.S)
    return " ".join(found.group(1).replace("//", " ").split()) if found else "?"


def title(name: str) -> str:
    """What it is for, in a sentence."""
    return re.split(r"\. |\.$", header(name, "Target"))[0]


def seeds(name: str) -> list[Path]:
    """All inputs that must pass: the corpus, and one for each bug that was ever found."""
    return [path for kind in ("corpus", "regress")
            for path in sorted((FUZZ / kind / name).glob("*")) if path.is_file()]


def dictionary(name: str) -> Path | None:
    path = FUZZ / "dict" / f"{name}.dict"
    return path if path.exists() else None


def _setup(directory: Path, engine: str) -> None:
    compiler, fuzz, options, more = ENGINES[engine]
    command = ["meson", "setup", directory, ROOT, "-Dstatic=false", "-Dbuildtype=debugoptimized",
               f"-Dfuzz={fuzz}", *options]
    done = subprocess.run(command, env=machine.environment(**more, CC=compiler), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Failure(f"meson setup failed:\n{done.stdout.strip()}")


def build(engine: str, wanted: list[str]) -> dict[str, Path]:
    """Builds harnesses in build-fuzz-ENGINE; returns the programs by name."""
    directory = ROOT / f"build-fuzz-{engine}"
    why = machine.obstacle(directory)
    if why:
        raise Failure(why)
    if not (directory / "build.ninja").exists():
        _setup(directory, engine)
    targets = [f"fuzz/fuzz_{name}" for name in wanted]
    if engine in ("afl", "cmplog"):
        targets += [f"fuzz/mutate_{name}.so" for name in wanted
                    if (FUZZ / f"mutate_{name}.c").exists()]
    done = subprocess.run(["ninja", "-C", directory, "--quiet", *targets], text=True,
                          env=machine.environment(**ENGINES[engine][3]),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Failure(f"the build failed:\n{done.stdout.strip()}")
    return {name: directory / "fuzz" / f"fuzz_{name}" for name in wanted}


def replay(program: Path, inputs: list[Path], seconds: float = 600,
           environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Runs a harness over files. Returns its exit status (TIMED_OUT: it was ended) and all that it said."""
    process = subprocess.Popen([program, *inputs], text=True, errors="replace", stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                               env=machine.environment(**(environment or {})))
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # with all that it has forked
        output, _ = process.communicate()
        return TIMED_OUT, f"{output}\nno end after {seconds:g} seconds".lstrip()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def sanitizer_word(output: str) -> str | None:
    """The kind and the first place that is ours: no addresses, which differ each time."""
    error, frame = SANITIZER.search(output), FRAME.search(output)
    if error is None:
        return None
    return f"{error.group(1)}: {error.group(2)}" + (f" in {frame.group(1)} ({frame.group(2)})" if frame else "")


def printable(text: str) -> str:
    """For a terminal: an input that is quoted could move it."""
    return "".join(c if c == "\n" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def word_of(output: str) -> str:
    """What a failed run says, in one line."""
    output = printable(output)
    for pattern in WORDS:
        if pattern == WORDS[-1] and sanitizer_word(output):
            return sanitizer_word(output)
        found = re.search(pattern, output)
        if found:
            return found.group(0)
    return (output.strip().splitlines() or ["no word"])[-1]


def kind_of(word: str) -> str:
    """What findings that differ in their numbers have in common."""
    return re.sub(r"0x[0-9a-f]+|`.*'|\d+", "N", word)


def harness_of(path: Path) -> str | None:
    """Which harness a saved input is for: ./dev fuzz saves below out/NAME-TIME."""
    path = path.resolve()
    parts = path.relative_to(ROOT).parts if path.is_relative_to(ROOT) else path.parts
    for part in reversed(parts):
        for name in names():
            if part == name or part.startswith(f"{name}-"):
                return name
    return None


def option(directory: Path, name: str) -> str:
    for entry in json.loads((directory / "meson-info/intro-buildoptions.json").read_text()):
        if entry["name"] == name:
            return entry["value"]
    raise Failure(f"{directory} has no option {name}")

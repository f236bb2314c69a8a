# SPDX-License-Identifier: ISC
"""From what was saved to a regression input: replay, minimise, explain, replay with and without the
filter, name, file."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

import harnesses
from harnesses import FUZZ, Failure
from minimise import minimise

TRIES = 5             # of what does not happen at once
REPLAY_SECONDS = 10   # an input takes milliseconds
FEW = 20              # files of which each is named
DUMP_BYTES = 512
REPORT_LINES = 40
DIAGNOSE = 32         # in byte 0 of a session's input
TEXTS = ["policy", "files", "compile", "oci", "options"]


def slug(word: str) -> str:
    """A file name from what the harness said."""
    word = re.sub(r"^(oracle|ERROR|replay): ", "", word)
    return re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")[:60] or "unnamed"


def files_of(path: Path) -> list[Path]:
    """A file, or what afl-fuzz saved in a directory, or else every file in it."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise Failure(f"{path}: no such file")
    saved = [file for kind in ("crashes", "hangs") for file in sorted(path.rglob(f"{kind}/id:*"))]
    plain = [file for file in sorted(path.iterdir()) if file.is_file() and file.name != "README.txt"]
    if not saved and not plain:
        raise Failure(f"{path}: nothing was saved here")
    return saved or plain


def attempt(program: Path, path: Path, tries: int = TRIES) -> tuple[int, str, int]:
    """Exit status, output and how many tries it took; a failure is wanted."""
    for number in range(1, tries + 1):
        status, output = harnesses.replay(program, [path], REPLAY_SECONDS)
        if status != 0:
            return status, output, number
    return 0, output, tries


def readable(name: str, data: bytes) -> str:
    """The input for people."""
    shown = data[:DUMP_BYTES]
    if name == "options":
        lines = [repr(word.decode("latin-1")) for word in shown.removesuffix(b"\0").split(b"\0")]
    elif name in TEXTS and all(byte in b"\t\n" or 32 <= byte < 127 for byte in shown):
        lines = shown.decode().split("\n")
    else:
        lines = [f"{at:04x}  {shown[at:at + 16].hex(' '):47}  "
                 + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in shown[at:at + 16])
                 for at in range(0, len(shown), 16)]
    if len(data) > DUMP_BYTES:
        lines.append(f"... and {len(data) - DUMP_BYTES} bytes more")
    return "\n".join(f"  | {line}" for line in lines)


def indented(output: str) -> str:
    lines = harnesses.printable(output).rstrip().splitlines()
    left = len(lines) - REPORT_LINES
    if left > 0:
        lines = [*lines[:REPORT_LINES // 2], f"... {left} lines more", *lines[-REPORT_LINES // 2:]]
    return "\n".join(f"  {line}" for line in lines)


def file_away(name: str, word: str, data: bytes) -> Path:
    """Puts it into regress/, unless it is committed already; returns where it is."""
    for seed in harnesses.seeds(name):
        if seed.read_bytes() == data:
            print(f"a committed input already: {os.path.relpath(seed)}")
            return seed
    target = FUZZ / "regress" / name / f"{slug(word)}-{hashlib.sha256(data).hexdigest()[:8]}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    print(f"filed as {os.path.relpath(target)}: rename it for the promise that was broken, and commit it "
          "with the fix; every test run replays it from now on")
    return target


def without_filter(program: Path, path: Path) -> str:
    """A filter ends a session before a sanitizer can speak."""
    status, output = harnesses.replay(program, [path], REPLAY_SECONDS, {"FUZZ_WITHOUT_FILTER": "1"})
    return f"without the filter: {harnesses.word_of(output) if status else 'it passes'}\n"


def call_of(program: Path, path: Path) -> str:
    """Which call it was that the filter does not have: a session that diagnoses reports it."""
    data = path.read_bytes()
    other = path.with_name("diagnosing")
    other.write_bytes(bytes([data[0] | DIAGNOSE]) + data[1:])
    found = re.search(r"call (\d+) of (0x[0-9a-f]+)", harnesses.replay(program, [other], REPLAY_SECONDS)[1])
    return f"the call: number {found.group(1)} (architecture {found.group(2)})\n" if found else ""


def tell(name: str, program: Path, path: Path, tries: int) -> None:
    """All about one finding."""
    original = path.stat().st_size
    data = minimise(program, path, name in TEXTS)
    more = ""
    with tempfile.TemporaryDirectory() as scratch:
        small = Path(scratch) / "input"
        small.write_bytes(data)
        status, output, again = attempt(program, small)
        if status == 0:  # it does not happen every time
            data = path.read_bytes()
            small.write_bytes(data)
            status, output, again = attempt(program, small)
        _, story = harnesses.replay(program, [Path("--explain"), small], REPLAY_SECONDS)
        if name == "session":
            more = without_filter(program, small) + (call_of(program, small) if "SIGSYS" in output else "")
    word = harnesses.word_of(output)
    print(f"fuzz_{name}: {path.name}, {original} bytes, minimised to {len(data)}")
    if max(tries, again) > 1:
        print("  it does not happen every time: something else than the input has a say in it")
    print(f"what came: {word}")
    print(f"what is promised: {harnesses.header(name, 'Oracle')}")
    print(f"{more}the input:\n{readable(name, data)}\nthe run:\n{indented(story)}")
    filed = file_away(name, word, data)
    print("look closer: ASAN_OPTIONS=abort_on_error=1:detect_leaks=0 gdb -q -ex run --args "
          f"{os.path.relpath(program)} --explain {os.path.relpath(filed)}")


def triage(paths: list[Path], name: str | None) -> int:
    files = [file for path in paths for file in files_of(path)]
    kinds: dict[tuple[str, str], tuple[Path, int]] = {}  # of each kind the smallest
    passed = 0
    for file in sorted(files, key=lambda file: file.stat().st_size):
        harness = name or harnesses.harness_of(file)
        if harness is None:
            raise Failure(f"{file}: which harness is it for? (./dev fuzz --triage FILE HARNESS)")
        program = harnesses.build("replay", [harness])[harness]
        status, output, tries = attempt(program, file, TRIES if len(files) <= FEW else 1)
        if status == 0:
            passed += 1
            if len(files) <= FEW:
                print(f"{file}: fuzz_{harness} passes {TRIES} times: fixed since, or it does not depend on "
                      "the input alone", flush=True)
        else:
            kinds.setdefault((harness, harnesses.kind_of(harnesses.word_of(output))), (file, tries))
    if len(files) > 1:
        print(f"{len(files)} inputs: {passed} pass, the others fail in {len(kinds)} "
              f"{'way' if len(kinds) == 1 else 'ways'}")
    for (harness, _), (file, tries) in kinds.items():
        tell(harness, harnesses.build("replay", [harness])[harness], file, tries)
    return 1 if kinds else 0

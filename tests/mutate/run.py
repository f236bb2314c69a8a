# SPDX-License-Identifier: ISC
"""Breaks the daemon on purpose, one promise at a time, and sees the test that guards it fail.

Each mutation of mutations.py is applied to a copy of the tree, built, and given to the tests that are
named with it. A mutation that they do not notice has survived: the promise has no guard. So has one
that no longer applies or does not build.

Many layers are guarded twice: the start itself reads them back and refuses to serve, and a black-box
test looks from outside. Such a mutation is run twice: as it is (the start must refuse, status 70),
and with the start made blind (then the test alone must see it).

Usage: run.py [NAME]...   (needs root; no NAME: all of them)
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from mutations import BLIND, MUTATIONS, Mutation  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
SANITIZED = ["-Dstatic=false", "-Db_sanitize=address,undefined", "-Dbuildtype=debugoptimized"]


class Workshop:
    """A copy of the tree with two builds, in which one mutation at a time is made and undone."""

    def __init__(self, directory: Path):
        self.tree = directory / "tree"
        files = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
                                "--exclude-standard"], cwd=ROOT, check=True,
                               capture_output=True, text=True).stdout.split("\0")
        for name in filter(None, files):
            if not (ROOT / name).is_file():
                continue
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, self.tree / name)
        self.build = self.tree / "build"
        self.sanitized = self.tree / "build-sanitized"
        self.setup(self.build, [])
        self.setup(self.sanitized, SANITIZED)

    def setup(self, build: Path, options: list[str]) -> None:
        # A mutation may leave a function unused: only that it is noticed counts.
        subprocess.run(["meson", "setup", build, self.tree, "-Dwerror=false", *options], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run(["ninja", "-C", build, "--quiet"], check=True, stdout=subprocess.DEVNULL)

    def apply(self, edits) -> dict[Path, str]:
        """Makes the edits; returns what the files were."""
        before: dict[Path, str] = {}
        for name, old, new in edits:
            path = self.tree / name
            text = path.read_text()
            before.setdefault(path, text)
            if text.count(old) != 1:
                self.undo(before)
                raise ValueError(f"{name}: {text.count(old)} places say {old!r}")
            path.write_text(text.replace(old, new))
        return before

    @staticmethod
    def undo(before: dict[Path, str]) -> None:
        for path, text in before.items():
            path.write_text(text)

    def compiles(self, build: Path) -> bool:
        return subprocess.run(["ninja", "-C", build, "--quiet"], capture_output=True).returncode == 0

    def refuses_to_start(self) -> bool:
        """Does a start as root end by itself with the status of a bug?"""
        try:
            status = subprocess.run([self.build / "src/echocell/echocell", "127.0.0.1", "0"],
                                    stdin=subprocess.DEVNULL, capture_output=True,
                                    timeout=5).returncode
        except subprocess.TimeoutExpired:
            return False
        return status == 70

    def system_tests_fail(self, tests: list[str]) -> bool:
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1",
                       "ECHOCELL": str(self.build / "src/echocell/echocell"),
                       "SECCOMP_AUDIT": str(self.build / "src/audit/seccomp-audit")}
        command = ["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
                   *(f"tests/system/{test}" for test in tests)]
        status = subprocess.run(command, cwd=self.tree, env=environment,
                                capture_output=True).returncode
        if status not in (0, 1):
            raise ValueError(f"the tests {tests} cannot be run (pytest status {status})")
        return status == 1

    def meson_tests_fail(self, build: Path, tests: list[str]) -> bool:
        return subprocess.run(["meson", "test", "-C", build, *tests],
                              capture_output=True).returncode != 0


def noticed(workshop: Workshop, mutation: Mutation) -> str | None:
    """None when the mutation was noticed, else why not. It is applied and built."""
    if mutation.unit:
        if not workshop.compiles(workshop.sanitized):
            return "does not build"
        return None if workshop.meson_tests_fail(workshop.sanitized, mutation.unit) else "survived"
    if not workshop.compiles(workshop.build):
        return None if mutation.build_fails else "does not build"
    if mutation.build_fails:
        return "the build takes it"
    if mutation.policy:
        return None if workshop.meson_tests_fail(workshop.build, mutation.policy) else "survived"
    if mutation.refused:
        return None if workshop.refuses_to_start() else "the start does not notice"
    return None if workshop.system_tests_fail(mutation.system) else "survived"


def variants(mutation: Mutation):
    """(name, edits, mutation): a doubly guarded layer is tried with both guards."""
    if mutation.refused and mutation.system:
        yield f"{mutation.name}, start", mutation.edits, mutation
        blind = Mutation(mutation.name, mutation.edits, system=mutation.system)
        yield f"{mutation.name}, test", [*mutation.edits, *BLIND], blind
    else:
        yield mutation.name, mutation.edits, mutation


def run(workshop: Workshop, wanted: list[str]) -> tuple[int, int]:
    caught = survived = 0
    for mutation in MUTATIONS:
        if wanted and mutation.name not in wanted:
            continue
        for name, edits, variant in variants(mutation):
            try:
                before = workshop.apply(edits)
                try:
                    why = noticed(workshop, variant)
                finally:
                    workshop.undo(before)
            except ValueError as error:
                why = str(error)
            caught += why is None
            survived += why is not None
            print(f"{'caught  ' if why is None else 'SURVIVED'}  {name}"
                  f"{'' if why is None else f': {why}'}", flush=True)
    return caught, survived


def main() -> int:
    unknown = set(sys.argv[1:]) - {mutation.name for mutation in MUTATIONS}
    if unknown:
        sys.exit(f"run.py: no such mutation: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="echocell-mutate-") as directory:
        caught, survived = run(Workshop(Path(directory)), sys.argv[1:])
    print(f"{caught} caught, {survived} survived")
    return 0 if caught and not survived else 1


if __name__ == "__main__":
    sys.exit(main())

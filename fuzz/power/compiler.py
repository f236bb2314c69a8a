# SPDX-License-Identifier: ISC
"""Compiles one changed file alone, as a build of the harnesses would."""

import json
import shlex
import subprocess
import tempfile
from pathlib import Path

from harnesses import ROOT
from mutants import Mutant

DROPPED = ("-fsanitize", "-fno-sanitize", "-MD", "-g", "-Werror")


class Compiler:
    def __init__(self, build: Path):
        self.build = build
        self.commands = {}
        for entry in json.loads((build / "compile_commands.json").read_text()):
            file = (Path(entry["directory"]) / entry["file"]).resolve()
            if ROOT in file.parents:
                self.commands.setdefault(str(file.relative_to(ROOT)), entry)
        self.whole: dict[str, bytes | None] = {}  # file -> what the unbroken one compiles to

    def command(self, file: str) -> list[str]:
        """As the build has it, without sanitizers (they note line numbers), source and target."""
        entry = self.commands[file]
        words = shlex.split(entry["command"])
        words = [word for before, word in zip(["", *words], words)
                 if word != entry["file"] and not {before, word} & {"-o", "-MF", "-MQ"} and
                 not word.startswith(DROPPED)]
        return [*words, "-iquote", str((ROOT / file).parent), "-g0", "-w"]

    def object_of(self, file: str, text: str) -> bytes | None:
        """None: it does not build."""
        with tempfile.TemporaryDirectory() as directory:
            source, target = Path(directory) / Path(file).name, Path(directory) / "object"
            source.write_text(text)
            made = subprocess.run([*self.command(file), "-o", target, source], cwd=self.build,
                                  capture_output=True)
            return target.read_bytes() if made.returncode == 0 else None

    def is_mutant(self, mutant: Mutant) -> bool:
        """Does it build, and to something else than the unbroken file?"""
        if mutant.file not in self.whole:
            self.whole[mutant.file] = self.object_of(mutant.file, (ROOT / mutant.file).read_text())
        changed = self.object_of(mutant.file, mutant.text)
        return changed is not None and changed != self.whole[mutant.file]

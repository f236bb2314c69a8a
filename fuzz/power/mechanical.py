# SPDX-License-Identifier: ISC
"""Mechanical mutants: a sample of all small changes to the code under test, drawn without thought.

Which ones are drawn depends on nothing but the functions themselves, so that a change elsewhere does
not change the sample. What does not build is no mutant, and what the compiler makes the same program
of is no bug: both are passed over. A survivor is either explained in fuzz/mutants/equivalent.txt, as
a change that nobody can observe, or it is a hole in an oracle.
"""

import hashlib
import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from compiler import Compiler
from harnesses import ROOT
from mutants import PATCHES, Mutant
from tokens import Change, changes_in

SAMPLE = 240
EQUIVALENT = PATCHES / "equivalent.txt"
KILLED_SHARE = 0.9

# Whose bugs a harness has to find.
D, P = "src/echocell/", "src/policy/"
LANGUAGE = ["lex", "number", "parse", "parse_rule", "parse_value", "action", "resolve", "resolve_rule",
            "resolve_value", "resolve_check", "print", "evaluate", "semantics", "verdict_condition"]
PROOF = ["program", "machine", "machine_alu", "machine_live", "machine_words", "diagram",
         "diagram_bits", "diagram_inputs", "diagram_nodes", "verdict", "verdict_subject"]
OCI = ["oci", "oci_json", "oci_text", "oci_read", "oci_arch", "oci_filter", "oci_entry", "oci_calls",
       "oci_combine"]
TARGETS: dict[str, tuple[str, ...]] = {
    D + "protocol.c": ("protocol",),
    D + "serve.c": ("protocol", "session"),
    D + "transport.c": ("protocol", "session"),
    D + "options.c": ("options",),
    D + "option_values.c": ("options",),
    D + "address.c": ("options", "accept"),
    D + "accept.c": ("accept",),
    D + "reap.c": ("accept",),
    D + "server.c": ("accept",),
    D + "registry.c": ("accept",),
    D + "sources.c": ("accept",),
    D + "session.c": ("session",),
    **{f"{P}{name}.c": ("policy", "compile") for name in LANGUAGE},
    **{f"{P}{name}.c": ("program", "policy", "compile") for name in PROOF},
    **{f"{P}{name}.c": ("compile",) for name in ("emit", "emit_block", "compile", "variant")},
    **{f"{P}{name}.c": ("oci",) for name in OCI},
}


@dataclass(frozen=True)
class Site:
    """One possible change. Its id says the same as long as its line and its function's name do."""
    file: str
    function: str
    line: str
    change: Change
    id: str

    def told(self) -> str:
        return f"{self.file}:{self.function}: {self.change.kind} in `{self.line}`"


def line_around(text: str, at: int) -> tuple[str, int]:
    """The line that holds the place, and the place's column in it, without indentation."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[start:end]
    return line.strip(), at - start - (len(line) - len(line.lstrip()))


def sites_of(file: str):
    text = (ROOT / file).read_text()
    seen: dict[tuple, int] = {}
    for function, change in changes_in(text):
        line, column = line_around(text, change.at)
        key = (file, function, line, column, change.kind, change.new)
        seen[key] = seen.get(key, 0) + 1
        digest = hashlib.sha256(repr((*key, seen[key])).encode()).hexdigest()
        yield Site(file, function, line, change, digest[:10])


def mutant_of(site: Site) -> Mutant:
    text = (ROOT / site.file).read_text()
    change = site.change
    was = " ".join(text[change.at:change.end].split())
    broken = text[:change.at] + change.new + text[change.end:]
    return Mutant(f"{Path(site.file).stem}-{site.function}-{site.id}",
                  f"{was!r} becomes {change.new!r} in `{site.line}`",
                  TARGETS[site.file], site.file, broken)


def place(site: Site, number: int) -> str:
    """Where a site stands in a draw. The first is in the order of the ids."""
    return site.id if number == 1 else hashlib.sha256(f"{number} {site.id}".encode()).hexdigest()


def draw(build: Path, files: list[str], sample: int, jobs: int, number: int) -> list[Site]:
    """From each file its share of the sample, at least three."""
    compiler = Compiler(build)
    by_file = {file: sorted(sites_of(file), key=lambda site: place(site, number)) for file in files}
    total = sum(map(len, by_file.values()))

    def from_file(file: str) -> list[Site]:
        share = max(3, round(sample * len(by_file[file]) / total))
        real = (site for site in by_file[file] if compiler.is_mutant(mutant_of(site)))
        return list(itertools.islice(real, share))

    with ThreadPoolExecutor(jobs) as pool:
        return [site for sites in pool.map(from_file, files) for site in sites]


def explanations() -> dict[str, str]:
    """id -> reason, for what cannot be observed."""
    found = {}
    for line in EQUIVALENT.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, reason = line.partition(" ")
            found[name] = reason.strip()
    return found


def stale(explained: dict[str, str]) -> list[str]:
    """Explanations of changes that can no longer be made."""
    known = {site.id for file in TARGETS if (ROOT / file).is_file() for site in sites_of(file)}
    return [f"equivalent.txt: {name}: there is no such change any more" for name in explained
            if name not in known]


def judge(build: Path, arguments, board, try_all) -> int:
    """The mechanical board: draws, tries, and sets survivors against their explanations."""
    names = set(arguments.names)
    files = [file for file, harnesses in TARGETS.items()
             if (ROOT / file).is_file() and (not names or names & {*harnesses, Path(file).stem})]
    explained = explanations()
    sites = draw(build, files, arguments.sample, arguments.jobs, arguments.draw)
    mutants = {mutant_of(site).name: (site, mutant_of(site)) for site in sites}
    print(f"{len(mutants)} mechanical mutants of {len(files)} files", flush=True)
    if arguments.list:
        print("\n".join(f"{name}: {mutant.breaks}" for name, (_, mutant) in mutants.items()))
        return 0
    tried = [mutant for site, mutant in mutants.values() if site.id not in explained]
    complaints = [*stale(explained), *try_all(build, tried, arguments.jobs, board)]
    equivalent = len(mutants) - len(tried)
    share = len(board.killed) / max(1, len(tried))
    print("\n".join([*complaints, board.summary(), f"{equivalent} more cannot be observed "
                     f"(equivalent.txt); {share:.0%} of the others were found"]))
    return 0 if share >= KILLED_SHARE and not complaints else 1

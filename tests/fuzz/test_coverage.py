# SPDX-License-Identifier: ISC
"""The measure of what the inputs reach keeps its promises: a line that nothing reaches is named, and an
excuse that fits no more is one no longer."""

import pytest

import coverage
import harnesses
import unreached
from parts import PARTS
from reached import File


@pytest.fixture
def measure(monkeypatch, tmp_path, capsys):
    """Measures protocol alone, with `excuses` for the list, by all inputs or by one that says nothing."""
    def run(excuses: str, silent: bool = False) -> tuple[int, str]:
        seeds = harnesses.seeds("protocol")
        if silent:
            seeds = [tmp_path / "silence"]
            seeds[0].write_bytes(b"\0")
        listed = tmp_path / "unreached.txt"
        listed.write_text(excuses)
        monkeypatch.setattr(unreached, "LIST", listed)
        monkeypatch.setattr(harnesses, "seeds", lambda name: seeds)
        status = coverage.coverage(["protocol"])
        monkeypatch.undo()
        return status, capsys.readouterr().out
    return run


PUT = "put(output, before, sizeof before - 1);"
OTHER = "record_reply(protocol, record, text_length, output);"
FILE = "src/echocell/protocol.c"
REFUSES = f"{FILE} record_refuse: records are never refused\n"


def line_of(text: str) -> int:
    """Where a line stands, that stands once."""
    lines = [line.strip() for line in (harnesses.ROOT / FILE).read_text().splitlines()]
    assert lines.count(text) == 1, "it is to stand once"
    return lines.index(text) + 1


def test_every_part_is_reached_as_far_as_it_must_be(capsys):
    status, said = coverage.coverage(harnesses.names()), capsys.readouterr().out
    assert status == 0, said
    assert "nothing is missing" in said
    assert all(f"\n{part.name} " in said for part in PARTS)


def test_the_lines_of_an_excuse_are_excused_with_their_branches():
    source = [line.strip() for line in (harnesses.ROOT / FILE).read_text().splitlines()]
    at = line_of(PUT)
    before, behind = (at - 1, 1, at - 1, 9, 4), (at + 1, 1, at + 1, 9, 4)
    file = File({at - 1: 1, at: 0, at + 1: 1}, {1: "whole"}, {before: [1, 0], behind: [1, 0]})
    excuse = unreached.Excuse(1, FILE, "whole", "why", [source[at - 2], PUT])
    assert unreached.judge({FILE: file}, [excuse]) == ({FILE: {at}}, [])
    assert file.branches == {behind: [1, 0]}


def test_a_line_that_nothing_reaches_is_named(measure):
    status, said = measure("", silent=True)
    assert status == 1
    assert f"{FILE}:{line_of(PUT)}: not reached: {PUT}" in said
    assert "nothing is missing" not in said


@pytest.mark.parametrize("excuse", ["", f"    {PUT}\n"])
def test_an_excuse_holds_for_what_it_names_and_no_more(measure, excuse):
    status, said = measure(REFUSES + excuse, silent=True)
    assert status == 1
    assert f"{FILE}:{line_of(PUT)}: not reached" not in said
    assert f"{FILE}:{line_of(OTHER)}: not reached" in said
    assert "unreached.txt" not in said


@pytest.mark.parametrize("excuse, wrong", [
    (REFUSES, "some of the function is reached"),
    (REFUSES + f"    {PUT}\n", "all of it is reached"),
    (REFUSES + "    never();\n", "the lines are in 0 places"),
    (REFUSES.replace("record_refuse", "record_accept"), "there is no such function"),
    (REFUSES.replace(FILE, "src/echocell/main.c"), "the file is in no part"),
])
def test_an_excuse_that_fits_no_more_is_named(measure, excuse, wrong):
    status, said = measure("# a list\n\n" + excuse)
    assert status == 1
    assert "unreached.txt:3: " in said and wrong in said


def test_an_excuse_without_a_reason_is_refused(measure):
    with pytest.raises(harnesses.Failure, match="unreached.txt:1"):
        measure(f"{FILE} record_refuse:\n")

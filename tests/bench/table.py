# SPDX-License-Identifier: ISC
"""The figures of a run, for a terminal."""

from figures import FIGURES, best, middle, ratio

SUBJECT = "echocell"


def number(value):
    """Three significant digits or all before the point; `fails` for None."""
    if value is None:
        return "fails"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def rows_of(title, header, rows, width):
    """A titled table whose first column is 18 wide, whose others are `width`."""
    yield title
    yield f"{'':18}" + "".join(f"{text:>{width}}" for text in header)
    for name, cells in rows:
        yield f"{name:18}" + "".join(f"{cell:>{width}}" for cell in cells)
    yield ""


def speeds(rounds, servers):
    rows = [(figure.title, [number(middle(rounds, server, key)) for server in servers])
            for key, figure in FIGURES.items()]
    return rows_of(f"Medians of {len(rounds)} rounds", servers, rows, 13)


def show_ratio(found):
    return f"{found.middle:.2f} {found.low:.2f}-{found.high:.2f}" if found else "fails"


def ratios(rounds, servers):
    """The subject against each other server, and against the peer that is best at each figure."""
    others = [server for server in servers if server != SUBJECT]
    rows = [(figure.title, [show_ratio(ratio(rounds, SUBJECT, other, key)) for other in others])
            for key, figure in FIGURES.items()]
    return rows_of(f"{SUBJECT} / other, pair by pair: median (quartiles)", others, rows, 17)


def best_peers(rounds, peers):
    for key, figure in FIGURES.items():
        peer = best(rounds, peers, key)
        if peer:
            yield f"{figure.title:18} best peer {peer:10} {SUBJECT}/{peer} {show_ratio(ratio(rounds, SUBJECT, peer, key))}"
    yield ""


GROWTH = {
    "pss_kib": "KiB a session (PSS)",
    "private_kib": "KiB of it private",
    "page_tables_kib": "KiB page tables",
    "rate": "conn/s, 8 clients",
    "cpu_us": "CPU us/connection",
}


def cell(figures, key):
    if figures is None or "failed" in figures:
        return "fails"
    return "-" if "refused" in figures else number(figures.get(key))


def growth(grown, counts):
    """A table a figure: servers down, open sessions across."""
    for key, title in GROWTH.items():
        shown = counts if key.endswith("_kib") else [0, *counts]
        rows = [(server, [cell(steps.get(count), key) for count in shown]) for server, steps in grown.items()]
        yield from rows_of(f"{title}, by the sessions that are open", [str(count) for count in shown], rows, 10)

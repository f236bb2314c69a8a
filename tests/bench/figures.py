# SPDX-License-Identifier: ISC
"""The figures that are taken in every round, and what is made of the rounds: medians, and ratios of pairs."""

from collections import namedtuple
from statistics import median, quantiles

# `mode`, `clients`: the run of the generator that gives it; `field`: its name there; `better`: the better of two.
Figure = namedtuple("Figure", "title mode clients field better")

FIGURES = {
    "connections_1": Figure("conn/s, 1 client", "connect", 1, "rate", max),
    "connections_8": Figure("conn/s, 8 clients", "connect", 8, "rate", max),
    "connections_64": Figure("conn/s, 64 clients", "connect", 64, "rate", max),
    "first_byte_p50": Figure("first byte p50 us", "connect", 1, "first_byte_p50_us", min),
    "first_byte_p99": Figure("first byte p99 us", "connect", 1, "first_byte_p99_us", min),
    "cpu_1": Figure("CPU us/conn, 1", "connect", 1, "cpu_us", min),
    "cpu_8": Figure("CPU us/conn, 8", "connect", 8, "cpu_us", min),
    "cpu_64": Figure("CPU us/conn, 64", "connect", 64, "cpu_us", min),
    "requests": Figure("requests/s", "request", 1, "rate", max),
    "bulk": Figure("bulk MiB/s", "bulk", 1, "rate_mib", max),
}
RUNS = sorted({(figure.mode, figure.clients) for figure in FIGURES.values()})

Spread = namedtuple("Spread", "low middle high")  # quartiles and median


def spread(values):
    return Spread(*quantiles(values, n=4, method="inclusive")) if len(values) > 1 else Spread(*values * 3)


def values(rounds, server, key):
    """The figure of that server in the rounds that have it, in the order of the rounds."""
    figure = FIGURES[key]
    runs = (turn.get(server, {}).get(f"{figure.mode} {figure.clients}") for turn in rounds)
    return [run[figure.field] if run else None for run in runs]


def middle(rounds, server, key):
    """The median, or None when the server failed."""
    found = values(rounds, server, key)
    return median(found) if found and None not in found else None


def ratio(rounds, server, other, key):
    """The spread of server / other, pair by pair of the same round; None when one of them failed."""
    pairs = list(zip(values(rounds, server, key), values(rounds, other, key)))
    if not pairs or any(None in pair for pair in pairs):
        return None
    return spread([mine / theirs for mine, theirs in pairs])


def best(rounds, servers, key):
    """The name of the server with the best median, None when all failed."""
    medians = {server: middle(rounds, server, key) for server in servers}
    there = {server: value for server, value in medians.items() if value is not None}
    return FIGURES[key].better(there, key=there.get) if there else None

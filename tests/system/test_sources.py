# SPDX-License-Identifier: ISC
"""What counts as one source, and that a crowd of sources can neither grow the table nor push anybody out of it."""

import os
import signal
import socket

import pytest

import accounts
import procfs
from network import private_network
from offences import assert_rejected, crash, is_served
from waiting import DEADLINE_S, wait_until

PENALTIES = 4096  # those of sources that are only punished; one more makes the oldest forgotten
ATTACKERS = 5000
WAVE = 250


@pytest.fixture(scope="module")
def network():
    """Two neighbours in one /64, and somebody from the next one."""
    with private_network("2001:db8:0:1::1/128", "2001:db8:0:1:ffff::2/128", "2001:db8:0:2::1/128") as network:
        yield network


def test_ipv6_source_is_a_64(server, network):
    daemon = server("--max-per-source=1", "--penalty=1h", listen=["[::1]:0"], wrap=network.wrap)
    with network.inside():
        daemon.serving(source="2001:db8:0:1::1")
        assert_rejected(daemon, "per_source", source="2001:db8:0:1:ffff::2")
        crash(daemon, source="2001:db8:0:2::1")
        assert_rejected(daemon, "penalty", source="2001:db8:0:2::1")
        daemon.serving(source="::1")


def test_exempt_ipv6_source_is_never_refused(server, network):
    daemon = server("--max-per-source=1", "--penalty=1h", "--exempt=2001:db8:0:1::/64", listen=["[::1]:0"],
                    wrap=network.wrap)
    with network.inside():
        for source in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2") * 3:
            crash(daemon, source=source)
            daemon.serving(source=source)
        daemon.serving(source="2001:db8:0:2::1")
        assert_rejected(daemon, "per_source", source="2001:db8:0:2::1")


def test_mapped_address_is_the_ipv4_source(server):
    """An IPv6 socket that reaches an IPv4 one is no second source, and is logged by its IPv4 address."""
    daemon = server("--max-per-source=1")
    with socket.socket(socket.AF_INET6) as mapped:
        mapped.settimeout(DEADLINE_S)
        mapped.connect(("::ffff:127.0.0.1", daemon.address[1]))
        mapped.sendall(b"x\n")
        assert mapped.recv(100) == b"x------k\n"
        port = mapped.getsockname()[1]
        assert daemon.wait_event("accept")["client"] == f"127.0.0.1:{port}"
        assert_rejected(daemon, "per_source")


def addresses(count, first=0):
    """Loopback addresses, each another source."""
    return [f"127.1.{number >> 8}.{number & 255}" for number in range(first, first + count)]


def offend(daemon, sources):
    """A crash of each of these sources, a wave at a time; all are reaped afterwards but who was there before."""
    present = procfs.children(daemon.pid)
    for start in range(0, len(sources), WAVE):
        clients = [daemon.connect(source=source) for source in sources[start : start + WAVE]]
        for client in clients:
            client.ask()
        for session in procfs.children(daemon.pid) - present:
            os.kill(session, signal.SIGSEGV)
        wait_until(lambda: procfs.children(daemon.pid) == present, "the crashed sessions are reaped")
        for client in clients:
            client.close()


def memory_kb(daemon):
    status = procfs.status(daemon.pid)
    return {name: int(status[name].split()[0]) for name in ("VmSize", "VmRSS")}


def test_forgiven_source_that_is_served_is_not_forgotten(server):
    """It was in the queue of those that are only punished, where the oldest makes room."""
    daemon = server("--max-per-source=1", "--penalty=300ms", "--crash-budget=0")
    crash(daemon, source="127.0.0.77")
    wait_until(lambda: is_served(daemon.connect(source="127.0.0.77")), "the penalty ends")
    offend(daemon, addresses(ATTACKERS))
    assert_rejected(daemon, "per_source", source="127.0.0.77")


def test_five_thousand_sources_grow_nothing_and_evict_nobody_served(server):
    daemon = server("--max-per-source=1", "--penalty=1h", "--crash-budget=0")
    at_start = memory_kb(daemon)
    served, _ = daemon.serving(source="127.0.0.77")
    attackers = addresses(ATTACKERS)
    offend(daemon, attackers)
    full = memory_kb(daemon)
    assert_rejected(daemon, "per_source", source="127.0.0.77")
    assert not is_served(daemon.connect(source=attackers[-1]))
    assert not is_served(daemon.connect(source=attackers[-PENALTIES]))
    daemon.serving(source=attackers[0])  # its penalty is the one that was forgotten
    offend(daemon, addresses(ATTACKERS, ATTACKERS))
    assert_rejected(daemon, "per_source", source="127.0.0.77")
    served.ask()
    again = memory_kb(daemon)
    assert again["VmSize"] == full["VmSize"] == at_start["VmSize"]
    assert again["VmRSS"] <= full["VmRSS"] + 64
    assert accounts.outcomes(daemon).count("crash") == 2 * ATTACKERS

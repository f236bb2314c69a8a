# SPDX-License-Identifier: ISC
"""echocell.socket on a machine with a real systemd: never root, and no connection is lost by a restart."""

import threading

import pytest

import procfs
import scrape

SOCKET, METRICS, UNIT = "echocell.socket", "echocell-metrics.socket", "echocell-socket.service"
CLIENTS = 8
RESTARTS = 6


class Caller(threading.Thread):
    """Connects, asks and goes, again and again; an error ends it and is kept.

    Each from an address of its own: a session counts against its source until it is reaped, which a client that
    comes again at once does not wait for.
    """

    def __init__(self, machine, number):
        super().__init__(daemon=True)
        self.machine, self.source, self.enough = machine, f"127.0.5.{number + 1}", threading.Event()
        self.served, self.error = 0, None

    def run(self):
        try:
            while not self.enough.is_set():
                client = self.machine.connect(source=self.source)
                for number in range(5):
                    client.ask(b"%d" % number)
                client.finish()
                assert client.receive_all() == b""
                client.close()
                self.served += 1
        except (OSError, AssertionError) as error:
            self.error = error


@pytest.fixture
def service(machine):
    """It runs: its first client has started it."""
    machine.systemctl("start", SOCKET, METRICS)
    assert machine.show(UNIT, "ActiveState") == "inactive"
    machine.ask()
    return machine


def test_first_client_starts_it_and_it_never_is_root(service):
    """Its user namespace maps no root: the numbers are those of the machine."""
    pid = service.main_pid(UNIT)
    status = procfs.status(pid)
    assert "0" not in status["Uid"].split() + status["Gid"].split()
    assert [int(status[name], 16) for name in ("CapPrm", "CapBnd", "CapAmb")] == [0, 0, 0]
    listening = next(line for line in service.journal("--unit", UNIT).splitlines() if "event=listening" in line)
    assert f"uid={status['Uid'].split()[0]}" in listening and "address=0.0.0.0:7 " in listening


@pytest.mark.parametrize("kind", ["net", "ipc", "uts", "mnt", "user"])
def test_it_has_namespaces_of_its_own(service, kind):
    assert procfs.namespace(service.main_pid(UNIT), kind) != procfs.namespace(service.pid, kind)


def test_filters_of_systemd_leave_the_policies_as_they_are(service):
    inside = service.show(UNIT, "MainPID")
    told = service.run("seccomp-audit", "attest", inside).stdout
    assert f"together: EQUAL to listener with $listener = {inside}" in told


def test_metrics_have_a_socket_of_their_own(service):
    client = service.connect(("127.0.0.1", 9107))
    page = scrape.read_answer(client.exchange(scrape.REQUEST, half_close=False))
    assert "echocell_accepted_connections_total 1\n" in page


def test_restart_through_the_socket_loses_no_connection(service):
    callers = [Caller(service, number) for number in range(CLIENTS)]
    for caller in callers:
        caller.start()
    seen = {service.main_pid(UNIT)}
    for _ in range(RESTARTS):
        served = sum(caller.served for caller in callers)
        service.systemctl("restart", UNIT)
        seen.add(service.main_pid(UNIT))
        service.ask()
        assert sum(caller.served for caller in callers) >= served
    for caller in callers:
        caller.enough.set()
    for caller in callers:
        caller.join(20)
        assert not caller.is_alive() and caller.error is None, caller.error
    assert len(seen) == RESTARTS + 1 and all(caller.served > 0 for caller in callers)


def test_stop_of_the_service_keeps_the_port(service):
    service.systemctl("stop", UNIT)
    service.ask()
    assert service.show(UNIT, "ActiveState") == "active"


def test_service_and_socket_exclude_each_other(service):
    service.systemctl("start", "echocell.service")
    service.ask()
    assert service.show(SOCKET, "ActiveState") == "inactive"
    service.systemctl("start", SOCKET)
    service.ask()
    assert service.show("echocell.service", "ActiveState") == "inactive"

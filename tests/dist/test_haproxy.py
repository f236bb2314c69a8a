# SPDX-License-Identifier: ISC
"""The edge: a real HAProxy with haproxy.cfg in front of three echocells, and no client that sees an error."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading

import pytest

from daemon import Daemon
from peers import Client, free_port
from waiting import DEADLINE_S, wait_until

NAMES = ("one", "two", "three")
LIFE_S = 120  # the edge is gone then, whatever became of the test
CALLERS = 9
ROUNDS = 3
MESSAGES = 20
EDGE_LIMIT = 32


class Edge:
    """HAProxy; `address` is where clients come, `ports` where each server is expected."""

    def __init__(self, config, place):
        self.admin = place / "admin.sock"
        self.ports = {name: free_port() for name in NAMES}
        self.address = ("127.0.0.1", free_port())
        program = shutil.which("haproxy")
        assert program, "the tests need haproxy"
        environment = {**os.environ, "ECHOCELL_ADMIN": str(self.admin),
                       "ECHOCELL_EDGE": "127.0.0.1:%d" % self.address[1],
                       **{f"ECHOCELL_{name.upper()}": f"127.0.0.1:{port}" for name, port in self.ports.items()}}
        check = subprocess.run([program, "-c", "-f", config], env=environment, capture_output=True, text=True,
                               check=False)
        assert (check.returncode, check.stderr) == (0, ""), check
        self.process = subprocess.Popen(["timeout", str(LIFE_S), program, "-db", "-f", config], env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def tell(self, command):
        """A command of the runtime socket, and its answer."""
        with socket.socket(socket.AF_UNIX) as end:
            end.settimeout(DEADLINE_S)
            end.connect(str(self.admin))
            end.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: end.recv(1 << 16), b"")).decode()

    def numbers(self, name, proxy="echo"):
        """The statistics of one server, or of a front."""
        head, *rows = self.tell(f"show stat {proxy} 5 -1").lstrip("# ").splitlines()
        rows = [dict(zip(head.split(","), row.split(","))) for row in rows if row]
        return next(row for row in rows if row["svname"] == name)

    def await_status(self, name, status):
        wait_until(lambda: self.numbers(name)["status"].startswith(status), f"{name} is {status}")

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE_S)


class Caller(threading.Thread):
    """A client from an address of its own: sessions of many messages, every reply checked, until told to end."""

    def __init__(self, address, number):
        super().__init__(daemon=True)
        self.address, self.source = address, f"127.0.7.{number + 1}"
        self.enough, self.sessions, self.error = threading.Event(), 0, None

    def run(self):
        try:
            while not self.enough.wait(0.06):  # below the edge's rate for a source
                client = Client(self.address, self.source)
                for number in range(MESSAGES):
                    client.ask(b"%s %d" % (self.source.encode(), number))
                client.send(b"quit\n")
                assert client.receive_all() == b""
                client.close()
                self.sessions += 1
        except (OSError, AssertionError) as error:
            self.error = error


@pytest.fixture
def edge(dist, tmp_path):
    edge = Edge(dist / "haproxy/haproxy.cfg", tmp_path)
    try:
        wait_until(edge.admin.exists, "the edge runs")
        yield edge
    finally:
        edge.stop()


class Machines:
    """The echocells behind the edge, by name."""

    def __init__(self, binary, ports):
        self.binary, self.ports, self.running = binary, ports, {}

    def start(self, name):
        address = f"127.0.0.1:{self.ports[name]}"
        self.running[name] = Daemon([self.binary, "--exempt=127.0.0.1/32", f"--listen={address}"])

    def stop(self, name):
        complaints = self.running.pop(name).finish()
        assert not complaints, complaints


@pytest.fixture
def machines(edge, binary):
    machines = Machines(binary, edge.ports)
    for name in NAMES:
        machines.start(name)
    for name in NAMES:
        edge.await_status(name, "UP")
    yield machines
    edge.stop()
    for name in list(machines.running):
        machines.stop(name)


@pytest.fixture
def callers(edge, machines):
    callers = [Caller(edge.address, number) for number in range(CALLERS)]
    for caller in callers:
        caller.start()
    wait_until(lambda: all(caller.sessions or caller.error for caller in callers), "every client was served")
    yield callers
    for caller in callers:
        caller.enough.set()
    for caller in callers:
        caller.join(DEADLINE_S)


def assert_all_went_well(callers):
    errors = [caller.error for caller in callers if caller.error or not caller.is_alive()]
    assert not errors, errors


def await_more(callers):
    """Until every client was served twice more, or has met an error."""
    counts = [caller.sessions for caller in callers]
    wait_until(lambda: all(caller.error or caller.sessions > count + 1 for caller, count in zip(callers, counts)),
               "every client is served")


def test_rolling_restart_costs_no_client_an_error(edge, machines, callers):
    """Each machine is drained, restarted when nobody is on it any more, and brought back."""
    for name in NAMES * ROUNDS:
        edge.tell(f"set server echo/{name} state drain")
        wait_until(lambda name=name: edge.numbers(name)["scur"] == "0", f"{name} is drained")
        machines.stop(name)
        await_more(callers)
        machines.start(name)
        edge.tell(f"set server echo/{name} state ready")
        edge.await_status(name, "UP")
        before = int(edge.numbers(name)["stot"])
        wait_until(lambda name=name: int(edge.numbers(name)["stot"]) > before, f"{name} serves again")
        await_more(callers)
        assert_all_went_well(callers)
    assert all(edge.numbers(name)["econ"] == "0" for name in NAMES)


def test_dead_machine_costs_new_clients_nothing(edge, machines, callers):
    """Before the check notices, and after: its share goes to the others."""
    edge.tell("set server echo/two state maint")
    wait_until(lambda: edge.numbers("two")["scur"] == "0", "two serves nobody")
    machines.stop("two")
    edge.tell("set server echo/two state ready")
    await_more(callers)
    edge.await_status("two", "DOWN")
    assert_all_went_well(callers)
    machines.start("two")
    edge.await_status("two", "UP")


def test_the_least_loaded_machine_gets_the_next_client(edge, machines):
    """All from one source, and one machine comes back when the others have clients."""
    edge.tell("set server echo/three state drain")
    clients = [serving(edge) for _ in range(4)]
    edge.tell("set server echo/three state ready")
    clients += [serving(edge) for _ in range(2)]
    assert [edge.numbers(name)["scur"] for name in NAMES] == ["2", "2", "2"]
    for client in clients:
        client.reset()


def serving(edge):
    client = Client(edge.address, "127.0.8.1")
    client.ask()
    return client


def test_one_source_cannot_take_the_edge(edge, machines):
    """The limit of a source is kept where its address is known; another one is served meanwhile."""
    crowd = [Client(edge.address, "127.0.9.1") for _ in range(EDGE_LIMIT)]
    for client in crowd:
        client.ask()
    for _ in range(5):
        with contextlib.suppress(ConnectionResetError):  # it may come before connect(2) has returned
            late = Client(edge.address, "127.0.9.1")
            late.receive_nothing()
            late.close()
    assert int(edge.numbers("FRONTEND", proxy="edge")["dcon"]) == 5
    other = Client(edge.address, "127.0.9.2")
    other.ask()
    for client in (*crowd, other):
        client.reset()

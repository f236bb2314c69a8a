# SPDX-License-Identifier: ISC
"""The load generator of the benchmark: figures count only if every byte was right, so it must notice when one is not."""

import contextlib
import json
import pathlib
import re
import socket
import subprocess
import sys
import threading

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "bench"))

import programs
from waiting import wait_until

MODES = ("connect", "request", "bulk", "hold")


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """load(mode, port, clients=1) -> the finished generator; input that ends at once lets go what it holds."""
    program = programs.compile_program("load", tmp_path_factory.mktemp("load"))

    def run(mode, port, clients=1):
        return subprocess.run([program, mode, "127.0.0.1", str(port), str(clients), "0.2"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)

    return run


def serve(connection, answer):
    """Sends what answer(bytes, how many were before) makes of them, in two pieces; an answer too short is the last."""
    before = 0
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, contextlib.suppress(ConnectionError):
        while data := connection.recv(65536):
            reply = answer(data, before)
            connection.sendall(reply[:7])
            connection.sendall(reply[7:])
            if len(reply) < len(data):
                return
            before += len(data)


@contextlib.contextmanager
def server(answer):
    """The port of a server with a thread for each connection."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(listener.accept()[0], answer), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def one_bit(data, before):
    return data[:-1] + bytes([data[-1] ^ 1])


def backwards(data, before):
    return data[::-1]


def surplus(data, before):
    return data + b"\n"


def closes_early(data, before):
    return b""


def closes_halfway(data, before):
    return data[: len(data) // 2]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("answer, complaint", [
    (one_bit, "wrong bytes came back"),
    (backwards, "wrong bytes came back"),
    (surplus, "more bytes came back than were sent|wrong bytes came back"),
    (closes_early, "closed before|Connection reset|Broken pipe"),
    (closes_halfway, "closed before|Connection reset|Broken pipe"),
])
def test_load_notices_a_server_that_is_wrong(load, mode, answer, complaint):
    with server(answer) as port:
        run = load(mode, port)
    assert run.returncode == 1 and run.stdout in ("", '{"held": 1}\n')
    assert re.fullmatch(rf"load: 127\.0\.0\.1:{port}: .*({complaint}).*\n", run.stderr), run.stderr


@pytest.mark.parametrize("mode", MODES)
def test_load_notices_a_server_that_is_not_there(load, mode):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    run = load(mode, port)
    assert run.returncode == 1 and "Connection refused" in run.stderr and run.stdout == ""


def test_load_notices_an_echo_of_the_line_before(load):
    """Bytes that were right once: every line is another."""
    last = {}

    def late(data, before):
        reply, last["line"] = last.get("line", data), data
        return reply

    with server(late) as port:
        run = load("request", port)
    assert run.returncode == 1 and "wrong bytes came back" in run.stderr


def test_load_notices_sessions_that_closed_while_they_were_held(load):
    """An answer at first, then the end, which only the question at the end of the wait can find."""

    def once(data, before):
        return data if before == 0 else b""

    with server(once) as port:
        run = load("hold", port, 20)
    assert run.returncode == 1 and run.stdout == '{"held": 20}\n' and f":{port}: " in run.stderr


def test_load_counts_what_an_honest_server_served(load):
    """The same number of connections at both ends, and each byte of them."""
    served = []

    def honest(data, before):
        served.append(len(data))
        return data

    with server(honest) as port:
        run = load("connect", port, 8)
        assert run.returncode == 0, run.stderr
        assert json.loads(run.stdout)["connections"] * 32 == sum(served) > 0
        for mode in ("request", "bulk"):
            assert load(mode, port).returncode == 0
        run = load("hold", port, 100)
    assert run.returncode == 0 and run.stdout == '{"held": 100}\n{"alive": 100}\n'


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("name", ["floor", "floor-static"])
def test_the_floor_echoes(load, tmp_path, name):
    """What echocell is measured against does the same work: it answers all that the generator can ask."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    floor = subprocess.Popen([programs.compile_program(name, tmp_path), str(port)])
    try:
        wait_until(lambda: listens(port), f"{name} listens")
        for mode in MODES:
            run = load(mode, port)
            assert run.returncode == 0, run.stderr
    finally:
        floor.kill()
        floor.wait()

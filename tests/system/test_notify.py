# SPDX-License-Identifier: ISC
"""What a service manager hears through NOTIFY_SOCKET (sd_notify(3)), and when."""

import contextlib
import os
import signal
import socket

import pytest

import procfs
from test_cli import EX_CONFIG, assert_refused
from waiting import DEADLINE_S, continue_process, stop_process

STATUS_INTERVAL_S = 3
READY_RETRIES_S = 1.0  # several of them


@pytest.fixture
def manager(request, tmp_path):
    """The manager's end: (socket, value of NOTIFY_SOCKET)."""
    kind = getattr(request, "param", "path")
    name = str(tmp_path / "notify") if kind == "path" else f"@echocell-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.settimeout(DEADLINE_S)
        end.bind(name.replace("@", "\0", 1))
        yield end, name


def message(end):
    """The assignments of one message."""
    return end.recv(4096).decode().removesuffix("\n").split("\n")


def hear(end, wanted):
    """Reads messages until one has the wanted assignment; returns nothing, or fails when none comes."""
    while wanted not in message(end):
        pass


def is_silent(end, seconds):
    """Does nothing come for so long?"""
    end.settimeout(seconds)
    try:
        end.recv(4096)
    except TimeoutError:
        return True
    finally:
        end.settimeout(DEADLINE_S)
    return False


@pytest.mark.parametrize("manager", ["path", "abstract"], indirect=True)
def test_manager_hears_ready_then_stopping(server, manager):
    end, name = manager
    daemon = server(env={"NOTIFY_SOCKET": name})
    hear(end, "READY=1")
    daemon.serving()
    daemon.signal(signal.SIGTERM)
    hear(end, "STOPPING=1")


def test_ready_means_confined(server, manager):
    end, name = manager
    daemon = server(env={"NOTIFY_SOCKET": name})
    hear(end, "READY=1")
    status = procfs.status(daemon.pid)
    assert (status["Seccomp"], status["NoNewPrivs"], int(status["CapEff"], 16)) == ("2", "1", 0)


def test_session_cannot_reach_the_manager(server, manager):
    end, name = manager
    daemon = server(env={"NOTIFY_SOCKET": name})
    hear(end, "READY=1")
    _, session = daemon.serving()
    assert list(procfs.descriptors(session)) == [0]


def test_status_line_comes_with_ready_and_with_stopping(server, manager):
    end, name = manager
    daemon = server("--drain-timeout=2s", env={"NOTIFY_SOCKET": name})
    assert message(end) == ["READY=1", "STATUS=Serving; 0 sessions active, 0 connections accepted, 0 refused"]
    client, _ = daemon.serving()
    daemon.signal(signal.SIGTERM)
    heard = message(end)
    while heard[0] != "STOPPING=1":
        heard = message(end)
    assert heard[1] == "STATUS=Draining; 1 sessions active, 1 connections accepted, 0 refused"
    (extension,) = [line for line in heard[2:] if line.startswith("EXTEND_TIMEOUT_USEC=")]
    assert int(extension.split("=")[1]) > 2_000_000, "the manager waits for longer than the drain limit"
    client.close()


def test_status_line_follows_the_numbers_but_not_each_of_them(server, manager):
    end, name = manager
    daemon = server(env={"NOTIFY_SOCKET": name})
    hear(end, "READY=1")
    for _ in range(100):
        client, session = daemon.serving()
        client.close()
        daemon.wait_event("close", session=session)
    heard = message(end)
    said = [heard]
    while "100 connections" not in heard[0]:
        heard = message(end)
        said.append(heard)
    assert heard == ["STATUS=Serving; 0 sessions active, 100 connections accepted, 0 refused"]
    assert len(said) < 10, "lines come in their time, however many clients there are"
    assert is_silent(end, STATUS_INTERVAL_S + 1), "numbers that stand still are told once"


def test_watchdog_hears_signs_of_life_while_the_loop_turns(server, manager):
    end, name = manager
    daemon = server(env={"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "400000"})
    for _ in range(4):
        hear(end, "WATCHDOG=1")
    daemon.serving()
    for _ in range(2):
        hear(end, "WATCHDOG=1")
    stop_process(daemon.pid)
    while not is_silent(end, 1.0):
        pass
    continue_process(daemon.pid)
    hear(end, "WATCHDOG=1")


def test_watchdog_hears_them_in_a_drain_too(server, manager):
    end, name = manager
    daemon = server(env={"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000"})
    client, _ = daemon.serving()
    daemon.signal(signal.SIGTERM)
    hear(end, "STOPPING=1")
    for _ in range(3):
        hear(end, "WATCHDOG=1")
    client.close()


def test_watchdog_of_this_very_process_is_served(server, manager):
    end, name = manager
    server(env={"NOTIFY_SOCKET": name, "PATH": os.environ["PATH"]},
           wrap=["sh", "-c", 'WATCHDOG_PID=$$ WATCHDOG_USEC=100000 exec "$@"', "sh"])
    hear(end, "WATCHDOG=1")


@pytest.mark.parametrize("variables", [{}, {"WATCHDOG_PID": "1", "WATCHDOG_USEC": "100000"},
                                       {"WATCHDOG_PID": "x", "WATCHDOG_USEC": "100000"}], ids=str)
def test_no_sign_of_life_for_whom_nobody_waits(server, manager, variables):
    end, name = manager
    server(env={"NOTIFY_SOCKET": name, **variables})
    hear(end, "READY=1")
    assert is_silent(end, 1.0)


@pytest.mark.parametrize("microseconds", ["", "0", "-1", "x", "1", "100000 ", "1e6", "99999999999999999999"])
def test_watchdog_that_cannot_be_is_refused(run, microseconds):
    result = run("127.0.0.1", "0", env={"WATCHDOG_USEC": microseconds})
    assert_refused(result, EX_CONFIG)
    assert result.stderr.startswith("echocell: WATCHDOG_USEC: ")


def fill(name):
    """Messages of a stranger, until the manager's queue is full; returns how many."""
    count = 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        stranger.connect(name.replace("@", "\0", 1))
        while True:
            try:
                stranger.send(b"X=1")
            except BlockingIOError:
                return count
            count += 1


def test_ready_is_told_again_when_the_queue_was_full(server, manager):
    """A lost line is harmless, but a manager that never hears READY=1 waits in vain."""
    end, name = manager
    assert fill(name) > 0
    daemon = server(env={"NOTIFY_SOCKET": name})
    daemon.serving()
    hear(end, "READY=1")


def test_ready_is_not_told_after_stopping(server, manager):
    end, name = manager
    fill(name)
    daemon = server(env={"NOTIFY_SOCKET": name})
    client, _ = daemon.serving()
    daemon.signal(signal.SIGTERM)
    daemon.wait_event("drain")
    end.settimeout(READY_RETRIES_S)
    with contextlib.suppress(TimeoutError):
        while True:
            assert "READY=1" not in message(end)
    client.ask(b"still served")
    client.close()


def test_manager_that_is_gone_changes_nothing(server, manager):
    end, name = manager
    daemon = server(env={"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "20000"})
    hear(end, "WATCHDOG=1")
    end.close()
    for _ in range(3):
        client, session = daemon.serving()
        client.close()
        assert daemon.outcome(session) == "eof"
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0


@pytest.mark.parametrize("name", ["/nonexistent/notify", "relative"])
def test_manager_that_cannot_be_told_refuses_the_start(run, name):
    """The manager would wait in vain for READY=1."""
    result = run("--user=65534", "127.0.0.1", "0", env={"NOTIFY_SOCKET": name})
    assert result.returncode in (71, 78)
    assert result.stderr.startswith("echocell: NOTIFY_SOCKET: ")

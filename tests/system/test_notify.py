# SPDX-License-Identifier: ISC
"""What a service manager hears through NOTIFY_SOCKET (sd_notify(3)), and when."""

import os
import signal
import socket

import pytest

import procfs
from waiting import DEADLINE_S


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    """The manager's end: (socket, value of NOTIFY_SOCKET)."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@echocell-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.settimeout(DEADLINE_S)
        end.bind(name.replace("@", "\0", 1))
        yield end, name


def hear(end, wanted):
    """Reads messages until one has the wanted assignment; returns nothing, or fails when none comes."""
    while wanted not in end.recv(4096).decode().split("\n"):
        pass


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


@pytest.mark.parametrize("name", ["/nonexistent/notify", "relative"])
def test_manager_that_cannot_be_told_refuses_the_start(run, name):
    """The manager would wait in vain for READY=1."""
    result = run("--user=65534", "127.0.0.1", "0", env={"NOTIFY_SOCKET": name})
    assert result.returncode in (71, 78)
    assert result.stderr.startswith("echocell: NOTIFY_SOCKET: ")

# SPDX-License-Identifier: ISC
"""A system that is out of something: the listener waits without haste, says so, and serves when it is over.

Limits are taken from the live listener with prlimit(2), errors are put into its system calls by strace.
"""

import contextlib
import os
import pathlib
import resource
import subprocess

import pytest

import accounts
import procfs
from offences import is_served
from waiting import wait_until

CROWD = 100
WINDOW_S = 1.2
BUSY_SHARE = 0.10
LINES = 8  # one a second; ten a second would be more
OWN_UIDS = 1_000_000_000  # from here up they are free
OWN_PROCESSES = 10


def own_uid():
    """A user who has no process, in no other test run either: limits on processes are the user's."""
    uid = OWN_UIDS + os.getpid()
    taken = {entry.stat().st_uid for entry in pathlib.Path("/proc").glob("[0-9]*")}
    assert uid not in taken
    return uid


def set_limit(pid, name, soft):
    """A soft limit of a live process; only its own user may do that without a capability (prlimit(2))."""
    uid, gid = (procfs.status(pid)[name].split()[0] for name in ("Uid", "Gid"))
    identity = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    subprocess.run([*identity, "prlimit", f"--pid={pid}", f"--{name}={soft}:"], check=True)


@contextlib.contextmanager
def limited(pid, name, title, soft):
    before = procfs.limits(pid)[title][0]
    set_limit(pid, name, soft)
    try:
        yield
    finally:
        set_limit(pid, name, before)


def out_of_descriptors(pid):
    return limited(pid, "nofile", "Max open files", len(procfs.descriptors(pid)))


def out_of_processes(pid):
    return limited(pid, "nproc", "Max processes", 1)


@contextlib.contextmanager
def failing(pid, call, error, when="1+"):
    """These system calls of the process fail (strace(1), --inject). Its filter allows getpid, which is made instead."""
    inject = f"--inject={call}:error={error}:syscall=getpid:when={when}"
    with subprocess.Popen(["strace", f"--attach={pid}", f"--trace={call}", inject, "--output=/dev/null"],
                          stderr=subprocess.DEVNULL) as strace:
        try:
            wait_until(lambda: procfs.status(pid)["TracerPid"] == str(strace.pid), "strace has attached")
            yield
        finally:
            strace.terminate()


def out_of_files(pid):
    """The whole system is; what the listener gives up is enough for the next one, each time."""
    return failing(pid, "accept4", "ENFILE", when="1+2")


def failing_with(call, error):
    return pytest.param(lambda pid: failing(pid, call, error), id=f"{call} {error}")


SHORTAGES = [out_of_descriptors, out_of_processes, out_of_files,
             *(failing_with("accept4", error) for error in ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EINVAL")),
             *(failing_with("clone", error) for error in ("EAGAIN", "ENOMEM"))]


@pytest.mark.parametrize("shortage", SHORTAGES, ids=lambda shortage: shortage.__name__)
def test_shortage_is_waited_out(server, shortage):
    """Little processor time, few lines but not none, sessions go on, and afterwards every waiting client is served.

    There is room for exactly so many clients: what a refusal did not give back would be missing.
    """
    daemon = server(f"--max-sessions={1 + CROWD}", f"--max-per-source={1 + CROWD}")
    inside, _ = daemon.serving()
    with shortage(daemon.pid):
        lines = len(daemon.log())
        crowd = [daemon.connect() for _ in range(CROWD)]
        assert accounts.busy_share(daemon.pid, WINDOW_S) < BUSY_SHARE
        inside.ask(b"still served")
        said = daemon.log()[lines:]
    assert 1 <= len(said) < LINES, "\n".join(said)
    refused = CROWD - sum(is_served(client) for client in crowd)
    for _ in range(refused):
        daemon.serving()
    totals = accounts.totals(daemon)
    assert (totals["active"], totals["rejected"]) == (1 + CROWD, refused)
    assert accounts.refusals(daemon) <= refused
    assert set(accounts.outcomes(daemon)) <= {"eof"}


@pytest.mark.parametrize("error", ["ECONNABORTED", "EPROTO", "EPERM", "ENETDOWN", "EHOSTUNREACH", "ETIMEDOUT", "EINTR"])
def test_error_of_one_connection_is_no_reason_to_stop(server, error):
    """accept(2) hands over what went wrong with a connection or with the network; the socket is as good as before."""
    daemon = server("--max-per-source=0")
    with failing(daemon.pid, "accept4", error, when="1..30"):
        for _ in range(20):
            daemon.serving()
    assert accounts.totals(daemon)["accepted"] == 20


def test_twelve_descriptors_serve_a_hundred_clients(server):
    daemon = server("--max-per-source=0", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12)))
    crowd = [daemon.serving()[0] for _ in range(CROWD)]
    assert accounts.busy_share(daemon.pid, WINDOW_S) < BUSY_SHARE
    for client in crowd:
        client.ask(b"still served")
    assert accounts.totals(daemon)["active"] == CROWD


def test_user_out_of_processes_is_waited_out(server):
    """Its own limit, from the start: what it can serve it serves, the others are refused, and so on."""
    daemon = server("--max-per-source=0", f"--user={own_uid()}",
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (OWN_PROCESSES, OWN_PROCESSES)))
    inside = [daemon.serving()[0] for _ in range(OWN_PROCESSES - 1)]
    crowd = [daemon.connect() for _ in range(CROWD)]
    assert accounts.busy_share(daemon.pid, WINDOW_S) < BUSY_SHARE
    for client in inside:
        client.ask(b"still served")
        client.close()
    for client in crowd:
        client.close()
    wait_until(lambda: is_served(daemon.connect()), "clients are served again")
    assert set(event["reason"] for event in daemon.events("reject")) == {"fork"}
    assert 1 <= len(daemon.events("reject")) < LINES

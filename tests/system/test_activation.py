# SPDX-License-Identifier: ISC
"""Sockets that a service manager has bound and passed: LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES."""

import os
import signal
import socket
import struct
import subprocess
import threading

import pytest

import procfs
from activation import bound, launcher, passing
from daemon import Daemon
from peers import ACK, Client, connect_when_up, free_port, privileged_port
from test_cli import EX_CONFIG, EX_USAGE, NOBODY, assert_refused
from test_robustness import connection_of
from waiting import DEADLINE_S, stop_process, wait_until


def name_of(end):
    host, port = end.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def inode(end):
    return f"socket:[{os.fstat(end.fileno()).st_ino}]"


@pytest.fixture
def manager():
    """Binds sockets for a test and closes them behind it."""
    ends = []

    def bind(*arguments, **options):
        ends.append(bound(*arguments, **options))
        return ends[-1]

    yield bind
    for end in ends:
        end.close()


@pytest.mark.parametrize("hosts", [["127.0.0.1"], ["::1"], ["127.0.0.1", "::1"], ["127.0.0.1"] * 5, ["127.0.0.1"] * 16],
                         ids=len)
def test_passed_sockets_are_served_in_their_order(server, manager, hosts):
    ends = [manager(host) for host in hosts]
    daemon = server(**passing(*ends))
    assert [event["address"] for event in daemon.events("listening")] == [name_of(end) for end in ends]
    for address in daemon.addresses:
        daemon.serving(address=address)


def test_listener_keeps_the_passed_sockets_and_nothing_else(server, manager):
    """However many: each has its place, and nothing of what was passed is left in between."""
    ends = [manager() for _ in range(5)]
    daemon = server(**passing(*ends))
    descriptors = procfs.descriptors(daemon.pid)
    assert {number: descriptors.pop(number) for number in range(6, 11)} == {6 + i: inode(ends[i]) for i in range(5)}
    del descriptors[2], descriptors[4]
    assert descriptors == dict.fromkeys((0, 1, 3, 5), "/dev/null")
    for number in range(6, 11):
        flags = procfs.descriptor_flags(daemon.pid, number)
        assert flags & os.O_NONBLOCK and flags & os.O_CLOEXEC
    _, session = daemon.serving()
    assert list(procfs.descriptors(session)) == [0]


def test_ordinary_user_serves_a_privileged_port_that_was_passed(server, manager, public_binary):
    end = manager(port=privileged_port())
    daemon = server(program=public_binary, **passing(end, behind=NOBODY))
    client, session = daemon.serving()
    assert daemon.address[1] < 1024
    for pid in (daemon.pid, session):
        assert procfs.status(pid)["Uid"].split() == ["65534"] * 4
    assert client.exchange(b"x\nquit\n") == b"x" + ACK + b"\n"
    assert "listener_filter" in daemon.listening["layers"].split(",")


def test_root_gives_everything_away_with_passed_sockets_too(server, manager):
    daemon = server(**passing(manager()))
    assert "root" in daemon.listening["layers"].split(",")
    daemon.serving()


@pytest.mark.parametrize("names", [["metrics", "a", "b"], ["a", "metrics", "b"], ["a", "b", "metrics"],
                                   ["", "", "", "", "metrics", "metricsx", "xmetrics"]], ids=":".join)
def test_socket_named_metrics_is_the_one_for_metrics(server, manager, names):
    ends = [manager() for _ in names]
    daemon = server(**passing(*ends, names=names))
    clients = [end for end, name in zip(ends, names) if name != "metrics"]
    (metrics,) = [end for end, name in zip(ends, names) if name == "metrics"]
    assert [event["address"] for event in daemon.events("listening")] == [name_of(end) for end in clients]
    assert daemon.wait_event("metrics")["address"] == name_of(metrics)
    for end in clients:
        daemon.serving(address=end.getsockname())
    client = daemon.connect(address=metrics.getsockname())
    assert client.exchange(b"GET / HTTP/1.1\r\n\r\n").endswith(b"# EOF\n")


def test_names_may_be_missing_or_fewer_or_more(server, manager):
    for names in ([], ["a"], ["a", "b", "c", "metrics"]):
        ends = [manager(), manager()]
        daemon = server(**passing(*ends, LISTEN_FDNAMES=":".join(names)))
        assert len(daemon.events("listening")) == 2 and not daemon.events("metrics")


#### What is refused


def ends_of_a_pipe():
    return [os.fdopen(fd) for fd in os.pipe()]


def connected():
    with socket.create_server(("127.0.0.1", 0)) as end:
        return socket.create_connection(end.getsockname())


def listening_local():
    end = socket.socket(socket.AF_UNIX)
    end.bind(f"\0echocell-test-{os.getpid()}")
    end.listen()
    return end


WRONG = {
    "a pipe": lambda: ends_of_a_pipe()[0],
    "a UDP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "a local socket": listening_local,
    "a socket that does not listen": lambda: socket.socket(socket.AF_INET),
    "a connection": connected,
}


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("kind", WRONG)
def test_passed_descriptor_that_is_no_listening_tcp_socket_is_named(run, manager, kind, place):
    wrong = WRONG[kind]()
    ends = [manager(), manager()]
    ends.insert(place, wrong)
    result = run(**launcher(ends))
    wrong.close()
    assert_refused(result, EX_CONFIG)
    assert f"descriptor {3 + place} " in result.stderr


def test_descriptor_that_is_not_there_is_named(run, manager):
    result = run(**launcher([manager()], LISTEN_FDS="2"))
    assert_refused(result, EX_CONFIG)
    assert "descriptor 4 " in result.stderr


@pytest.mark.parametrize("count", ["-1", "x", "18", "99999999999999999999", "4294967297", " 1", "1 ", "0x1", "+1", "1.0"])
def test_count_that_is_none_is_refused(run, manager, count):
    result = run(**launcher([manager()], LISTEN_FDS=count))
    assert_refused(result, EX_CONFIG)
    assert result.stderr.startswith("echocell: LISTEN_FDS: ")


def test_more_sockets_than_can_be_served_are_refused(run, manager):
    assert_refused(run(**launcher([manager() for _ in range(17)])), EX_CONFIG)


def test_second_metrics_socket_is_refused(run, manager):
    result = run(**launcher([manager() for _ in range(3)], names=["metrics", "a", "metrics"]))
    assert_refused(result, EX_CONFIG)
    assert "LISTEN_FDNAMES" in result.stderr


@pytest.mark.parametrize("variables", [{"LISTEN_FDS": "0"}, {"LISTEN_FDS": ""}, {"LISTEN_PID": ""},
                                       {"LISTEN_PID": "1"}, {"LISTEN_PID": "x"}, {"LISTEN_PID": "-1"}], ids=str)
def test_sockets_of_another_process_are_none(run, server, manager, variables):
    """Without an address that is a mistake; with one they are closed like any other descriptor."""
    end = manager()
    result = run(**launcher([end], **variables))
    assert_refused(result, EX_USAGE)
    daemon = server(**launcher([end], **variables))
    daemon.serving()
    assert inode(end) not in procfs.descriptors(daemon.pid).values()


@pytest.mark.parametrize("arguments", [["127.0.0.1", "0"], ["--listen=127.0.0.1:0"], ["--check", "127.0.0.1", "0"]],
                         ids=" ".join)
def test_passed_sockets_and_an_address_exclude_each_other(run, manager, arguments):
    result = run(*arguments, **launcher([manager()]))
    assert_refused(result, EX_USAGE)
    assert "LISTEN_FDS" in result.stderr


def test_two_metrics_addresses_exclude_each_other(run, manager):
    result = run("--metrics=127.0.0.1:0", **launcher([manager(), manager()], names=["a", "metrics"]))
    assert_refused(result, EX_USAGE)


def test_metrics_socket_alone_is_no_address(run, manager):
    assert_refused(run(**launcher([manager()], names=["metrics"])), EX_USAGE)


#### An IPv6 socket that takes IPv4, which only a manager makes


def test_mapped_clients_are_known_by_their_ipv4_address(server, manager):
    end = manager("::", dual=True)
    port = end.getsockname()[1]
    daemon = server("--max-per-source=1", "--exempt=127.0.0.2", **passing(end))
    client = daemon.connect(address=("127.0.0.1", port))
    client.ask()
    assert daemon.wait_event("accept", client=client)["client"] == client.name
    second = daemon.connect(address=("127.0.0.1", port))
    second.receive_nothing()
    assert daemon.wait_event("reject", client=second)["reason"] == "per_source"
    for _ in range(3):
        daemon.connect(source="127.0.0.2", address=("127.0.0.1", port)).ask()
    daemon.connect(source="127.0.0.3", address=("127.0.0.1", port)).ask()
    daemon.connect(address=("::1", port)).ask()


#### The socket outlives the daemon


def test_clients_that_wait_at_a_drain_are_served_by_the_next_instance(server, manager):
    end = manager()
    daemon = server(**passing(end))
    served, session = daemon.serving()
    stop_process(daemon.pid)
    waiting = [daemon.connect() for _ in range(3)]
    for client in waiting:
        client.send(b"patience\n")
    daemon.signal(signal.SIGTERM)
    daemon.signal(signal.SIGCONT)
    served.ask(b"still served")
    served.close()
    assert daemon.outcome(session) == "eof"
    assert daemon.wait() == 0
    assert not daemon.events("reject")
    server(**passing(end))
    for client in waiting:
        assert client.receive(8 + len(ACK) + 1) == b"patience" + ACK + b"\n"
        client.close()


def test_client_from_before_the_start_meets_the_time_limits(server, manager):
    """It waited in the queue of a socket that had no timeouts which it could have inherited; later clients inherit."""
    end = manager()
    early = Client(end.getsockname())
    early.since = 0
    daemon = server("--idle-timeout=400ms", "--send-timeout=8s", **passing(end))
    early.ask()
    with connection_of(daemon.session_of(early)) as connection:
        timeouts = [connection.getsockopt(socket.SOL_SOCKET, name, 16) for name in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO)]
    assert [struct.unpack("ll", timeout)[0] for timeout in timeouts] == [0, 2]
    for client in (early, daemon.serving()[0]):
        assert daemon.wait_event("close", client=client)["outcome"] == "idle_timeout"
        client.close()


def keep_asking(address, stop, counts, faults):
    """Connections one after the other; each must be answered and ended as if nothing happened."""
    while not stop.is_set():
        try:
            client = Client(address)
            client.ask(b"one")
            client.ask(b"two")
            assert client.exchange(b"quit\n") == b""
            client.reset()
        except (OSError, AssertionError) as fault:
            faults.append(fault)
            return
        counts.append(1)


def test_restart_under_load_loses_no_connection(server, manager):
    end = manager()
    address = end.getsockname()
    stop, counts, faults = threading.Event(), [], []
    threads = [threading.Thread(target=keep_asking, args=(address, stop, counts, faults)) for _ in range(8)]
    daemon = server("--max-per-source=0", **passing(end))
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            before = len(counts)
            wait_until(lambda before=before: len(counts) > before + 40 or faults, "clients are served")
            daemon.signal(signal.SIGTERM)
            assert daemon.wait() == 0
            daemon = server("--max-per-source=0", **passing(end))
    finally:
        stop.set()
        for thread in threads:
            thread.join(DEADLINE_S)
    assert not faults, faults[0]
    assert len(counts) > 200


#### systemd's own tool


def test_first_client_starts_it_through_systemd_socket_activate(public_binary):
    """The tool binds as root and waits; the daemon never is root, and has the port."""
    address = ("127.0.0.1", privileged_port())
    metrics = ("127.0.0.1", free_port())
    answers = []

    def ask():
        client = connect_when_up(address)
        client.ask()
        answers.append(client)

    asking = threading.Thread(target=ask)
    asking.start()
    activate = ["systemd-socket-activate", "--listen={}:{}".format(*address), "--listen={}:{}".format(*metrics),
                "--fdname=echo:metrics"]
    daemon = Daemon([*activate, *NOBODY, public_binary])
    try:
        asking.join(DEADLINE_S)
        assert len(answers) == 1 and daemon.address == address
        assert procfs.status(daemon.pid)["Uid"].split() == ["65534"] * 4
        page = Client(metrics).exchange(b"GET / HTTP/1.1\r\n\r\n")
        assert b"\nechocell_active_sessions 1\n" in page and page.endswith(b"# EOF\n")
        answers[0].close()
    finally:
        complaints = daemon.finish()
    assert not complaints, complaints

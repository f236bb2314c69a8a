# SPDX-License-Identifier: ISC
"""--metrics: the page is valid and true, whoever asks and however; and asking costs no client its place."""

import os
import signal
import socket
import subprocess
import threading
import time

import pytest

import accounts
import kernel
import openmetrics
import procfs
from daemon import split_address
from peers import Client, privileged_port
from scrape import REQUEST, Page, address_of, ask, read_answer
from test_cli import EX_OSERR, assert_refused
from test_confinement import LAYERS
from test_exhaustion import BUSY_SHARE, LINES, WINDOW_S, out_of_descriptors, out_of_processes
from waiting import DEADLINE_S, wait_until

HERE = "--metrics=127.0.0.1:0"
CELLS = 8
FAMILIES = {
    "accepted_connections": "counter", "rejected_connections": "counter", "sessions": "counter",
    "active_sessions": "gauge", "max_sessions": "gauge", "messages": "counter", "received_bytes": "counter",
    "sent_bytes": "counter", "session_duration_seconds": "histogram", "policy": "info",
    "sandbox_layer_active": "gauge", "build": "info", "process_start_time_seconds": "gauge",
    "metrics_requests": "counter",
}
UNITS = {"received_bytes": "bytes", "sent_bytes": "bytes", "session_duration_seconds": "seconds",
         "process_start_time_seconds": "seconds"}
OUTCOMES = set("eof quit idle_timeout send_timeout session_timeout reset policy_violation crash killed drained "
               "setup_failed".split())
REASONS = set("max_sessions per_source penalty fork descriptors draining".split())


def hold(daemon):
    """A scrape whose request does not end, and the pid of its cell, which is confined already."""
    before = procfs.children(daemon.pid)
    client = daemon.connect(address=address_of(daemon))
    client.send(b"GET / HTTP/1.1\r\n")
    (cell,) = wait_until(lambda: procfs.children(daemon.pid) - before, "a cell is there")
    wait_until(lambda: client.taken() is True and procfs.state(cell) == "S", "the cell waits for more")
    return client, cell


def requests(page):
    return page.by_label("metrics_requests", "result")


#### The page


def test_page_is_valid_and_has_the_families_of_the_contract(server):
    page = Page(server(HERE))
    assert {name: family.kind for name, family in page.families.items()} == \
        {f"echocell_{name}": kind for name, kind in FAMILIES.items()}
    assert {name.removeprefix("echocell_"): family.meta["UNIT"] for name, family in page.families.items()
            if "UNIT" in family.meta} == UNITS
    assert set(page.by_label("rejected_connections", "reason")) == REASONS
    assert set(page.by_label("sessions", "outcome")) == OUTCOMES
    page.assert_adds_up()


@pytest.mark.parametrize("broken", [
    "a 1\n# EOF\n", "# TYPE a counter\n# HELP a b\na 1\n# EOF\n", "# TYPE a gauge\n# HELP a b\na 1\n",
    "# TYPE a gauge\n# HELP a b\na 1\na 2\n# EOF\n", "# TYPE a_b gauge\n# UNIT a_b s\n# HELP a_b b\na_b 1\n# EOF\n",
    '# TYPE a gauge\n# HELP a b\na{b="c",b="d"} 1\n# EOF\n', "# TYPE a gauge\n# HELP a b\na one\n# EOF\n",
    '# TYPE a histogram\n# HELP a b\na_bucket{le="1.0"} 2\na_bucket{le="+Inf"} 1\na_count 1\na_sum 1\n# EOF\n',
    '# TYPE a histogram\n# HELP a b\na_bucket{le="1.0"} 1\na_bucket{le="+Inf"} 1\na_count 2\na_sum 1\n# EOF\n',
])
def test_reader_of_these_tests_refuses_what_is_not_openmetrics(broken):
    with pytest.raises(ValueError):
        openmetrics.parse(broken)


def test_facts_are_those_of_the_log_and_the_program(server, run):
    began = time.time()
    daemon = server(HERE, "--max-sessions=77")
    page = Page(daemon)
    layers = page.by_label("sandbox_layer_active", "layer", "")
    assert set(layers) == LAYERS
    assert {name for name, active in layers.items() if active} == LAYERS - kernel.too_old_for()
    assert page.gauge("max_sessions") == 77
    assert began - 1 < page.gauge("process_start_time_seconds") < time.time() + 1
    assert page.by_label("build", "version", "_info") == {run("--version").stdout.split()[1]: 1}
    hashes = {dict(labels)["policy"]: dict(labels)["sha256"] for _, labels in page.families["echocell_policy"].samples}
    assert hashes["session"] == daemon.listening["policy_sha256"]
    assert set(hashes) == {"session", "listener"}


def test_page_of_an_ordinary_user_names_the_layers_that_are_missing(server, public_binary):
    daemon = server(HERE, program=public_binary, wrap=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
    layers = Page(daemon).by_label("sandbox_layer_active", "layer", "")
    assert {name for name, active in layers.items() if not active} == set(daemon.listening["missing"].split(","))


def test_traced_sessions_are_named_with_their_policy(server):
    page = Page(server(HERE, "--trace"))
    assert {dict(labels)["policy"] for _, labels in page.families["echocell_policy"].samples} == {"session-trace",
                                                                                                 "listener"}


def test_numbers_are_those_of_the_log(server):
    daemon = server(HERE, "--max-per-source=2", "--penalty=0")
    quitter, first = daemon.serving()
    assert quitter.exchange(b"four\nquit\n") == b"four------k\n"
    assert daemon.outcome(first) == "quit"
    victim, second = daemon.serving()
    os.kill(second, signal.SIGSEGV)
    assert daemon.outcome(second) == "crash"
    victim.close()
    staying = [daemon.serving()[0] for _ in range(2)]
    refused = daemon.connect()
    refused.receive_nothing()
    daemon.wait_event("reject", client=refused)
    page = Page(daemon)
    page.assert_adds_up()
    closes = daemon.events("close")
    assert (page.counter("accepted_connections"), page.gauge("active_sessions")) == (5, len(staying))
    assert page.counter("rejected_connections", reason="per_source") == 1
    assert page.counter("sessions", outcome="quit") == page.counter("sessions", outcome="crash") == 1
    for name, field in (("messages", "messages"), ("received_bytes", "received"), ("sent_bytes", "sent")):
        assert page.counter(name) == sum(int(close[field]) for close in closes)
    durations = page.families["echocell_session_duration_seconds"]
    assert durations.value("_sum") == pytest.approx(sum(float(close["duration"]) for close in closes), abs=1e-9)
    for bound, count in page.by_label("session_duration_seconds", "le", "_bucket").items():
        assert count == sum(float(close["duration"]) <= float(bound) for close in closes)


def test_scrapes_are_in_none_of_the_clients_numbers(server):
    daemon = server(HERE)
    daemon.serving()
    pages = [Page(daemon) for _ in range(5)]
    for page in pages:
        assert (page.counter("accepted_connections"), page.gauge("active_sessions")) == (1, 1)
        page.assert_adds_up()
    wait_until(lambda: requests(Page(daemon))["served"] >= 5, "the scrapes themselves are counted")
    assert requests(Page(daemon))["failed"] == 0
    assert not daemon.events("scrape"), "a scrape is nothing to tell of"
    assert len(daemon.events("accept")) == 1


#### The accounting, while everything happens at once


def make_trouble(address, stop, source):
    """Clients of every kind, one after the other."""
    kinds = [lambda client: client.exchange(b"x\nquit\n"), lambda client: client.ask(), lambda client: None,
             lambda client: client.exchange(b"y" * 20000, may_be_cut=True), lambda client: client.finish()]
    turn = 0
    while not stop.is_set():
        turn += 1
        client = None
        try:
            client = Client(address, source)
            kinds[turn % len(kinds)](client)
        except (OSError, AssertionError):  # refused at the limit, or cut: that is the storm
            pass
        if client:
            client.reset()


def test_every_page_adds_up_in_a_storm(server):
    daemon = server(HERE, "--max-per-source=2", "--max-sessions=6")
    stop = threading.Event()
    threads = [threading.Thread(target=make_trouble, args=(daemon.address, stop, f"127.0.0.{3 + i % 3}"))
               for i in range(9)]
    for thread in threads:
        thread.start()
    try:
        last = {}
        for _ in range(150):
            page = Page(daemon)
            page.assert_adds_up()
            now = page.counters()
            assert not [key for key in last if now[key] < last[key]], "a counter fell"
            last = now
    finally:
        stop.set()
        for thread in threads:
            thread.join(DEADLINE_S)
    assert page.counter("accepted_connections") > 200
    assert sum(page.by_label("rejected_connections", "reason").values()) > 0
    wait_until(lambda: Page(daemon).gauge("active_sessions") == 0, "the storm is over")
    Page(daemon).assert_adds_up()


#### Requests of every kind get the same page


@pytest.mark.parametrize("request_bytes", [
    REQUEST, b"GET / HTTP/1.0\r\n\r\n", b"GET /\n\n", b"\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    b"HEAD /etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00\xff\x16\x03\x01%n%s\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 10000\r\n\r\n" + b"x" * 10000, REQUEST * 20,
    b"GET / HTTP/1.1\r\nX: " + b"y" * 12000 + b"\r\n\r\n",
], ids=range(9))
def test_every_request_gets_the_page(server, request_bytes):
    """Whatever follows the blank line: no reset may destroy the page on its way."""
    openmetrics.parse(ask(server(HERE), request_bytes))


def test_request_may_come_byte_by_byte(server):
    daemon = server(HERE)
    client = daemon.connect(address=address_of(daemon))
    openmetrics.parse(read_answer(client.send_pieces([bytes([byte]) for byte in REQUEST])))


@pytest.mark.parametrize("beginning", [b"", b"GET / HTTP/1.1\r\n"])
def test_end_of_the_stream_is_the_end_of_the_request(server, beginning):
    daemon = server(HERE)
    client = daemon.connect(address=address_of(daemon))
    openmetrics.parse(read_answer(client.exchange(beginning)))


def test_request_without_an_end_gets_nothing_and_is_ended(server):
    daemon = server(HERE)
    silent, chatty = (daemon.connect(address=address_of(daemon)) for _ in range(2))
    silent.send(b"GET / HTTP/1.1\r\n")
    try:
        for _ in range(1000):
            chatty.send(b"X: y\r\n" * 100)
    except ConnectionError:
        pass
    chatty.receive_nothing()
    silent.receive_nothing()
    wait_until(lambda: requests(Page(daemon))["failed"] == 2, "both are counted")


def test_scraper_that_dawdles_is_ended(server):
    """It sends something all the time, and never the end."""
    daemon = server(HERE, "--log-level=debug")
    client = daemon.connect(address=address_of(daemon))

    def dawdle():
        try:
            client.send(b"x")
        except OSError:
            pass
        time.sleep(0.02)
        return daemon.events("scrape", client=client)

    assert wait_until(dawdle, "it is ended")[0]["outcome"] == "session_timeout"


#### The cell


def test_cell_is_confined_like_a_session(server):
    daemon = server(HERE, "--trace")
    client, cell = hold(daemon)
    _, session = daemon.serving()
    status, limits = procfs.status(cell), procfs.limits(cell)
    assert list(procfs.descriptors(cell)) == [0]
    for name in ("Uid", "Gid", "Groups", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp", "Seccomp_filters", "SigBlk",
                 "SigIgn", "SigCgt"):
        assert status[name] == procfs.status(session)[name], name
    assert status["Seccomp_filters"] == "2"
    for limit in ("Max open files", "Max processes", "Max file size", "Max core file size"):
        assert limits[limit] == ("0", "0")
    shared = [mapping for mapping in procfs.maps(cell) if "s" in mapping.perms]
    assert sum(mapping.end - mapping.start for mapping in shared) <= os.sysconf("SC_PAGE_SIZE")
    client.send(b"\r\n")
    openmetrics.parse(read_answer(client.receive_all()))


def test_filter_of_the_cell_is_the_policy_of_sessions(server):
    """Of sessions without --trace, even with it: proven equal for every call."""
    daemon = server(HERE, "--trace")
    _, cell = hold(daemon)
    answer = subprocess.run([os.environ["SECCOMP_AUDIT"], "attest", str(cell)], capture_output=True, text=True,
                            check=False, timeout=60)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"together: EQUAL to session with $listener = {daemon.pid}\n" in answer.stdout


def test_session_holds_one_descriptor_with_metrics_too(server):
    daemon = server(HERE)
    hold(daemon)
    _, session = daemon.serving()
    assert list(procfs.descriptors(session)) == [0]


def test_no_cell_and_no_page_knows_a_client(server):
    daemon = server(HERE)
    client, _ = daemon.serving(source="127.0.0.77")
    _, cell = hold(daemon)
    assert "127.0.0.77" not in ask(daemon)
    for needle in (b"127.0.0.77", client.local[1].to_bytes(2, "big") + socket.inet_aton("127.0.0.77")):
        assert procfs.memory_holds(cell, needle) == []
        assert procfs.memory_holds(daemon.pid, needle), "the search finds what is there"


def test_no_session_inherits_the_page(server):
    daemon = server(HERE)
    needle = b"echocell_accepted_connections_total"  # is put together of two words: only a page has it
    ask(daemon)
    _, session = daemon.serving()
    assert procfs.memory_holds(session, needle) == []
    _, cell = hold(daemon)
    assert procfs.memory_holds(cell, needle), "the search finds what is there"


def test_cell_that_crashes_is_logged_and_no_session(server):
    daemon = server(HERE, "--penalty=1h")
    client, cell = hold(daemon)
    os.kill(cell, signal.SIGSEGV)
    event = daemon.wait_event("scrape", cell=cell)
    assert (event["outcome"], event["client"]) == ("crash", client.name)
    page = Page(daemon)
    assert sum(page.by_label("sessions", "outcome").values()) == page.counter("accepted_connections") == 0
    assert requests(page)["failed"] == 1
    daemon.serving()


def test_crashes_of_cells_count_for_the_crash_budget(server):
    """Each is a look at the layout that all share, whomever it served."""
    daemon = server(HERE, "--crash-budget=2")
    for _ in range(2):
        _, cell = hold(daemon)
        os.kill(cell, signal.SIGSEGV)
        daemon.wait_event("scrape", cell=cell)
    daemon.wait_event("drain", reason="crash_budget")
    assert daemon.wait() == 75


#### Scrapers and clients keep out of each other's way


def test_idle_scrapers_take_no_place_of_a_client_and_the_next_one_waits(server):
    daemon = server(HERE, "--max-sessions=1")
    for _ in range(CELLS):
        hold(daemon)
    client, _ = daemon.serving()
    late = daemon.connect(address=address_of(daemon))
    late.send(REQUEST)
    client.ask()
    assert len(procfs.children(daemon.pid)) == CELLS + 1
    openmetrics.parse(read_answer(late.receive_all()))


def test_clients_at_the_cap_do_not_keep_scrapers_out(server):
    daemon = server(HERE, "--max-sessions=1", "--max-per-source=1")
    daemon.serving()
    daemon.connect().receive_nothing()
    page = Page(daemon)
    assert page.counter("rejected_connections", reason="max_sessions") == 1
    page.assert_adds_up()


def test_flood_of_scrapes_leaves_nothing_behind(server):
    daemon = server(HERE)
    client, session = daemon.serving()
    before = procfs.descriptors(daemon.pid)

    def scrape_often():
        for _ in range(40):
            ask(daemon)

    threads = [threading.Thread(target=scrape_often) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    wait_until(lambda: procfs.children(daemon.pid) == {session}, "every cell is reaped")
    assert requests(Page(daemon))["served"] >= 480
    wait_until(lambda: procfs.descriptors(daemon.pid) == before, "no descriptor is left")
    client.ask()


def test_scraper_waits_while_the_system_is_out_of_descriptors(server):
    daemon = server(HERE)
    with out_of_descriptors(daemon.pid):
        client = daemon.connect(address=address_of(daemon))
        client.send(REQUEST)
        assert accounts.busy_share(daemon.pid, WINDOW_S) < BUSY_SHARE
        assert 1 <= len(daemon.events("accept_failed")) < LINES
    openmetrics.parse(read_answer(client.receive_all()))


def test_scrape_that_gets_no_process_is_counted_and_the_next_one_served(server):
    daemon = server(HERE)
    with out_of_processes(daemon.pid):
        daemon.connect(address=address_of(daemon)).receive_nothing()
        daemon.wait_event("accept_failed")
    assert requests(Page(daemon))["failed"] == 1
    assert not daemon.events("reject")


#### Start and end


def test_metrics_may_have_a_privileged_port_and_ipv6(server):
    daemon = server(f"--metrics=127.0.0.1:{privileged_port()}")
    Page(daemon).assert_adds_up()
    assert address_of(daemon)[1] < 1024
    daemon = server("--metrics=[::1]:0")
    assert address_of(daemon)[0] == "::1"
    Page(daemon).assert_adds_up()


def test_metrics_port_in_use_is_71(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run(f"--metrics=127.0.0.1:{port}", "127.0.0.1", "0")
    assert_refused(result, EX_OSERR)
    assert str(port) in result.stderr


def test_without_the_option_there_are_none(server):
    daemon = server()
    daemon.serving()
    assert not daemon.events("metrics")
    assert procfs.descriptors(daemon.pid)[5] == "/dev/null"


def test_drain_can_be_watched_and_is_not_held_up(server):
    daemon = server(HERE, "--drain-timeout=1h")
    client, _ = daemon.serving()
    daemon.signal(signal.SIGTERM)
    daemon.wait_event("drain")
    page = Page(daemon)
    assert page.gauge("active_sessions") == 1
    page.assert_adds_up()
    client.close()
    assert daemon.wait() == 0


def test_drain_limit_ends_cells_too(server):
    daemon = server(HERE, "--drain-timeout=200ms", "--log-level=debug")
    _, cell = hold(daemon)
    daemon.serving()
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0
    assert daemon.wait_event("scrape", cell=cell)["outcome"] == "drained"


def test_killed_listener_leaves_no_cell(server):
    daemon = server(HERE)
    _, cell = hold(daemon)
    daemon.signal(signal.SIGKILL)
    daemon.wait()
    wait_until(lambda: not procfs.alive(cell), "the cell ends too")


def test_address_in_the_log_is_the_real_one(server):
    daemon = server(HERE)
    host, port = split_address(daemon.wait_event("metrics")["address"])
    assert host == "127.0.0.1" and port > 0

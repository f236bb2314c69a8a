# SPDX-License-Identifier: ISC
"""What one session could tell of the listener and of other sessions if it were taken over."""

import os
import signal
import socket
import struct

import procfs
from waiting import wait_until

WORD = 8


def words_of(pid):
    """Every readable, writable mapping of a process as (start, bytes)."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for mapping in procfs.maps(pid):
            if mapping.perms.startswith("rw"):
                memory.seek(mapping.start)
                yield mapping.start, procfs.read_fully(memory, mapping.end - mapping.start)


def stack_canary(pid):
    """The canary at %fs:0x28. The thread's control block is found by its two pointers to itself, at
    0 and 0x10 (glibc, sysdeps/x86_64/nptl/tls.h, tcbhead_t)."""
    found = set()
    for start, content in words_of(pid):
        for offset in range(0, len(content) - 6 * WORD, WORD):
            own, _, again = struct.unpack_from("<3Q", content, offset)
            if own == again == start + offset:
                found.add(content[offset + 0x28 : offset + 0x30])
    assert len(found) == 1, f"{len(found)} control blocks in process {pid}"
    return found.pop()


def test_each_session_has_a_stack_canary_of_its_own(server):
    daemon = server()
    pids = [daemon.pid, *(daemon.serving()[1] for _ in range(4))]
    canaries = [stack_canary(pid) for pid in pids]
    assert len(set(canaries)) == len(pids)
    for canary in canaries:
        assert canary[0] == 0, "a string function could copy it"
        assert any(canary[1:])


def test_no_session_knows_the_address_of_another_client(server):
    """Not of one that is served, nor of one that is gone, nor of one that was turned away just before."""
    daemon = server("--max-per-source=1")
    first, _ = daemon.serving(source="127.0.0.77")
    gone, _ = daemon.serving(source="127.0.0.78")
    gone.close()
    daemon.wait_event("close", client=gone)
    daemon.signal(signal.SIGSTOP)  # so that both are taken in one turn of the loop, one after the other
    wait_until(lambda: procfs.state(daemon.pid) == "T", "the listener is stopped")
    rejected = daemon.connect(source="127.0.0.77")
    served = daemon.connect(source="127.0.0.79")
    daemon.signal(signal.SIGCONT)
    daemon.wait_event("reject", client=rejected)
    served.ask()
    session = daemon.session_of(served)
    for client in (first, gone, rejected):
        host, port = client.local
        raw = struct.pack("!H", port) + socket.inet_aton(host)
        assert procfs.memory_holds(session, raw) == [], "as a socket address"
        assert procfs.memory_holds(session, host.encode()) == [], "as text"
    assert procfs.memory_holds(daemon.pid, struct.pack("!H", first.local[1]) + socket.inet_aton(first.local[0]))


def test_keyboard_interrupt_drains_and_ends_no_session(server):
    """A terminal sends SIGINT to the whole foreground process group; sessions are not in it."""
    daemon = server("--drain-timeout=30s", start_new_session=True)
    client, session = daemon.serving()
    assert os.getpgid(session) != os.getpgid(daemon.pid)
    os.killpg(os.getpgid(daemon.pid), signal.SIGINT)
    daemon.wait_event("drain", reason="SIGINT")
    client.ask()
    client.close()
    assert daemon.outcome(session) == "eof"
    assert daemon.wait() == 0

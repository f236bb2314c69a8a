# SPDX-License-Identifier: ISC
"""System calls injected into live sessions: the filter in the kernel, not the one in the text, is what is tested."""

import pathlib
import signal
import subprocess

import pytest

import procfs
from waiting import continue_process, stop_process, wait_until

HIGH = 1 << 32
NR = {"read": 0, "write": 1, "open": 2, "close": 3, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
      "rt_sigaction": 13, "rt_sigreturn": 15, "ioctl": 16, "dup2": 33, "alarm": 37, "getpid": 39, "socket": 41,
      "connect": 42, "accept": 43, "sendto": 44, "recvfrom": 45, "sendmsg": 46, "recvmsg": 47, "shutdown": 48,
      "bind": 49, "setsockopt": 54, "clone": 56, "fork": 57, "execve": 59, "exit": 60, "kill": 62, "fcntl": 72,
      "ptrace": 101, "prctl": 157, "chroot": 161, "mount": 165, "gettid": 186, "tkill": 200, "clock_gettime": 228,
      "exit_group": 231, "tgkill": 234, "openat": 257, "unshare": 272, "accept4": 288, "prlimit64": 302, "setns": 308,
      "process_vm_writev": 311, "seccomp": 317, "memfd_create": 319, "bpf": 321, "execveat": 322, "pidfd_open": 434,
      "io_uring_setup": 425, "clone3": 435, "pidfd_getfd": 438, "setresuid": 117, "landlock_create_ruleset": 444}
ALLOWED = {"recvfrom", "sendto", "close", "kill", "exit_group"}
MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT, MSG_WAITALL, MSG_NOSIGNAL = 1, 2, 0x20, 0x40, 0x100, 0x4000
MSG_ERRQUEUE, MSG_FASTOPEN, MSG_ZEROCOPY = 0x2000, 0x20000000, 0x4000000
X32_BIT = 0x40000000

RECEIVE = (0, "buffer", 64, MSG_DONTWAIT, 0, 0)
SEND = (0, "buffer", 0, MSG_NOSIGNAL, 0, 0)


def changed(arguments, place, value):
    return (*arguments[:place], value, *arguments[place + 1 :])


def pinned_variants(arguments, values):
    """One call for each forbidden value of each pinned argument, and for junk above its low 32 bits."""
    for place, wrong in values.items():
        for value in (*wrong, (arguments[place] if isinstance(arguments[place], int) else 0) | HIGH):
            yield changed(arguments, place, value)


FORBIDDEN_RECEIVES = list(pinned_variants(RECEIVE, {
    0: (1, 2, 3, 0xFFFFFFFF), 3: (MSG_OOB, MSG_PEEK, MSG_DONTWAIT | MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_ERRQUEUE),
    4: (1, "buffer"), 5: (1, "buffer")}))
FORBIDDEN_SENDS = list(pinned_variants(SEND, {
    0: (1, 2, 3, 0xFFFFFFFF),
    3: (0, MSG_DONTWAIT, MSG_NOSIGNAL | MSG_OOB, MSG_NOSIGNAL | MSG_FASTOPEN, MSG_NOSIGNAL | MSG_ZEROCOPY),
    4: (1, "buffer"), 5: (1, 16)}))
FORBIDDEN_CLOSES = [(1,), (2,), (0xFFFFFFFF,), (HIGH,)]
KILL_PIDS = {"itself": lambda listener, session: session, "init": lambda listener, session: 1,
             "its group": lambda listener, session: 0, "everybody": lambda listener, session: (1 << 64) - 1,
             "the listeners group": lambda listener, session: (1 << 64) - listener,
             "high bits": lambda listener, session: listener | HIGH}
KILL_SIGNALS = [0, signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP, signal.SIGUSR2, signal.SIGUSR1 | HIGH]
I386_CALLS = {"getpid": 20, "exit": 1, "kill": 37, "close": 6, "socketcall": 102, "execve": 11, "exit_group": 252,
              "recvfrom": 371, "sendto": 369, "the number of recvfrom": 45, "the number of exit_group": 231}


@pytest.fixture(scope="module")
def helper(tmp_path_factory):
    program = tmp_path_factory.mktemp("inject") / "inject"
    source = pathlib.Path(__file__).with_name("inject.c")
    subprocess.run(["cc", "-D_GNU_SOURCE", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-o", program, source],
                   check=True)

    def inject(pid, call, *arguments):
        words = map(str, (*arguments, *[0] * (6 - len(arguments))))
        result = subprocess.run([program, str(pid), str(call), *words], capture_output=True, text=True, timeout=20,
                                check=False)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    return inject


@pytest.fixture(scope="module")
def daemon(module_server):
    return module_server("--penalty=0", "--crash-budget=0", "--max-per-source=0")


@pytest.fixture
def assert_killed(daemon, helper):
    """Injects into a fresh session, which must die of it, and the listener must know why."""

    def check(call, *arguments):
        client, session = daemon.serving()
        assert helper(session, call, *arguments) == "killed SYS"
        assert daemon.outcome(session) == "policy_violation"
        client.reset()

    return check


def test_injection_works_where_no_filter_is(helper):
    """Otherwise the deaths below would prove nothing; both ABIs are alive on this machine."""
    with subprocess.Popen(["sleep", "100"]) as victim:
        try:
            assert helper(victim.pid, NR["getpid"]) == f"returned {victim.pid}"
            assert helper(victim.pid, "i386:20") == f"returned {victim.pid}"
            assert helper(victim.pid, NR["close"], 12345) == "returned -9"
            assert victim.poll() is None
        finally:
            victim.kill()


@pytest.mark.parametrize("name", sorted(set(NR) - ALLOWED))
def test_session_cannot_call(assert_killed, name):
    assert_killed(NR[name])


@pytest.mark.parametrize("arguments", FORBIDDEN_RECEIVES, ids=str)
def test_session_receives_only_as_pinned(assert_killed, arguments):
    assert_killed(NR["recvfrom"], *arguments)


@pytest.mark.parametrize("arguments", FORBIDDEN_SENDS, ids=str)
def test_session_sends_only_as_pinned(assert_killed, arguments):
    assert_killed(NR["sendto"], *arguments)


@pytest.mark.parametrize("arguments", FORBIDDEN_CLOSES, ids=str)
def test_session_closes_only_its_connection(assert_killed, arguments):
    assert_killed(NR["close"], *arguments)


@pytest.mark.parametrize("target", KILL_PIDS)
def test_session_signals_only_its_listener(daemon, helper, target):
    _, session = daemon.serving()
    assert helper(session, NR["kill"], KILL_PIDS[target](daemon.pid, session), int(signal.SIGUSR1)) == "killed SYS"
    assert daemon.outcome(session) == "policy_violation"


@pytest.mark.parametrize("number", KILL_SIGNALS, ids=int)
def test_session_sends_only_the_done_signal(daemon, assert_killed, number):
    assert_killed(NR["kill"], daemon.pid, int(number))


@pytest.mark.parametrize("name", sorted(ALLOWED | {"getpid", "execve"}))
def test_session_cannot_use_x32_numbers(assert_killed, name):
    arguments = {"recvfrom": RECEIVE, "sendto": SEND}.get(name, ())
    assert_killed(NR[name] | X32_BIT, *arguments)


@pytest.mark.parametrize("name", I386_CALLS)
def test_session_cannot_use_the_i386_calls(assert_killed, name):
    assert_killed(f"i386:{I386_CALLS[name]}", *RECEIVE)


@pytest.mark.parametrize("number", [500, 599, 600, 1023, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000])
def test_session_cannot_use_unknown_numbers(assert_killed, number):
    assert_killed(number)


@pytest.mark.parametrize("flags", [0, MSG_DONTWAIT])
def test_session_may_receive(daemon, helper, flags):
    client, session = daemon.serving()
    stop_process(session)
    client.send(b"seven b")
    client.wait_unread(7)
    assert helper(session, NR["recvfrom"], *changed(RECEIVE, 3, flags)) == "returned 7"
    continue_process(session)
    client.ask()


def test_session_may_send(daemon, helper):
    client, session = daemon.serving()
    assert helper(session, NR["sendto"], *changed(SEND, 2, 5)) == "returned 5"
    assert len(client.receive(5)) == 5
    client.ask()


def test_session_may_close_its_connection(daemon, helper):
    client, session = daemon.serving()
    assert helper(session, NR["close"], 0) == "returned 0"
    client.receive_nothing()
    daemon.wait_event("close", session=session)


def test_session_may_send_the_done_signal(daemon, helper):
    client, session = daemon.serving()
    assert helper(session, NR["kill"], daemon.pid, int(signal.SIGUSR1)) == "returned 0"
    client.ask()


def test_session_may_exit(daemon, helper):
    _, session = daemon.serving()
    assert helper(session, NR["exit_group"], 0) == "exited 0"
    daemon.wait_event("close", session=session)


@pytest.mark.parametrize("name", ["openat", "execve", "socket", "connect", "setresuid", "setns", "mount", "chroot",
                                  "bpf", "ptrace", "unshare", "mprotect"])
def test_listener_cannot_call(server, helper, name):
    daemon = server()
    _, session = daemon.serving()
    assert helper(daemon.pid, NR[name]) == "killed SYS"
    assert daemon.wait() == -signal.SIGSYS
    wait_until(lambda: not procfs.alive(session), "the session ends with its listener")


def test_diagnose_names_the_call_before_the_session_ends(server, helper):
    daemon = server("--diagnose", "--penalty=0")
    client, session = daemon.serving()
    assert helper(session, NR["openat"]) == "signalled SYS"
    violation = daemon.wait_event("violation", session=session)
    assert (violation["client"], violation["syscall"], violation["number"]) == (client.name, "openat", "257")
    assert violation["arch"] in ("x86_64", "0xc000003e")
    assert daemon.outcome(session) == "policy_violation"


def test_traced_session_may_write_to_stderr_only(server, helper):
    daemon = server("--trace", "--penalty=0")
    _, session = daemon.serving()
    assert helper(session, NR["write"], 2, "buffer", 0) == "returned 0"
    assert helper(session, NR["write"], 0, "buffer", 0) == "killed SYS"
    assert daemon.outcome(session) == "policy_violation"

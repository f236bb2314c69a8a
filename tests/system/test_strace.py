# SPDX-License-Identifier: ISC
"""The order of a start and the whole life of a session, as strace sees the system calls."""

import re
import signal

import pytest

import kernel
from scrape import ask

AFTER_FILTER = {"recvfrom", "sendto", "close", "kill", "exit_group"}
CALL = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)(.*)")
UNFINISHED = re.compile(r"(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)$")
FILTER = re.compile(r"^SECCOMP_SET_MODE_FILTER")


class Call:
    """One system call of one process: name, arguments as text, result as text."""

    def __init__(self, pid, name, arguments, result):
        self.pid, self.name, self.arguments, self.result = int(pid), name, arguments, result

    @property
    def installs_filter(self):
        return self.name == "seccomp" and bool(FILTER.match(self.arguments)) and self.result == "0"

    def __repr__(self):
        return f"{self.name}({self.arguments}) = {self.result}"


def read_trace(path):
    """The calls of a trace in the order in which they began; a call that never returned has the result `?`."""
    calls, open_calls = [], {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if match := UNFINISHED.match(line):
            call = Call(match[1], match[2], match[3], "?")
            open_calls[call.pid] = call
            calls.append(call)
        elif match := RESUMED.match(line):
            call = open_calls.pop(int(match[1]))
            rest = re.match(r"(.*)\) += (-?\d+|0x[0-9a-f]+|\?)", match[3])
            if rest:
                call.arguments += rest[1]
                call.result = rest[2]
        elif match := CALL.match(line):
            calls.append(Call(match[1], match[2], match[3], match[4]))
        else:
            assert re.match(r"\d+ +(---|\+\+\+) ", line), f"strace wrote what this test cannot read: {line}"
    return calls


class Story:
    """What a daemon did from its start to its end, with the sessions of four kinds of clients and a scrape's cell."""

    def __init__(self, daemon, path):
        self.listener = daemon.pid
        quitter, leaver, sender, resetter = (daemon.serving() for _ in range(4))
        quitter[0].exchange(b"quit\nmore\n")
        leaver[0].close()
        assert sender[0].exchange(b"x" * 300000) == b"x" * 300000 + b"------k"
        resetter[0].reset()
        self.sessions = [session for _, session in (quitter, leaver, sender, resetter)]
        for session in self.sessions:
            daemon.wait_event("close", session=session)
        ask(daemon)
        self.sessions.append(int(daemon.wait_event("scrape")["cell"]))
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
        self.calls = read_trace(path)
        self.start = [call for call in self.calls if call.pid == self.listener]

    def of(self, pid):
        return [call for call in self.calls if call.pid == pid]

    def after_filter(self, session):
        calls = self.of(session)
        installs = [i for i, call in enumerate(calls) if call.installs_filter]
        assert len(installs) == 1, f"session {session} installed {len(installs)} filters"
        return calls[installs[0] + 1 :]

    def first(self, name, pattern="", result="0"):
        """The place in the listener's life of its first such call with that result (None: any but an error)."""
        for i, call in enumerate(self.start):
            if re.fullmatch(name, call.name) and re.search(pattern, call.arguments):
                if call.result == result or result is None and not call.result.startswith("-"):
                    return i
        raise AssertionError(f"the listener never did {name}({pattern}) = {result}")


@pytest.fixture(scope="module")
def story(module_server, tmp_path_factory):
    path = tmp_path_factory.mktemp("strace") / "trace"
    return Story(module_server("--metrics=127.0.0.1:0", "--log-level=debug", wrap=["strace", "-f", "-o", str(path), "--"]), path)


def test_session_uses_five_calls_after_its_filter(story):
    for session in story.sessions:
        assert {call.name for call in story.after_filter(session)} <= AFTER_FILTER


def test_session_signals_its_listener_exactly_once(story):
    for session in story.sessions:
        kills = [call for call in story.of(session) if call.name in ("kill", "tgkill", "tkill")]
        assert [(call.arguments, call.result) for call in kills] == [(f"{story.listener}, SIGUSR1", "0")]


def test_session_closes_then_signals_then_exits(story):
    for session in story.sessions:
        assert [call.name for call in story.after_filter(session)][-3:] == ["close", "kill", "exit_group"]


def test_session_reads_no_client_byte_before_its_filter(story):
    for session in story.sessions:
        calls = story.of(session)
        before = calls[: len(calls) - len(story.after_filter(session))]
        assert not [call for call in before if call.name in ("recvfrom", "recvmsg", "read", "readv", "recv")]


def test_session_clears_its_inheritance_before_its_filter(story):
    for session in story.sessions:
        before = [call for call in story.of(session) if call not in story.after_filter(session)]
        assert [call for call in before if call.name == "prctl" and "PR_SET_PDEATHSIG, SIGKILL" in call.arguments]
        assert [call for call in before if call.name == "getppid" and call.result == str(story.listener)]
        assert [call for call in before if call.name == "close_range" and call.arguments.startswith("1, ")]


START_ORDER = [
    ("a port is bound", ("bind", r"sin_port=htons", "0")),
    ("root is given up", ("setresuid|setuid", "", "0")),
    ("Landlock denies everything", ("landlock_restrict_self", "", "0")),
    ("the listener's filter is on", ("seccomp", "SECCOMP_SET_MODE_FILTER", "0")),
    ("the first client is accepted", ("accept4", "", None)),
]


@pytest.mark.parametrize("step", range(len(START_ORDER) - 1), ids=lambda i: START_ORDER[i + 1][0].replace(" ", "_"))
def test_start_keeps_its_order(story, step):
    (_, earlier), (_, later) = START_ORDER[step], START_ORDER[step + 1]
    assert story.first(*earlier) < story.first(*later)


GIVEN_UP_BEFORE_THE_FILTER = {
    "the groups": ("setgroups", r"^0, ", "0"),
    "the group": ("setresgid|setgid", "", "0"),
    "the root directory": ("chroot", "", "0"),
    "the network": ("unshare", "CLONE_NEWNET", "0"),
    "the mounts": ("unshare", "CLONE_NEWNS", "0"),
    "System V IPC": ("unshare", "CLONE_NEWIPC", "0"),
    "the host name": ("unshare", "CLONE_NEWUTS", "0"),
    "new privileges": ("prctl", "PR_SET_NO_NEW_PRIVS, 1", "0"),
    "being dumped": ("prctl", "PR_SET_DUMPABLE, (0|SUID_DUMP_DISABLE)", "0"),
    "writable code": ("prctl", "PR_SET_MDWE|0x41", "0"),
}


@pytest.mark.parametrize("what", GIVEN_UP_BEFORE_THE_FILTER)
def test_listener_gives_up_before_its_filter(story, what):
    if what == "writable code" and "mdwe" in kernel.too_old_for():
        assert not [call for call in story.start if "PR_SET_MDWE" in call.arguments and call.result == "0"]
        return
    assert story.first(*GIVEN_UP_BEFORE_THE_FILTER[what]) < story.first("seccomp", "SECCOMP_SET_MODE_FILTER")


@pytest.mark.parametrize("bit", ["NOROOT", "NO_SETUID_FIXUP", "NO_CAP_AMBIENT_RAISE"])
def test_secure_bits_are_set_and_locked(story, bit):
    last = [call for call in story.start if "PR_SET_SECUREBITS" in call.arguments and call.result == "0"][-1]
    assert {f"SECBIT_{bit}", f"SECBIT_{bit}_LOCKED"} <= set(re.split(r"[,| ]+", last.arguments))
    assert story.start.index(last) < story.first("setresuid|setuid")


def test_drop_is_proven_by_trying_to_undo_it(story):
    """After the drop the listener tries to become root again, and the kernel says no."""
    dropped = story.first("setresuid|setuid")
    attempts = [call for call in story.start[dropped + 1 :] if re.match(r"set(res|re)?uid", call.name)]
    refused = [call for call in attempts if call.result == "-1" and re.search(r"\b0\b", call.arguments)]
    assert refused


def test_listener_filter_is_installed_once(story):
    assert len([call for call in story.start if call.installs_filter]) == 1


SECUREBITS = {"SECBIT_NOROOT", "SECBIT_NOROOT_LOCKED", "SECBIT_NO_SETUID_FIXUP", "SECBIT_NO_SETUID_FIXUP_LOCKED",
              "SECBIT_NO_CAP_AMBIENT_RAISE", "SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED"}


def test_securebits_are_set_and_locked(story):
    """What was set last is what holds, and it was set while root could still do so."""
    calls = [(i, call.arguments.split(", ")[1]) for i, call in enumerate(story.start)
             if call.name == "prctl" and call.arguments.startswith("PR_SET_SECUREBITS") and call.result == "0"]
    last, bits = calls[-1]
    assert SECUREBITS <= set(bits.split("|"))
    assert last < story.first("setresuid|setuid")


def test_landlock_handles_files_and_allows_none(story):
    """A ruleset that handles nothing would deny nothing: the kernel takes it all the same."""
    made = story.first("landlock_create_ruleset", r"handled_access_fs=.*READ_FILE.*WRITE_FILE|WRITE_FILE.*READ_FILE", None)
    assert made < story.first("landlock_restrict_self")
    assert not any(call.name == "landlock_add_rule" for call in story.start)

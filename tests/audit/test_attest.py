# SPDX-License-Identifier: ISC
"""`seccomp-audit attest`, on real processes: it finds what is there, and nobody notices that it looked."""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tests/system"))
import procfs  # noqa: E402
from daemon import Daemon  # noqa: E402
from waiting import continue_process, stop_process, wait_until  # noqa: E402

ALLOW_ALL = struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)  # BPF_RET, SECCOMP_RET_ALLOW
SLEEPY = """@arch x86_64
@default kill-process
write: arg0 == 2
exit_group: allow
pause: allow
nanosleep: allow
poll: allow
futex: allow
"""
CALLS = {"sleep": 35, "poll": 7, "wait": 202}  # as numbers of x86-64, the machine that SLEEPY is for
SLEEPS = list(CALLS)
PTRACE_SEIZE = 0x4206


def compile_c(directory, name, *more):
    program = directory / name
    source = ROOT / "tests/audit" / f"{name}.c"
    subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", "-pthread",
                    f"-I{ROOT / 'src/audit'}", "-o", program, source, *more], check=True, timeout=120)
    return str(program)


@pytest.fixture(scope="session")
def confined(tmp_path_factory):
    """The path of the program that lives under the filters it is given."""
    assert os.geteuid() == 0, "reading filters needs root"
    return compile_c(tmp_path_factory.mktemp("confined"), "confined")


@pytest.fixture
def start(confined):
    """start(filter, …, action=(…)): a process under these filters, which has said that it is ready."""
    with contextlib.ExitStack() as ends:

        def end(process):
            if process.poll() is None:
                process.kill()
            process.communicate()

        def start(*filters, thread=(), action=("pause",), stdin=subprocess.DEVNULL):
            threads = [word for path in thread for word in ("-t", path)]
            process = subprocess.Popen([confined, *threads, *filters, "--", *action], stdin=stdin,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            ends.callback(end, process)
            assert process.stderr.readline() == b"ready\n", process.stderr.read()
            return process

        yield start


@pytest.fixture
def allow_all(tmp_path):
    path = tmp_path / "allow.bpf"
    path.write_bytes(ALLOW_ALL)
    return path


@pytest.fixture
def build(audit, tmp_path):
    """build(text or path, *options): the path of the policy and of its program."""

    def build(policy, *options):
        number = len(list(tmp_path.glob("*.bpf")))
        source, program = tmp_path / f"{number}.policy", tmp_path / f"{number}.bpf"
        source.write_text(policy if isinstance(policy, str) else policy.read_text())
        answer = audit("compile", source, "-o", program, *options)
        assert answer.returncode == 0, answer.stderr
        return source, program

    return build


@pytest.fixture
def daemon(tmp_path):
    """daemon(*options): an echocell under a name that no other process has."""
    with contextlib.ExitStack() as ends:
        name = f"ec{os.getpid()}"
        program = shutil.copy(os.environ["ECHOCELL"], tmp_path / name)

        def end(daemon):
            complaints = daemon.finish()
            assert not complaints, complaints

        def start(*options):
            daemon = Daemon([program, "-u", "65534", "--max-per-source=0", *options, "--listen=127.0.0.1:0"])
            daemon.name = name
            ends.callback(end, daemon)
            return daemon

        yield start


def attest(audit, *arguments):
    """The exit status and the one process of the answer."""
    answer = audit("attest", "--json", *arguments)
    assert len(answer.json) == 1, answer.stdout
    return answer.returncode, answer.json[0]


def together(process, thread=0):
    return process["stacks"][process["threads"][thread]["stack"]]["together"]


def await_sleep(process, call):
    """Until the process sleeps in a call of that number."""

    def asleep():
        with open(f"/proc/{process.pid}/syscall", encoding="ascii") as file:
            return file.read().split()[0] == str(call)

    wait_until(asleep, f"{process.pid} sleeps in call {call}")


def assert_free(pid):
    """Nobody traces it and nothing has stopped it."""
    status = procfs.status(pid)
    assert status["TracerPid"] == "0"
    assert status["State"][0] in "RS"


# ---- what it finds


def test_session_and_listener_equal_their_policies(audit, daemon):
    server = daemon()
    client, session = server.serving()
    status, found = attest(audit, session)
    assert (status, found["verdict"]) == (0, "EQUAL")
    filters = found["stacks"][0]["filters"]
    assert [(f["relation"], f["policy"], f["parameters"]) for f in filters] == [
        ("EQUAL", "listener", {"listener": server.pid}), ("EQUAL", "session", {"listener": server.pid})]
    assert (together(found)["relation"], together(found)["policy"]) == ("EQUAL", "session")
    assert found["facts"][0] == {"what": f"$listener = {server.pid}", "says": "its parent", "wrong": False}
    assert found["facts"][1]["says"].startswith("socket:") and not found["facts"][1]["wrong"]
    assert found["threads"] == [{"tid": session, "seccomp": 2, "no_new_privs": True,
                                 "call_began_anew": False, "stack": 0}]
    status, found = attest(audit, server.pid)
    assert (status, found["verdict"], together(found)["policy"]) == (0, "EQUAL", "listener")
    assert found["facts"] == [{"what": f"$listener = {server.pid}", "says": "the process itself", "wrong": False}]
    client.ask()


@pytest.mark.parametrize("option, policy, variant", [("--trace", "session-trace", ""),
                                                     ("--diagnose", "session", "trapping")])
def test_other_modes_are_known_for_what_they_are(audit, daemon, option, policy, variant):
    server = daemon(option)
    client, session = server.serving()
    for pid, name in ((session, policy), (server.pid, "listener")):
        status, found = attest(audit, pid)
        whole = together(found)
        assert (status, whole["relation"], whole["policy"]) == (0, "EQUAL", name)
        assert whole["variant"] == variant
    client.ask()


def test_text_says_the_same_as_json_without_colour(audit, daemon):
    server = daemon()
    _, session = server.serving()
    answer = audit("attest", session)
    assert answer.returncode == 0 and not answer.stderr
    assert f"together: EQUAL to session with $listener = {server.pid}\n" in answer.stdout
    assert "no_new_privs yes, seccomp filter\n" in answer.stdout
    assert f"$listener = {server.pid}: its parent\n" in answer.stdout
    assert "\033" not in answer.stdout


def test_a_given_policy_is_what_the_whole_stack_is_held_against(audit, daemon, policies):
    server = daemon()
    _, session = server.serving()
    status, found = attest(audit, session, f"--policy={policies / 'session.policy'}")
    assert (status, found["verdict"]) == (0, "EQUAL")
    assert [f["relation"] for f in found["stacks"][0]["filters"]] == ["WEAKER", "EQUAL"]


def test_another_policy_is_a_difference_with_a_witness(audit, daemon, policies):
    server = daemon()
    _, session = server.serving()
    listener = policies / "listener.policy"
    status, found = attest(audit, session, f"--policy={listener}")
    assert (status, found["verdict"]) == (1, "STRICTER")
    witness, = together(found)["witnesses"]
    assert (witness["difference"], witness["filters"], witness["policy"]) == ("stricter", "kill-process", "allow")
    told = audit("emulate", "--json", listener, witness["call"], *witness["args"],
                 f"--param=listener={together(found)['parameters']['listener']}").json
    assert (told["verdict"], told["line"]) == ("allow", witness["line"])
    text = audit("attest", session, f"--policy={listener}").stdout
    assert f"{listener}:{witness['line']}:" in text and "STRICTER than the nearest" in text


def test_every_changed_instruction_is_found_or_changes_nothing(audit, start, build, policies, tmp_path):
    """Each constant that a session's filter compares with or returns, off by one bit."""
    _, program = build(policies / "session.policy", f"--param=listener={os.getpid()}")
    original = program.read_bytes()
    relations = []
    for at in range(0, len(original), 8):
        code, true, false, k = struct.unpack_from("=HBBI", original, at)
        if code not in (0x15, 0x06) or k == 0:
            continue
        flipped = k ^ (0x00010000 if code == 0x06 and k == 0x7FFF0000 else 2)
        mutant = tmp_path / "mutant.bpf"
        mutant.write_bytes(original[:at] + struct.pack("=HBBI", code, true, false, flipped) + original[at + 8:])
        # In a thread that makes no call, a filter that allows the wrong ones harms nobody.
        process = start(thread=[mutant], action=("pause",))
        status, found = attest(audit, process.pid, f"--policy={policies / 'session.policy'}")
        process.kill()
        whole = together(found, thread=1)
        assert (status, found["verdict"]) == (1, "THREADS-DIFFER")
        relations.append((whole["relation"], whole["parameters"]["listener"]))
        assert bool(whole["witnesses"]) == (whole["relation"] != "EQUAL")
        assert all(w["filters"] != w["policy"] for w in whole["witnesses"])
    # The listener's number is a parameter, and was changed to another one; one constant tells numbers
    # of no call from others of no call.
    equal = {found for found in relations if found[0] == "EQUAL"}
    assert ("EQUAL", os.getpid() ^ 2) in equal and len(relations) - len(equal) > 5
    assert equal <= {("EQUAL", os.getpid() ^ 2), ("EQUAL", os.getpid())}


def test_filters_that_are_the_policy_only_together(audit, start, build):
    head = "@arch x86_64\n@default kill-process\nwrite: arg0 == 2\nexit_group: allow\nseccomp: allow\npause: allow\n"
    wanted, _ = build(head)
    _, first = build(head + "getpid: allow\n")
    _, second = build(head + "gettid: allow\n")
    process = start(first, second)
    status, found = attest(audit, process.pid, f"--policy={wanted}")
    assert (status, found["verdict"]) == (0, "EQUAL")
    assert [f["relation"] for f in found["stacks"][0]["filters"]] == ["WEAKER", "WEAKER"]
    oldest = found["stacks"][0]["filters"][0]["witnesses"][0]
    assert oldest["call"] == "getpid", "the filter that was installed first is filter 1"


@pytest.mark.parametrize("value", [1, 0xFFFFFFFF, 0x100000000, 0xFEDCBA9876543210])
def test_parameters_of_64_bits_are_recovered(audit, start, build, value):
    policy, program = build(SLEEPY + "@param $cookie: u64 in 0..0xffffffffffffffff\ngetpid: arg3 >= $cookie\n",
                            f"--param=cookie={value}")
    status, found = attest(audit, start(program).pid, f"--policy={policy}")
    assert (status, found["verdict"], together(found)["parameters"]) == (0, "EQUAL", {"cookie": value})


def test_a_wrong_parameter_is_found_in_the_right_program(audit, start, build, policies):
    _, program = build(policies / "session-trace.policy", "--param=listener=1")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = start(program, action=("receive",), stdin=theirs)
        status, found = attest(audit, process.pid)
        assert (status, found["verdict"], together(found)["relation"]) == (1, "WRONG-PARAMETER", "EQUAL")
        assert [fact["wrong"] for fact in found["facts"]] == [True, False]


def test_a_descriptor_that_is_no_socket_is_found(audit, start, build, policies):
    _, program = build(policies / "session-trace.policy", f"--param=listener={os.getpid()}")
    status, found = attest(audit, start(program, action=("spin",)).pid)
    assert (status, found["verdict"], together(found)["relation"]) == (1, "WRONG-PARAMETER", "EQUAL")
    assert [fact["wrong"] for fact in found["facts"]] == [False, True]


def test_a_process_without_filter_is_unconfined(audit, start):
    status, found = attest(audit, start().pid)
    assert (status, found["verdict"]) == (1, "UNCONFINED")
    assert found["threads"][0]["seccomp"] == 0 and together(found) is None


def test_no_new_privs_and_the_mode_are_shown_for_each_thread(audit, start, allow_all):
    _, found = attest(audit, start(allow_all).pid)
    assert [(t["seccomp"], t["no_new_privs"]) for t in found["threads"]] == [(2, True)]
    _, found = attest(audit, os.getpid())
    assert {(t["seccomp"], t["no_new_privs"]) for t in found["threads"]} == {(0, False)}


def test_threads_that_differ_are_a_finding(audit, start, build, allow_all):
    policy, program = build(SLEEPY)
    process = start(allow_all, thread=[program])
    status, found = attest(audit, process.pid, f"--policy={policy}")
    assert (status, found["verdict"]) == (1, "THREADS-DIFFER")
    assert [len(stack["filters"]) for stack in found["stacks"]] == [1, 2]
    assert (together(found, 0)["relation"], together(found, 1)["relation"]) == ("WEAKER", "EQUAL")
    unconfined = start(thread=[program])
    assert attest(audit, unconfined.pid, f"--policy={policy}")[1]["verdict"] == "THREADS-DIFFER"


def test_threads_that_agree_are_none(audit, start, build, allow_all):
    """The second thread starts under the filters of the first and adds none."""
    process = start(allow_all, thread=[os.devnull])
    policy, _ = build(SLEEPY)
    status, found = attest(audit, process.pid, f"--policy={policy}")
    assert (status, found["verdict"]) == (1, "WEAKER") and len(found["threads"]) == 2


def test_a_child_before_its_own_filter_is_not_yet_confined(audit, confined, policies, tmp_path):
    """The listener's filter names the listener's pid: so the process that gets it must be there first."""
    ready, gate = tmp_path / "listener.bpf", "read line; exec \"$0\" \"$1\" -- family"
    with subprocess.Popen(["sh", "-c", gate, confined, ready], stdin=subprocess.PIPE,
                          stderr=subprocess.PIPE) as parent:
        audit("compile", policies / "listener.policy", "-o", ready, f"--param=listener={parent.pid}")
        parent.stdin.write(b"\n")
        parent.stdin.flush()
        assert parent.stderr.readline() == b"ready\n"
        child, = wait_until(lambda: procfs.children(parent.pid), "the child")
        try:
            status, found = attest(audit, child)
            assert (status, found["verdict"]) == (1, "NOT-YET-CONFINED")
            status, found = attest(audit, child, f"--policy={policies / 'session.policy'}")
            assert (status, found["verdict"]) == (1, "NOT-YET-CONFINED")
            assert attest(audit, parent.pid)[1]["verdict"] == "EQUAL"
        finally:
            os.kill(child, signal.SIGKILL)
            parent.kill()


def test_all_walks_a_service(audit, daemon):
    server = daemon()
    sessions = [server.serving()[1] for _ in range(5)]
    answer = audit("attest", f"--all={server.name}")
    rows = [line.split() for line in answer.stdout.splitlines()]
    assert answer.returncode == 0 and rows[0][0] == "PID"
    assert {int(row[0]) for row in rows[1:]} == {server.pid, *sessions}
    for row in rows[1:]:
        listener = int(row[0]) == server.pid
        assert row[2:5] == (["1", "right", "listener"] if listener else ["2", "right", "session"])
        assert row[1] == str(os.getpid() if listener else server.pid) and row[-1] == "EQUAL"
    found = audit("attest", "--json", f"--all={server.name}").json
    assert {process["pid"] for process in found} == {server.pid, *sessions}


def test_a_finding_outweighs_what_could_not_be_seen(audit, start):
    """An unconfined process, and one that is gone: in either order."""
    unconfined, gone = start(), start()
    gone.kill()
    gone.wait()
    for pids in ((unconfined.pid, gone.pid), (gone.pid, unconfined.pid)):
        answer = audit("attest", "--json", *pids)
        assert answer.returncode == 1
        assert {process["verdict"] for process in answer.json} == {"UNCONFINED", "GONE"}
    assert audit("attest", "--all=confined").returncode == 1
    assert audit("attest", "--all=no-such-process").returncode == 3


# ---- what it does not do


def test_fifty_looks_cost_a_talking_client_nothing(audit, daemon):
    server = daemon()
    client, session = server.serving()
    done, verdicts = threading.Event(), []

    def look():
        try:
            for _ in range(50):
                verdicts.extend(p["verdict"] for p in audit("attest", "--json", session, server.pid).json)
        finally:
            done.set()

    watcher = threading.Thread(target=look)
    watcher.start()
    asked = 0
    while not done.is_set():
        client.ask(b"line %d" % asked)
        asked += 1
    watcher.join()
    assert verdicts == ["EQUAL"] * 100 and asked > 50
    client.send(b"quit\n")
    assert client.receive_all() == b""
    assert server.wait_event("close", session=session)["messages"] == str(asked + 1)
    assert server.outcome(session) == "quit"


def test_sessions_that_come_and_go_are_never_found_at_fault(audit, daemon):
    server = daemon()
    done = threading.Event()

    def knock():
        while not done.is_set():
            client = server.connect()
            client.ask()
            client.close()

    knocker = threading.Thread(target=knock)
    knocker.start()
    try:
        seen = {p["verdict"] for _ in range(15) for p in audit("attest", "--json", f"--all={server.name}").json}
    finally:
        done.set()
        knocker.join()
    assert "EQUAL" in seen and seen <= {"EQUAL", "GONE"}
    server.await_idle()
    assert {event["outcome"] for event in server.events("close")} <= {"eof", "reset"}


def test_a_stopped_session_stays_stopped(audit, daemon):
    server = daemon()
    client, session = server.serving()
    stop_process(session)
    assert attest(audit, session)[1]["verdict"] == "EQUAL"
    assert procfs.state(session) == "T"
    continue_process(session)
    client.ask()


def test_no_signal_is_lost(audit, start, allow_all):
    """Real-time signals queue: each one that was sent is handled, also one that arrives with the stop."""
    count = 200_000
    libc = ctypes.CDLL(None, use_errno=True)
    process = start(allow_all, action=("count", str(count)))

    def send():
        sent = 0
        while sent < count:
            sent += libc.sigqueue(process.pid, signal.SIGRTMIN, None) == 0  # EAGAIN: the queue is full

    sender = threading.Thread(target=send)
    sender.start()
    while sender.is_alive():
        assert audit("attest", process.pid).returncode in (1, 3)
    wait_until(lambda: process.poll() == 0, f"{count} signals have been handled")


@pytest.mark.parametrize("action", SLEEPS)
def test_a_sleeper_that_a_stop_would_kill_is_refused_and_lives(audit, start, build, action):
    policy, program = build(SLEEPY)
    process = start(program, action=(action, "700"))
    await_sleep(process, CALLS[action])
    answer = audit("attest", process.pid, f"--policy={policy}")
    assert answer.returncode == 3 and not answer.stdout
    assert answer.stderr.count("\n") == 1 and "restart_syscall" in answer.stderr and "--force" in answer.stderr
    assert_free(process.pid)
    assert process.stderr.readline() == b"done\n" and process.wait() == 0


@pytest.mark.parametrize("action", SLEEPS)
def test_force_attests_a_sleeper_and_it_lives(audit, start, build, action):
    policy, program = build(SLEEPY)
    process = start(program, action=(action, "700"))
    await_sleep(process, CALLS[action])
    status, found = attest(audit, process.pid, "--force", f"--policy={policy}")
    assert (status, found["verdict"]) == (0, "EQUAL")
    assert found["threads"][0]["call_began_anew"]
    assert process.stderr.readline() == b"done\n" and process.wait() == 0


@pytest.mark.parametrize("action", SLEEPS)
def test_a_sleeper_that_may_be_resumed_is_attested(audit, start, build, action):
    policy, program = build(SLEEPY + "restart_syscall: allow\n")
    process = start(program, action=(action, "700"))
    await_sleep(process, CALLS[action])
    status, found = attest(audit, process.pid, f"--policy={policy}")
    assert (status, found["verdict"]) == (0, "EQUAL")
    assert not found["threads"][0]["call_began_anew"]
    assert process.stderr.readline() == b"done\n" and process.wait() == 0


def test_an_interrupted_look_lets_go(audit, daemon):
    server = daemon()
    client, session = server.serving()
    for delay_ms in range(60):
        look = subprocess.Popen([audit.tool, "attest", str(session), str(server.pid)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            look.wait(delay_ms / 1000)
        look.send_signal(signal.SIGKILL if delay_ms % 2 else signal.SIGINT)
        look.wait()
        assert_free(session)
        client.ask()
    assert_free(server.pid)
    server.serving()


def test_a_process_in_uninterruptible_sleep_is_refused_and_unharmed(audit, start, allow_all):
    process = start(allow_all, action=("vfork",), stdin=subprocess.PIPE)
    wait_until(lambda: procfs.state(process.pid) == "D", "it sleeps in vfork")
    answer = audit("attest", process.pid)
    assert answer.returncode == 3 and "uninterruptibly" in answer.stderr
    assert procfs.status(process.pid)["TracerPid"] == "0"
    process.stdin.close()
    assert process.stderr.readline() == b"done\n" and process.wait() == 0
    process.stdin = None


# ---- what it says when it may not look


def test_an_ordinary_user_is_told_about_cap_sys_admin(audit, start, allow_all, tmp_path_factory):
    directory = tmp_path_factory.mktemp("public")
    for path in (directory, directory.parent, directory.parent.parent):
        path.chmod(0o755)
    tool = shutil.copy(audit.tool, directory)
    process = start(allow_all)
    answer = audit("attest", process.pid, program=tool, wrap=("setpriv", "--reuid=65534", "--clear-groups"))
    assert (answer.returncode, answer.stdout) == (3, "") and "CAP_SYS_ADMIN" in answer.stderr
    answer = audit("attest", process.pid, wrap=("unshare", "--user", "--map-root-user"))
    assert answer.returncode == 3 and "first user namespace" in answer.stderr
    answer = audit("attest", process.pid, wrap=("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"))
    assert answer.returncode == 3 and "CAP_SYS_ADMIN" in answer.stderr
    wrap = ("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace")
    answer = audit("attest", process.pid, wrap=wrap)
    assert answer.returncode == 3 and "CAP_SYS_PTRACE" in answer.stderr
    assert_free(process.pid)


def test_under_seccomp_itself_it_says_so(audit, start, confined, allow_all):
    answer = audit("attest", start(allow_all).pid, wrap=(confined, allow_all, "--", "exec"))
    assert answer.returncode == 3 and "under seccomp itself" in answer.stderr


def test_a_traced_process_is_left_to_its_tracer(audit, start, allow_all):
    process = start(allow_all)
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.ptrace(PTRACE_SEIZE, process.pid, None, None) == 0
    answer = audit("attest", process.pid)
    assert answer.returncode == 3 and f"already traced, by process {os.getpid()}" in answer.stderr


def test_who_is_gone_or_no_process_is_said(audit):
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert "has ended" in audit("attest", process.pid).stderr
        process.wait()
    answer = audit("attest", process.pid)
    assert answer.returncode == 3 and f"no process {process.pid}" in answer.stderr
    holder = threading.Event()
    thread = threading.Thread(target=holder.wait)
    thread.start()
    answer = audit("attest", thread.native_id)
    holder.set()
    assert answer.returncode == 3 and f"is a thread of process {os.getpid()}" in answer.stderr


@pytest.mark.parametrize("arguments", [(), ("0",), ("-1",), ("1x",), ("99999999999",), ("1", "--all=x"),
                                       ("1", "--policy=/nonexistent"), ("1", "--trap")])
def test_bad_command_lines_are_refused(audit, arguments):
    answer = audit("attest", *arguments)
    assert answer.returncode == 2 and not answer.stdout and answer.stderr


def test_a_pinned_process_is_never_taken_for_another_of_its_number(tmp_path):
    program = compile_c(tmp_path, "reused", str(ROOT / "src/audit/process.c"))
    assert subprocess.run([program], capture_output=True, text=True, check=True, timeout=60).stdout == "pinned\n"

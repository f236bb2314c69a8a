# SPDX-License-Identifier: ISC
"""What listener and session are confined to, as the kernel tells it of the live processes in /proc."""

import os
import stat

import pytest

import kernel
import procfs
from peers import privileged_port

USER, GROUP = 54321, 54322
GIVEN = "+net_bind_service,+sys_chroot,+setuid,+dac_override"
SECRET = "hunter2-never-shown"
LAYERS = set("identity groups capabilities securebits root netns ipcns utsns mountns no_new_privs nodump mdwe landlock "
             "landlock_scope listener_filter session_filter session_limits".split())
CAPABILITY_SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
SESSION_LIMITS = ("Max open files", "Max processes", "Max file size", "Max core file size", "Max locked memory",
                  "Max msgqueue size")


@pytest.fixture(scope="module")
def daemon(module_server):
    """On a privileged port, with everything in its inheritance that it has to get rid of."""
    environment = {**os.environ, "SECRET_OF_THE_OPERATOR": SECRET}
    capabilities = ["setpriv", "--inh-caps", GIVEN, "--ambient-caps", GIVEN, "--"]
    return module_server(f"--user={USER}:{GROUP}", "--max-per-source=0", listen=[f"127.0.0.1:{privileged_port()}"],
                         env=environment, extra_groups=[4, 27], wrap=capabilities)


@pytest.fixture(scope="module")
def session(daemon):
    return daemon.serving()[1]


@pytest.fixture(params=["listener", "session"])
def cell(request, daemon, session):
    """The pid of each of the two kinds of process that network input reaches."""
    return daemon.pid if request.param == "listener" else session


def test_it_serves_a_privileged_port(daemon):
    assert daemon.address[1] < 1024
    daemon.connect().ask()


def test_all_ids_are_the_unprivileged_users(cell, daemon):
    status = procfs.status(cell)
    assert status["Uid"].split() == [str(USER)] * 4
    assert status["Gid"].split() == [str(GROUP)] * 4
    assert (daemon.listening["uid"], daemon.listening["gid"]) == (str(USER), str(GROUP))


def test_no_supplementary_group_is_kept(cell):
    assert procfs.status(cell)["Groups"] == ""


@pytest.mark.parametrize("capability_set", CAPABILITY_SETS)
def test_capability_sets_are_empty(cell, capability_set):
    assert int(procfs.status(cell)[capability_set], 16) == 0


def test_new_privileges_are_impossible(cell):
    assert procfs.status(cell)["NoNewPrivs"] == "1"


def test_filters_are_installed(daemon, session):
    for pid, filters in ((daemon.pid, "1"), (session, "2")):
        status = procfs.status(pid)
        assert (status["Seccomp"], status["Seccomp_filters"]) == ("2", filters)


def test_there_is_one_thread(cell):
    assert procfs.status(cell)["Threads"] == "1"


def test_root_is_an_empty_deleted_directory(cell):
    root = f"/proc/{cell}/root"
    assert os.listdir(root) == []
    assert os.stat(root).st_nlink == 0
    with pytest.raises(FileNotFoundError):
        os.close(os.open(f"{root}/new", os.O_CREAT | os.O_WRONLY, 0o600))


def test_working_directory_is_the_empty_root(cell):
    assert os.path.samestat(os.stat(f"/proc/{cell}/cwd"), os.stat(f"/proc/{cell}/root"))


@pytest.mark.parametrize("kind", ["net", "ipc", "uts", "mnt"])
def test_namespaces_are_private(daemon, session, kind):
    listener = procfs.namespace(daemon.pid, kind)
    assert listener != procfs.namespace("self", kind)
    assert procfs.namespace(session, kind) == listener


def test_session_has_the_connection_and_nothing_else(daemon):
    client, session = daemon.serving()
    descriptors = procfs.descriptors(session)
    assert list(descriptors) == [0]
    ends = [procfs.socket_word(daemon.address), procfs.socket_word(client.local)]
    with open("/proc/net/tcp", encoding="ascii") as table:
        inodes = {words[9] for words in map(str.split, table) if words[1:3] == ends}
    assert descriptors[0].removeprefix("socket:").strip("[]") in inodes


def test_traced_session_has_stderr_besides(server):
    daemon = server("--trace")
    _, session = daemon.serving()
    descriptors = procfs.descriptors(session)
    assert sorted(descriptors) == [0, 2]
    assert descriptors[2] == f"pipe:[{os.fstat(daemon.process.stderr.fileno()).st_ino}]"


def test_listener_has_its_socket_its_log_and_nothing_else(daemon):
    """The other /dev/null keep the places of a refused client, of the service manager and of the metrics."""
    descriptors = procfs.descriptors(daemon.pid)
    log = f"pipe:[{os.fstat(daemon.process.stderr.fileno()).st_ino}]"
    socket = descriptors.pop(6)
    null = dict.fromkeys((0, 1, 3, 5), "/dev/null")
    assert descriptors == {**null, 2: log, 4: "anon_inode:[signalfd]"}
    with open("/proc/net/tcp", encoding="ascii") as table:
        ends = [procfs.socket_word(daemon.address), procfs.socket_word(("0.0.0.0", 0))]
        assert socket in {f"socket:[{words[9]}]" for words in map(str.split, table) if words[1:3] == ends}


@pytest.mark.parametrize("limit", SESSION_LIMITS)
def test_session_limits_are_zero(session, limit):
    assert procfs.limits(session)[limit] == ("0", "0")


def test_processes_are_not_dumpable(cell):
    """The files of a dumpable process belong to its user, those of any other one to root."""
    for name in ("fd", "mem", "maps", "environ"):
        found = os.stat(f"/proc/{cell}/{name}")
        assert (found.st_uid, found.st_gid) == (0, 0), name
    assert stat.S_IMODE(os.stat(f"/proc/{cell}/fd").st_mode) & 0o077 == 0


def test_environment_is_gone_from_memory(cell):
    with open(f"/proc/{cell}/environ", "rb") as file:
        assert SECRET.encode() not in file.read()
    assert procfs.memory_holds(cell, SECRET.encode()) == []


def test_memory_search_finds_what_is_there(daemon):
    """The search of the test above works: the session's memory does hold what its client has said."""
    client, session = daemon.serving()
    client.ask(b"marker-in-the-buffer")
    assert procfs.memory_holds(session, b"marker-in-the-buffer")


def test_no_session_holds_what_another_client_said(daemon):
    first, _ = daemon.serving()
    first.ask(b"words-of-the-first-client")
    _, session = daemon.serving()
    assert procfs.memory_holds(session, b"words-of-the-first-client") == []
    assert procfs.memory_holds(daemon.pid, b"words-of-the-first-client") == []


def test_session_is_a_child_of_the_listener(daemon, session):
    assert procfs.status(session)["PPid"] == str(daemon.pid)


def test_session_handles_ignores_and_blocks_no_signal(session):
    status = procfs.status(session)
    assert [int(status[name], 16) for name in ("SigCgt", "SigIgn", "SigBlk", "SigPnd", "ShdPnd")] == [0] * 5


def test_no_memory_is_writable_and_executable(cell):
    mappings = list(procfs.maps(cell))
    assert mappings
    assert [mapping for mapping in mappings if {"w", "x"} <= set(mapping.perms)] == []


def test_sessions_share_only_the_ledger(daemon):
    """Each has one page of it, and no two have the same."""
    sessions = [daemon.serving()[1] for _ in range(4)]
    shared = [[mapping for mapping in procfs.maps(session) if "s" in mapping.perms] for session in sessions]
    assert [[mapping.end - mapping.start for mapping in own] for own in shared] == [[os.sysconf("SC_PAGE_SIZE")]] * 4
    assert len({own[0].start for own in shared}) == 4


def test_every_layer_is_reported_active_as_root(daemon):
    too_old = kernel.too_old_for()
    assert set(daemon.listening["layers"].split(",")) == LAYERS - too_old
    assert set(daemon.listening["missing"].replace("-", "").split(",")) - {""} == too_old


def test_default_user_is_never_root(server):
    daemon = server()
    _, session = daemon.serving()
    for pid in (daemon.pid, session):
        status = procfs.status(pid)
        assert "0" not in status["Uid"].split() + status["Gid"].split()
        assert status["Groups"] == ""


def test_session_is_closed_to_its_own_user(session):
    """A process of the same user may not trace or read the session: it is not dumpable."""
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setresgid(GROUP, GROUP, GROUP)
        os.setresuid(USER, USER, USER)
        try:
            with open(f"/proc/{session}/mem", "rb"):
                os._exit(1)
        except PermissionError:
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0

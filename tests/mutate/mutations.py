# SPDX-License-Identifier: ISC
"""The mutations: what is broken, and which tests must notice."""

from dataclasses import dataclass, field

# (file, text that stands there exactly once, what to write in its place)
Edit = tuple[str, str, str]


@dataclass
class Mutation:
    name: str
    edits: list[Edit]
    system: list[str] = field(default_factory=list)  # pytest selections below tests/system
    unit: list[str] = field(default_factory=list)    # meson tests, in the sanitized build
    policy: list[str] = field(default_factory=list)  # meson tests, in the production build
    refused: bool = False                            # the start itself must refuse (status 70)
    build_fails: bool = False                        # the build itself must refuse


D = "src/echocell/"
CONFINEMENT = "test_confinement.py"
STRACE = "test_strace.py"
INJECTION = "test_injection.py"
ROBUSTNESS = "test_robustness.py"
CLASSROOM = "test_classroom.py"
PROTOCOLS = "test_protocols.py"
LIMITS = "test_limits.py"
SECRETS = "test_secrets.py"

# The start's own checks, switched off: what is left are the tests that look from outside.
BLIND: list[Edit] = [
    (D + "verify.c", "if ((promised & ~holds & LAYER_BIT(i)) != 0)",
     "if ((promised & ~holds & LAYER_BIT(i)) != 0 && getpid() < 0)"),
    (D + "verify.c", "if (undone != NULL)", "if (undone != NULL && getpid() < 0)"),
    (D + "ready.c", "if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)",
     "if (getpid() > 0 || WIFSIGNALED(status))"),
]

LAYERS = [
    Mutation("identity is kept",
             [(D + "privilege.c", "capng_change_id((int)identity->uid, (int)identity->gid,",
               "capng_change_id(-1, (int)identity->gid,")],
             [CONFINEMENT + "::test_all_ids_are_the_unprivileged_users"], refused=True),
    Mutation("group is kept",
             [(D + "privilege.c", "capng_change_id((int)identity->uid, (int)identity->gid,",
               "capng_change_id((int)identity->uid, -1,")],
             [CONFINEMENT + "::test_all_ids_are_the_unprivileged_users"], refused=True),
    Mutation("supplementary groups are kept",
             [(D + "privilege.c", "CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING",
               "CAPNG_CLEAR_BOUNDING")],
             [CONFINEMENT + "::test_no_supplementary_group_is_kept"]),
    Mutation("bounding set is kept",
             [(D + "privilege.c", "CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING",
               "CAPNG_DROP_SUPP_GRP")],
             [CONFINEMENT + "::test_capability_sets_are_empty"], refused=True),
    Mutation("one capability is kept",
             [(D + "privilege.c", "    must(capng_lock() == 0",
               "    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_KILL);\n"
               "    must(capng_lock() == 0")],
             [CONFINEMENT + "::test_capability_sets_are_empty"], refused=True),
    Mutation("securebits are not locked",
             [(D + "securebits.h", "SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED", "0")],
             [STRACE + "::test_securebits_are_set_and_locked"]),
    Mutation("securebits are not set",
             [(D + "privilege.c", "prctl(PR_SET_SECUREBITS, SECUREBITS_LOCKED_DOWN, 0, 0, 0) == 0",
               "true")],
             [STRACE + "::test_securebits_are_set_and_locked"], refused=True),
    Mutation("root directory stays",
             [(D + "privilege.c", "must(gone && chroot(\".\") == 0", "must(gone && chdir(\"/\") == 0")],
             [CONFINEMENT + "::test_root_is_an_empty_deleted_directory"], refused=True),
    Mutation("root directory is not deleted",
             [(D + "privilege.c", "gone = rmdir(path) == 0 && gone;", "gone = path[0] == '/' && gone;")],
             [CONFINEMENT + "::test_root_is_an_empty_deleted_directory"], refused=True),
    *(Mutation(f"{flag} is shared",
               [(D + "privilege.c", "CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS",
                 " | ".join({"CLONE_NEWNET", "CLONE_NEWIPC", "CLONE_NEWUTS", "CLONE_NEWNS"} - {flag})),
                *([(D + "privilege.c",
                    "must(sethostname(\"echocell\", strlen(\"echocell\")) == 0, \"host name\", "
                    "\"CAP_SYS_ADMIN\");", "")] if flag == "CLONE_NEWUTS" else [])],
               [CONFINEMENT + "::test_namespaces_are_private"], refused=True)
      for flag in ("CLONE_NEWNET", "CLONE_NEWIPC", "CLONE_NEWUTS", "CLONE_NEWNS")),
    Mutation("process is dumpable",
             [(D + "confine.c", "prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)", "prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)")],
             [CONFINEMENT + "::test_processes_are_not_dumpable"], refused=True),
    Mutation("memory may become executable",
             [(D + "confine.c", "prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0",
               "getpid() > 0")],
             [CONFINEMENT, STRACE], refused=True),
    Mutation("Landlock is not entered",
             [(D + "landlock.c", "syscall(SYS_landlock_restrict_self, ruleset, 0L) != 0",
               "close_range(~0U, ~0U, 0) != 0")],
             [STRACE], refused=True),
    Mutation("Landlock has no scope",
             [(D + "landlock.c", "{{(1U << 16) - 1, 3, 3}, 24}", "{{(1U << 16) - 1, 3, 0}, 24}")],
             refused=True),
    Mutation("Landlock has no signal scope",
             [(D + "landlock.c", "{{(1U << 16) - 1, 3, 3}, 24}", "{{(1U << 16) - 1, 3, 1}, 24}")],
             refused=True),
    Mutation("Landlock leaves ports open",
             [(D + "landlock.c", "{{(1U << 16) - 1, 3, 3}, 24}", "{{(1U << 16) - 1, 0, 3}, 24}")],
             refused=True),
    Mutation("Landlock leaves reading open",
             [(D + "landlock.c", "{{(1U << 16) - 1, 3, 3}, 24}", "{{(1U << 16) - 13, 3, 3}, 24}")],
             refused=True),
    Mutation("listener has no filter",
             [(D + "ready.c", "    error = filter_install(&listener);\n", "")],
             [CONFINEMENT + "::test_filters_are_installed", INJECTION + "::test_listener_cannot_call"]),
    Mutation("session has no filter",
             [(D + "session.c", "    must(SETUP_FILTER, filter_install(&plan->filter));\n", "")],
             [CONFINEMENT + "::test_filters_are_installed"]),
    Mutation("session is served before its filter",
             [(D + "session.c", "    must(SETUP_FILTER, filter_install(&plan->filter));\n",
               "    enum outcome early = serve(&protocol, page);\n"
               "    must(SETUP_FILTER, filter_install(&plan->filter));\n"
               "    farewell(plan->listener, early);\n")],
             [STRACE]),
    *(Mutation(f"{name} is not limited",
               [(D + "rlimits.c", f"zero({name})", "0")],
               [CONFINEMENT + "::test_session_limits_are_zero"])
      for name in ("RLIMIT_NPROC", "RLIMIT_FSIZE")),
    Mutation("RLIMIT_NOFILE is not limited", [(D + "rlimits.c", "zero(RLIMIT_NOFILE)", "0")],
             [CONFINEMENT + "::test_session_limits_are_zero"], refused=True),
    Mutation("core files are not limited", [(D + "rlimits.c", "RLIMIT_CORE,", "")],
             [CONFINEMENT + "::test_session_limits_are_zero"]),
]

SESSIONS = [
    Mutation("session outlives its listener",
             [(D + "session.c", "    must(SETUP_PARENT, die_with_listener(plan->listener));\n", "")],
             [ROBUSTNESS + "::test_killed_listener_leaves_no_session_and_a_free_port"]),
    Mutation("session keeps the listener's descriptors",
             [(D + "session.c", "close_range(CONNECTION_FD + 1, ~0U, 0)", "0")],
             [CONFINEMENT + "::test_session_has_the_connection_and_nothing_else"]),
    Mutation("session keeps the whole ledger",
             [(D + "session.c", "    must(SETUP_LEDGER, ledger_keep_only(&plan->ledger, slot));\n", "")],
             [CONFINEMENT + "::test_sessions_share_only_the_ledger"]),
    Mutation("session inherits the listener's memory",
             [(D + "private.c", "madvise(memory, bytes, MADV_DONTFORK) != 0 || ", "")],
             [SECRETS + "::test_no_session_knows_the_address_of_another_client"]),
    Mutation("sessions share a stack canary",
             [(D + "session.c", "    must(SETUP_CANARY, canary_renew());\n", "")],
             [SECRETS + "::test_each_session_has_a_stack_canary_of_its_own"]),
    Mutation("session keeps the signal mask",
             [(D + "session.c", "    must(SETUP_MASK, empty_mask());\n", "")],
             [CONFINEMENT + "::test_session_handles_ignores_and_blocks_no_signal"]),
    Mutation("session keeps the dispositions",
             [(D + "session.c", "    must(SETUP_DISPOSITIONS, default_dispositions());\n", "")],
             [CONFINEMENT + "::test_session_handles_ignores_and_blocks_no_signal"]),
    Mutation("session stays in the terminal's process group",
             [(D + "session.c", "    must(SETUP_GROUP, result(setpgid(0, 0)));\n", "")],
             [SECRETS + "::test_keyboard_interrupt_drains_and_ends_no_session"]),
    Mutation("no session timeout",
             [(D + "session.c", "    must(SETUP_ALARM, set_alarm(plan->session_timeout_ms));\n", "")],
             [ROBUSTNESS + "::test_busy_client_meets_the_session_timeout_only"]),
    Mutation("no idle timeout",
             [(D + "session.c", "SO_RCVTIMEO, &idle, sizeof(idle)", "SO_RCVLOWAT, &on, sizeof(on)")],
             [ROBUSTNESS + "::test_silent_client_meets_the_idle_timeout"]),
    Mutation("no send timeout",
             [(D + "session.c", "SO_SNDTIMEO, &send, sizeof(send)", "SO_KEEPALIVE, &on, sizeof(on)")],
             [ROBUSTNESS + "::test_deaf_client_meets_the_send_timeout"]),
    Mutation("no done-signal",
             [(D + "session.c", "    syscall(SYS_kill, (long)listener, (long)SIGUSR1);\n",
               "    (void)listener;\n")],
             [STRACE + "::test_session_signals_its_listener_exactly_once"]),
    Mutation("signal before close",
             [(D + "session.c",
               "    syscall(SYS_close, (long)CONNECTION_FD);\n"
               "    syscall(SYS_kill, (long)listener, (long)SIGUSR1);\n",
               "    syscall(SYS_kill, (long)listener, (long)SIGUSR1);\n"
               "    syscall(SYS_close, (long)CONNECTION_FD);\n")],
             [STRACE + "::test_session_closes_then_signals_then_exits"]),
    Mutation("recv ends on EINTR",
             [(D + "transport.c", "        if (got >= 0)\n            return got;\n        if (errno != EINTR)\n",
               "        if (got >= 0)\n            return got;\n        if (errno != 0)\n")],
             [ROBUSTNESS + "::test_stopped_session_goes_on_where_it_was"]),
    Mutation("partial sends are not finished",
             [(D + "serve.c", "        length -= (size_t)sent;\n", "        length = 0;\n")],
             unit=["serve"]),
    Mutation("nothing is drained behind quit",
             [(D + "serve.c", "            drain(entry);\n", "")],
             [PROTOCOLS + "::test_quit_with_data_waiting_behind_it_gives_fin_not_rst"]),
    Mutation("drain without a bound",
             [(D + "serve.c", "            looks--;\n", "            looks += entry->sent == 1;\n")],
             [PROTOCOLS + "::test_quit_ends_a_client_that_keeps_its_side_open"]),
]

LISTENER = [
    Mutation("one wait a signal",
             [(D + "reap.c", "        if (slot != REGISTRY_NONE)\n            bury(server, slot, status);\n",
               "        if (slot != REGISTRY_NONE)\n            bury(server, slot, status);\n        return;\n")],
             [CLASSROOM + "::test_zombies_never_remain_when_a_crowd_quits_at_once"]),
    Mutation("SIGUSR1 is not taken",
             [(D + "environment.c", "SIGCHLD, SIGUSR1, SIGUSR2", "SIGCHLD, SIGUSR2")],
             [CLASSROOM]),
    Mutation("SIGCHLD stays ignored",
             [(D + "environment.c", "        sigaction(number, &action, NULL);\n",
               "        if (number != SIGCHLD)\n            sigaction(number, &action, NULL);\n")],
             [ROBUSTNESS + "::test_odd_inheritance_changes_nothing"]),
    Mutation("stray descriptors are kept",
             [(D + "environment.c", "close_range(3, ~0U, 0)", "close_range(~0U, ~0U, 0)")],
             [ROBUSTNESS + "::test_odd_inheritance_changes_nothing"]),
    Mutation("closed standard descriptors stay closed",
             [(D + "environment.c", "        if (fcntl(fd, F_GETFD) >= 0)\n", "        if (fd >= 0)\n")],
             [ROBUSTNESS + "::test_closed_standard_descriptors_change_nothing"]),
    Mutation("variables are inherited",
             [(D + "environment.c", "    wipe_variables();\n", "    (void)wipe_variables;\n")],
             [CONFINEMENT + "::test_environment_is_gone_from_memory"]),
    Mutation("port is not free after a restart",
             [(D + "listener.c", "SO_REUSEADDR, &on", "SO_KEEPALIVE, &on")],
             [ROBUSTNESS + "::test_restart_with_open_connections_can_bind_at_once"]),
    Mutation("IPv6 socket takes IPv4",
             [(D + "listener.c", "const int on = 1;", "const int on = 1;\n    const int off = 0;"),
              (D + "listener.c", "IPV6_V6ONLY, &on, sizeof(on)", "IPV6_V6ONLY, &off, sizeof(off)")],
             [PROTOCOLS + "::test_ipv6_listener_does_not_take_ipv4"]),
    Mutation("no cap on sessions",
             [(D + "accept.c", "        return REJECT_MAX_SESSIONS;\n", "        return REJECT_FORK;\n")],
             [LIMITS + "::test_session_cap_closes_at_once_and_says_so"]),
    Mutation("drain limit is not kept",
             [(D + "server.c", "server->now_ms >= server->drain_until_ms", "server->now_ms == 0")],
             [ROBUSTNESS + "::test_drain_limit_kills_what_remains"]),
    Mutation("crash is no offence",
             [(D + "outcome.c", "return outcome == OUTCOME_CRASH ||", "return")],
             [LIMITS + "::test_crash_is_penalised_for_its_source_only"]),
    Mutation("penalties never end",
             [(D + "sources.c", "if (source->punished_until_ms > now_ms)\n            return SOURCE_PUNISHED",
               "if (source->punished_until_ms > 0)\n            return SOURCE_PUNISHED")],
             unit=["sources"]),
    Mutation("exempt sources are counted",
             [(D + "accept.c", "if (is_exempt(server->options, client))", "if (false && is_exempt(server->options, client))")],
             [LIMITS + "::test_exempt_source_has_no_cap_and_no_penalty"]),
    Mutation("ledger is believed",
             [(D + "ledger.c", "    *honest = false;\n    return limit;\n", "    *honest = true;\n    return value;\n")],
             unit=["ledger"]),
    Mutation("trace is not escaped",
             [(D + "trace.c", "bytes[i] >= 0x20 && bytes[i] < 0x7f", "bytes[i] >= 0x00")],
             [CLASSROOM + "::test_trace_shows_each_message_escaped"]),
    Mutation("messages are always traced",
             [(D + "server.c", ".trace = options->trace", ".trace = true")],
             [CLASSROOM + "::test_messages_are_not_in_the_log_without_trace"]),
]

POLICIES = [
    Mutation("session may call one more",
             [("policy/session.policy", "exit_group: allow\n", "exit_group: allow\nexit: allow\n")],
             policy=["--suite", "policy"]),
    Mutation("session may receive from any descriptor",
             [("policy/session.policy", "recvfrom: arg0 == 0 && arg3", "recvfrom: arg3")],
             policy=["--suite", "policy"]),
    Mutation("session may send to an address",
             [("policy/session.policy", "MSG_NOSIGNAL && arg4 == 0 && arg5 == 0", "MSG_NOSIGNAL && arg5 == 0")],
             policy=["--suite", "policy"]),
    Mutation("session may send any signal",
             [("policy/session.policy", " && arg1 == SIGUSR1", "")], policy=["--suite", "policy"]),
    Mutation("session may signal the half-equal",
             [("policy/session.policy", "kill: arg0 == $listener", "kill: arg0:u32 == $listener")],
             policy=["--suite", "policy"]),
    Mutation("session gets an error, not the end",
             [("policy/session.policy", "@default kill-process", "@default return EPERM")],
             policy=["--suite", "policy"]),
    Mutation("x32 and foreign calls get an error",
             [("policy/session.policy", "@badarch kill-process", "@badarch return ENOSYS")],
             policy=["--suite", "policy"]),
    Mutation("trace policy allows more",
             [("policy/session-trace.policy", "write: arg0 == 2\n", "write: arg0 == 2\nread: arg0 == 2\n")],
             policy=["--suite", "policy"]),
    Mutation("trace writes anywhere",
             [("policy/session-trace.policy", "write: arg0 == 2\n", "write: allow\n")],
             policy=["--suite", "policy"]),
    Mutation("policy with a misspelt call",
             [("policy/session.policy", "recvfrom:", "recvform:")], build_fails=True),
]

MUTATIONS = LAYERS + SESSIONS + LISTENER + POLICIES

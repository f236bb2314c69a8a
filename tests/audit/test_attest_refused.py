# SPDX-License-Identifier: ISC
"""What `seccomp-audit attest` says when it may not look, or is asked for nonsense."""

import ctypes
import os
import shutil
import subprocess
import threading

import pytest

from processes import allow_all, build, confined, daemon, start  # noqa: F401 (fixtures)
from processes import PTRACE_SEIZE, ROOT, assert_free, compile_c


def test_an_ordinary_user_is_told_about_cap_sys_admin(audit, start, allow_all, tmp_path_factory):
    directory = tmp_path_factory.mktemp("public")
    for path in (directory, directory.parent, directory.parent.parent):
        path.chmod(0o755)
    tool = shutil.copy(audit.tool, directory)
    process = start(allow_all)
    answer = audit("attest", process.pid, program=tool, wrap=("setpriv", "--reuid=65534", "--clear-groups"))
    assert (answer.returncode, answer.stdout) == (3, "") and "CAP_SYS_ADMIN" in answer.stderr
    answer = audit("attest", process.pid, wrap=("unshare", "--user", "--map-root-user"))
    if subprocess.run(["unshare", "--user", "true"], check=False, stderr=subprocess.DEVNULL).returncode == 0:
        assert answer.returncode == 3 and "first user namespace" in answer.stderr
    else:  # user_namespaces(7): in a chroot there are none to be had
        assert answer.returncode == 1 and "unshare" in answer.stderr
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

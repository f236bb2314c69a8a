# SPDX-License-Identifier: ISC
"""The servers that are compared, each started in the same way: on 127.0.0.1, in a control group of its own, on
the processors that the load generator leaves free, with room for any number of sessions."""

import os
import resource
import signal
import socket
import subprocess
from pathlib import Path

from cgroup import Group
from waiting import wait_until

DESCRIPTORS = 20000  # no more than root gets everywhere, and twice the sessions that are ever open
ECHOCELL = ("--protocol=echo", "--max-sessions=50000", "--max-per-source=0", "--idle-timeout=1h", "--session-timeout=1h",
            "--log-level=info")
XINETD = """service echo
{{
    type = INTERNAL UNLISTED
    id = echo-stream
    flags = NOLIBWRAP
    socket_type = stream
    protocol = tcp
    wait = no
    user = root
    bind = 127.0.0.1
    port = {port}
    instances = UNLIMITED
    per_source = UNLIMITED
    cps = 1000000 1
    disable = no
}}
"""


def xinetd(port, directory):
    config = directory / "xinetd.conf"
    config.write_text(XINETD.format(port=port))
    return ["xinetd", "-dontfork", "-f", config, "-pidfile", directory / "xinetd.pid"]


# Name -> argv for (port, directory of the server). None of the peers logs, and all have their limits lifted and no
# access control to look into (NOLIBWRAP).
PEERS = {
    "xinetd": xinetd,
    "tcpserver": lambda port, _: ["tcpserver", "-H", "-R", "-l", "0", "-b", "4096", "-c", str(DESCRIPTORS), "127.0.0.1",
                                  str(port), "cat"],
    "socat": lambda port, _: ["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,backlog=4096,nodelay", "PIPE"],
    "systemd": lambda port, _: ["systemd-socket-activate", "--accept", "--inetd", "-l", f"127.0.0.1:{port}", "cat"],
    "ncat": lambda port, _: ["ncat", "-n", "-l", "-k", "-m", str(DESCRIPTORS), "-e", "/bin/cat", "127.0.0.1", str(port)],
}
OURS = ("floor", "floor-static", "eventloop")


def command(name, port, directory, programs):
    """The argv of a server: one of PEERS, one of OURS from the directory `programs`, or the path of an echocell."""
    if name in PEERS:
        return PEERS[name](port, directory)
    if name in OURS:
        return [programs / name, str(port)]
    return [Path(name).resolve(strict=True), *ECHOCELL, "127.0.0.1", str(port)]


def processors():
    """(those of the servers, that of the generator), as sets; the same one when there is only one."""
    every = sorted(os.sched_getaffinity(0))
    return set(every[:-1] or every), {every[-1]}


def allow_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, max(hard, DESCRIPTORS)))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Server:
    """A server that answers; stop() ends it and everything that it started."""

    def __init__(self, label, name, directory, programs):
        self.label, self.name, self.port = label, name, free_port()
        directory.mkdir(parents=True, exist_ok=True)
        self.log = directory / "log"
        self.group = Group(label)
        argv = command(name, self.port, directory, programs)
        try:
            with self.log.open("wb") as log:
                self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                preexec_fn=self.prepare, start_new_session=True)
            wait_until(self.answers, f"{label} answers; its log is {self.log}")
        except BaseException:
            self.group.close()
            raise
        self.idle_processes = len(self.settled())

    def prepare(self):
        self.group.enter()
        os.sched_setaffinity(0, processors()[0])
        allow_descriptors()

    def answers(self):
        if self.process.poll() is not None:
            raise SystemExit(f"bench: {self.label} ended with {self.process.returncode}: {self.log.read_text()[-500:]}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as client:
                client.sendall(b"?\n")
                return client.recv(2) != b""
        except OSError:
            return False

    def settled(self):
        """The processes that stay when no client is there: waits until no session ends any more."""
        last = []

        def quiet():
            before, last[:] = list(last), sorted(self.group.pids())
            return last and before == last and self.calm()

        wait_until(quiet, f"the sessions of {self.label} end", 60)
        return last

    def calm(self):
        """True when its processes use no CPU time for a moment."""
        before = self.group.cpu_us()
        signal.sigtimedwait([], 0.02)
        return self.group.cpu_us() - before < 200

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        self.group.close()
        self.process.wait()

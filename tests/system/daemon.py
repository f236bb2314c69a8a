# SPDX-License-Identifier: ISC
"""One running echocell: started, listened to, stopped by its pid, and checked for what it left behind."""

import contextlib
import os
import signal
import subprocess
import threading
import time

import logfmt
import procfs
from peers import Client
from waiting import DEADLINE_S, continue_process, wait_until


class Daemon:
    """A daemon that serves; `pid` is the listener, `addresses` are (host, port), one for each listening line."""

    started = set()  # the pids of every process that this class has started: children that are no orphans

    def __init__(self, argv, listeners=1, **popen):
        self.clients, self.lines = [], []
        self.ended_by_test = False
        self.left = set()  # processes that outlived the listener
        self.changed = threading.Condition()
        self.log_ended = False
        self.process = subprocess.Popen(argv, stdin=popen.pop("stdin", subprocess.DEVNULL),
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen)
        self.pid = self.process.pid
        self.started.add(self.pid)
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()
        try:
            listening = self.wait_events("listening", listeners)
            self.pid = int(listening[0]["pid"])
            self.addresses = [split_address(event["address"]) for event in listening]
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        self.command = procfs.command(self.pid)
        self.listening = listening[0]
        self.address = self.addresses[0]

    def read_log(self):
        with self.process.stderr as stream:
            for line in stream:
                with self.changed:
                    self.lines.append(line.decode("utf-8", "surrogateescape").rstrip("\n"))
                    self.changed.notify_all()
        with self.changed:
            self.log_ended = True
            self.changed.notify_all()

    def log(self):
        with self.changed:
            return list(self.lines)

    def events(self, name, **fields):
        """The events of that name in the log until now whose fields all have the given values.

        `client` is a Client: the kernel gives ports again, so only what was logged since it connected is about it.
        """
        since = fields["client"].since if "client" in fields else 0
        wanted = {"event": name, **{key: str(value) for key, value in fields.items()}}
        found = []
        for line in self.log()[since:]:
            if not line.startswith(f"event={name} "):
                continue
            event = logfmt.parse(line)
            if wanted.items() <= event.items():
                found.append(event)
        return found

    def wait_events(self, name, count=1, deadline_s=DEADLINE_S, **fields):
        """At least `count` such events, waited for; fails with the log when the log ends before they came."""
        end = time.monotonic() + deadline_s
        while True:
            with self.changed:
                seen, ended = len(self.lines), self.log_ended
            found = self.events(name, **fields)
            if len(found) >= count:
                return found
            with self.changed:
                left = end - time.monotonic()
                if ended or left <= 0:
                    log = "\n".join(self.lines[-40:])
                    raise AssertionError(f"{len(found)} of {count} events {name} {fields} in the log:\n{log}")
                if len(self.lines) == seen and not self.log_ended:
                    self.changed.wait(left)

    def wait_event(self, name, **fields):
        return self.wait_events(name, **fields)[0]

    def connect(self, source=None, address=None):
        """A new client, closed with the daemon at the latest."""
        since = len(self.log())
        client = Client(address or self.address, source)
        client.since = since
        self.clients.append(client)
        return client

    def session_of(self, client):
        """The pid of the session that serves this client."""
        return int(self.wait_event("accept", client=client)["session"])

    def serving(self, **where):
        """A client whose session has answered, hence is confined, and that session's pid."""
        client = self.connect(**where)
        client.ask()
        return client, self.session_of(client)

    def outcome(self, session):
        return self.wait_event("close", session=session)["outcome"]

    def await_refusal(self):
        """Until new clients are refused: the listening socket is closed."""

        def refused():
            try:
                self.connect().receive_nothing()
            except ConnectionRefusedError:
                return True
            except ConnectionResetError:  # it was still in the queue of a socket that is closed now
                pass
            return False

        wait_until(refused, "new clients are refused")

    def await_idle(self):
        """Until every session is reaped: a zombie is a child too and would keep this from being true."""
        wait_until(lambda: not procfs.children(self.pid), "the listener has no child")

    def signal(self, number):
        os.kill(self.pid, number)

    def wait(self):
        """The exit code of a daemon that the test has made end; its log is complete afterwards."""
        self.ended_by_test = True
        code = self.process.wait(DEADLINE_S)
        self.reader.join(DEADLINE_S)
        self.left |= self.reap_orphans()
        return code

    def finish(self):
        """Stops the daemon, if the test has not, and returns what was wrong with its end, a list of text."""
        for client in self.clients:
            client.close()
        complaints, asked = [], not self.ended_by_test
        if asked and self.process.poll() is None:
            for pid in (self.pid, *procfs.children(self.pid)):
                with contextlib.suppress(ProcessLookupError):
                    continue_process(pid)
            self.signal(signal.SIGTERM)
        try:
            code = self.wait()
            if asked and code != 0:
                complaints.append(f"exit {code} after:\n" + "\n".join(self.log()[-20:]))
        except subprocess.TimeoutExpired:
            complaints.append("SIGTERM does not end it")
            self.process.kill()
            self.wait()
        if self.left:
            complaints.append(f"it left processes behind: {self.left}")
        if said := self.process.stdout.read():
            complaints.append(f"it wrote to stdout: {said!r}")
        self.process.stdout.close()
        return complaints

    def reap_orphans(self):
        """Waits for sessions that the listener left, which this process adopts as their subreaper; those at fault.

        A listener that ends by itself leaves none. One that was killed may leave sessions that then end by themselves.
        """
        left = procfs.children(os.getpid()) - self.started
        orphans = {pid for pid in left if procfs.command(pid) == self.command}
        survivors = set()
        for pid in orphans:
            try:
                wait_until(lambda pid=pid: not procfs.alive(pid), f"session {pid} ends with its listener")
            except AssertionError:
                survivors.add(pid)
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        return survivors if self.process.returncode < 0 else orphans


def split_address(text):
    """`127.0.0.1:7` or `[::1]:7` as (host, port)."""
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


@contextlib.contextmanager
def unattended(argv, **popen):
    """A daemon whose log nobody reads while it runs, so that its port must be chosen beforehand.

    Terminated at the end, when it must exit 0; `log` of the process then has what it wrote into a pipe, if anything.
    """
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **popen)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.log = process.communicate(timeout=DEADLINE_S)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
    assert process.returncode == 0, process.log

# SPDX-License-Identifier: ISC
"""A throw-away Debian machine with a real systemd, made of this one's files: what is done there is forgotten."""

import contextlib
import pathlib
import shutil
import subprocess
import tempfile

import procfs
from network import Network
from peers import Client
from waiting import wait_until

BOOT = pathlib.Path(__file__).with_name("boot.sh")
LIFE_S = 300  # it is gone then, whatever became of the test
ADDRESS = ("127.0.0.1", 7)


class Machine:
    """`pid` is its process 1, as seen from here."""

    def __init__(self, pid):
        self.pid = pid
        self.root = pathlib.Path(f"/proc/{pid}/root")
        self.network = Network(pid)
        self.overridden = set()

    def run(self, *command, check=True, **options):
        """A command there; fails with all that it said, unless a failure is what the test wants to see."""
        enter = ["nsenter", f"--target={self.pid}", "--all", "--root", "--wd", "--", "env", "-i", "HOME=/root",
                 "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_COLORS=0"]
        done = subprocess.run([*enter, *map(str, command)], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False, **options)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def systemctl(self, *arguments, check=True):
        """Fails with the journal."""
        done = self.run("systemctl", "--no-pager", *arguments, check=False)
        assert not check or done.returncode == 0, f"{arguments}: {done.stderr}{self.journal()}"
        return done

    def journal(self, *arguments):
        return self.run("journalctl", "--no-pager", "--output=cat", *arguments).stdout

    def show(self, unit, name):
        return self.run("systemctl", "show", f"--property={name}", "--value", unit).stdout.strip()

    def main_pid(self, unit):
        """The unit's main process, as seen from here."""
        inside = int(self.show(unit, "MainPID"))
        assert inside > 0, f"{unit} does not run: {self.journal('--unit', unit)}"
        for pid in procfs.children(self.pid):
            if int(procfs.status(pid)["NSpid"].split()[-1]) == inside:
                return pid
        raise AssertionError(f"{unit}: process {inside} is no child of systemd")

    def install(self, *packages):
        for package in packages:
            shutil.copy(package, self.root / "tmp")
        self.run("dpkg", "--force-unsafe-io", "--install", *(f"/tmp/{package.name}" for package in packages))

    def override(self, unit, text):
        """A drop-in for this unit until restore()."""
        directory = self.root / f"run/systemd/system/{unit}.d"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "test.conf").write_text(text)
        self.overridden.add(directory)
        self.systemctl("daemon-reload")

    def restore(self):
        """No service of ours runs, none has failed, no drop-in is there."""
        units = ("echocell.socket", "echocell-metrics.socket", "echocell.service", "echocell-socket.service")
        self.systemctl("stop", *units)
        self.systemctl("reset-failed")
        for directory in self.overridden:
            shutil.rmtree(directory)
        self.overridden.clear()
        self.systemctl("daemon-reload")

    def connect(self, address=ADDRESS, source=None):
        with self.network.inside():
            return Client(address, source)

    def ask(self, address=ADDRESS):
        """A client that is answered and goes."""
        client = self.connect(address)
        client.ask()
        client.close()

    def is_open(self, address=ADDRESS):
        try:
            self.connect(address).close()
        except ConnectionRefusedError:
            return False
        return True


def systemd_of(shell):
    """The process that boot.sh ends as: systemd, once it is that."""
    for unshare in procfs.children(shell):
        for child in procfs.children(unshare):
            if procfs.command(child) == "systemd":
                return child
    return None


@contextlib.contextmanager
def booted():
    with tempfile.TemporaryDirectory(prefix="echocell-machine-") as base:
        command = ["timeout", "--signal=KILL", str(LIFE_S), "unshare", "--mount",
                   "--propagation=private", "sh", str(BOOT), base]
        log = pathlib.Path(base) / "boot.log"
        with open(log, "wb") as output:
            boot = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        pid = None
        try:
            (shell,) = wait_until(lambda: procfs.children(boot.pid), "boot.sh starts")
            pid = wait_until(lambda: systemd_of(shell) or boot.poll() is not None and -1, "systemd starts")
            assert pid > 0, log.read_text()
            machine = Machine(pid)
            wait_until(lambda: machine.run("systemctl", "is-system-running", check=False).stdout.strip()
                       in ("running", "degraded"), "the machine has booted")
            yield machine
        finally:
            if pid is not None and pid > 0:
                subprocess.run(["kill", "-KILL", str(pid)], check=True)
                boot.wait(20)
            else:
                boot.kill()
                boot.wait()
        assert boot.returncode == 0, f"the machine left something behind: {log.read_text()}"

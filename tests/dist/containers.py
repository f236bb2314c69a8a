# SPDX-License-Identifier: ISC
"""Containers as a runtime starts them, from what Containerfile and deployment.yaml say; without a cluster."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import yaml

import procfs
from waiting import DEADLINE_S, wait_until

LIFE_S = 120  # a container is gone then, whatever became of the test
ROOT = pathlib.Path(__file__).resolve().parents[2]
CGROUP2 = 'mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$0" "$@"'
# crun takes no mixture of both versions of cgroups, as this machine may have: it gets a view of one.
RUNTIMES = {
    "runc": ["runc"],
    "crun": ["unshare", "--mount", "--cgroup", "sh", "-c", CGROUP2, "crun", "--cgroup-manager=disabled"],
}
MOUNTS = [{"destination": "/proc", "type": "proc", "source": "proc"},
          {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"]}]


def image():
    """What the last stage of Containerfile says: instruction -> its words, COPY -> all of them."""
    last = (ROOT / "dist/container/Containerfile").read_text().split("\nFROM ")[-1]
    found = {"FROM": last.split("\n")[0], "COPY": []}
    for line in last.split("\n")[1:]:
        match = re.fullmatch(r"([A-Z]+) (.*)", line)
        if match and match[1] == "COPY":
            found["COPY"].append(match[2].split())
        elif match:
            found[match[1]] = json.loads(match[2]) if match[2].startswith("[") else match[2]
    return found


def root_file_system(place, binary):
    """What the image holds: copied as its last stage copies it."""
    for *options, source, target in image()["COPY"]:
        to = place / target.lstrip("/")
        to.parent.mkdir(parents=True, exist_ok=True)
        built = options == ["--from=build"]
        assert not built or source == f"/out{target}"
        shutil.copy(binary if built else ROOT / source, to)
    return place


def kubernetes():
    """The objects of deployment.yaml by kind."""
    documents = yaml.safe_load_all((ROOT / "dist/kubernetes/deployment.yaml").read_text())
    return {document["kind"]: document for document in documents}


def pod():
    return kubernetes()["Deployment"]["spec"]["template"]["spec"]


def bundle(place, binary, profile, arguments):
    """An OCI bundle with what the pod's security contexts mean to a runtime; it shares this machine's network."""
    root_file_system(place / "rootfs", binary)
    for mount in MOUNTS:
        (place / "rootfs" / mount["destination"].lstrip("/")).mkdir()
    (container,) = pod()["containers"]
    context = {**pod()["securityContext"], **container["securityContext"]}
    assert context["capabilities"] == {"drop": ["ALL"]}
    kinds = ("bounding", "effective", "permitted", "inheritable", "ambient")
    config = {
        "ociVersion": "1.0.2",
        "process": {"user": {"uid": context["runAsUser"], "gid": context["runAsGroup"]}, "cwd": "/",
                    "args": [*image()["ENTRYPOINT"], *arguments], "env": [],
                    "noNewPrivileges": not context["allowPrivilegeEscalation"],
                    "capabilities": {kind: [] for kind in kinds}},
        "root": {"path": "rootfs", "readonly": context["readOnlyRootFilesystem"]},
        "hostname": "echocell", "mounts": MOUNTS,
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")],
                  "seccomp": json.loads(profile.read_text())},
    }
    (place / "config.json").write_text(json.dumps(config))
    return place


class Container:
    """One that a runtime runs; `pid` is its process 1, as seen from here, or -1 if it has ended before."""

    def __init__(self, runtime, place):
        self.command = [*RUNTIMES[runtime], f"--root={place}/state"]
        self.name = f"echocell-{os.getpid()}"
        run = ["timeout", "--kill-after=5", str(LIFE_S), *self.command, "run", f"--bundle={place}", self.name]
        self.process = subprocess.Popen(run, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True)
        try:
            self.pid = wait_until(lambda: self.started() or self.process.poll() is not None and -1, "it runs")
        except BaseException:
            self.remove()
            raise

    def tell(self, command, *arguments):
        return subprocess.run([*self.command, command, self.name, *arguments], capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)

    def started(self):
        """Its process 1, once it is the program."""
        told = self.tell("state")
        pid = json.loads(told.stdout)["pid"] if told.returncode == 0 else 0
        return pid if pid and procfs.command(pid) == "echocell" else None

    def stop(self):
        """SIGTERM, as an orchestrator does it; (exit status, log)."""
        assert self.tell("kill", "TERM").returncode == 0
        log = self.process.communicate(timeout=DEADLINE_S)[0]
        return self.process.returncode, log

    def remove(self):
        if self.process.poll() is None:
            self.tell("kill", "KILL")
            self.process.communicate(timeout=DEADLINE_S)

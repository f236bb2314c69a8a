# SPDX-License-Identifier: ISC
"""The image and its profile: the static program serves from an empty root, under real runtimes, as the pod says."""

import json
import os
import subprocess

import pytest

import containers
import procfs
from peers import Client, free_port
from waiting import DEADLINE_S, wait_until


@pytest.fixture
def root(tmp_path, binary):
    """An empty root with what the image holds, and the two things that every runtime mounts."""
    place = containers.root_file_system(tmp_path / "rootfs", binary)
    os.chmod(tmp_path, 0o755)
    for name in ("proc", "dev"):
        (place / name).mkdir()
    (place / "dev/null").touch()
    return place


def in_root(root):
    """The command in front of a program that is to run there; the mounts are gone with it."""
    script = 'mount -t proc proc "$0/proc" && mount --bind /dev/null "$0/dev/null" && exec chroot "$@"'
    return ["unshare", "--mount", "sh", "-c", script, str(root)]


def test_image_is_the_program_and_a_list_of_users():
    image = containers.image()
    assert image["FROM"] == "scratch"
    assert [files[-1] for files in image["COPY"]] == ["/usr/sbin/echocell", "/etc/passwd"]
    assert image["USER"] == "65532:65532" and image["ENTRYPOINT"] == ["/usr/sbin/echocell"]


def test_program_needs_no_loader_and_no_library(binary):
    assert "INTERP" not in subprocess.run(["readelf", "--program-headers", binary], capture_output=True, text=True,
                                          check=True).stdout


@pytest.mark.parametrize("user", ["0:0", "65532:65532"])
def test_program_serves_from_an_empty_root(server, root, user):
    (passwd,) = (root / "etc").iterdir()
    entry = next(line for line in passwd.read_text().splitlines() if line.startswith("echocell:")).split(":")
    daemon = server(wrap=[*in_root(root), f"--userspec={user}", str(root)], program="/usr/sbin/echocell")
    daemon.serving()
    assert procfs.status(daemon.pid)["Uid"].split() == [entry[2]] * 4


@pytest.fixture(params=["runc", "crun"])
def start(request, tmp_path, binary):
    running = []

    def start(profile, *arguments):
        containers.bundle(tmp_path, binary, profile, arguments)
        running.append(containers.Container(request.param, tmp_path))
        return running[-1]

    yield start
    for container in running:
        container.remove()


def pod_arguments(port, metrics):
    (container,) = containers.pod()["containers"]
    return [argument.replace("0.0.0.0:7007", f"127.0.0.1:{port}").replace("0.0.0.0:9107", f"127.0.0.1:{metrics}")
            for argument in container["args"]]


def test_pod_serves_under_its_profile(start, profile):
    port, metrics = free_port(), free_port()
    container = start(profile, *pod_arguments(port, metrics))
    assert container.pid > 0, container.process.communicate()[0]
    client = wait_until(lambda: connected(port), "it listens")
    client.ask()
    (session,) = procfs.children(container.pid)
    status = procfs.status(container.pid)
    assert set(status["Uid"].split()) == {"65532"} and int(status["CapBnd"], 16) == 0
    assert (status["Seccomp_filters"], procfs.status(session)["Seccomp_filters"]) == ("2", "3")
    assert procfs.status(session)["NoNewPrivs"] == "1"
    client.send(b"quit\n")
    assert client.receive_all() == b""
    wait_until(lambda: b'outcome="quit"} 1\n' in scraped(metrics), "the session is counted")
    code, log = container.stop()
    assert code == 0, log
    assert '"event":"stop"' in log.replace(" ", "")


def scraped(port):
    answer = Client(("127.0.0.1", port)).exchange(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", half_close=False)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    return answer


def connected(port):
    try:
        return Client(("127.0.0.1", port))
    except ConnectionRefusedError:
        return None


@pytest.mark.parametrize("call", ["signalfd4", "seccomp"])
def test_profile_without_a_needed_call_is_no_start(start, profile, tmp_path, call):
    """The profile is in force, and what it refuses is not passed over."""
    narrowed = json.loads(profile.read_text())
    for rule in narrowed["syscalls"]:
        rule["names"] = [name for name in rule["names"] if name != call]
    narrowed["syscalls"] = [rule for rule in narrowed["syscalls"] if rule["names"]]
    path = tmp_path / "narrowed.json"
    path.write_text(json.dumps(narrowed))
    container = start(path, f"--listen=127.0.0.1:{free_port()}")
    assert container.process.wait(DEADLINE_S) in (70, 71)

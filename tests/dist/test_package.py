# SPDX-License-Identifier: ISC
"""The Debian packages: clean, complete, and gone without a trace when they are purged."""

import subprocess

import procfs

SOCKETS = ("echocell.socket", "echocell-metrics.socket")


def test_packages_are_clean(packages):
    found = subprocess.run(["lintian", "--allow-root", "--fail-on=error,warning", packages["changes"]],
                           capture_output=True, text=True, timeout=120, check=False)
    assert (found.returncode, found.stdout) == (0, ""), found.stdout


def test_installing_serves_and_purging_leaves_nothing(bare_machine, packages):
    machine = bare_machine
    assert not machine.is_open()
    machine.install(*packages["debs"])
    try:
        assert machine.show("echocell.service", "ActiveState") == "active"
        machine.ask()
        files = machine.run("dpkg", "--listfiles", "echocell", "seccomp-audit").stdout.split()
        user = machine.run("id", "--user", "echocell").stdout.strip()
        assert procfs.status(machine.main_pid("echocell.service"))["Uid"].split() == [user] * 4
    finally:
        machine.run("dpkg", "--purge", "echocell", "seccomp-audit")
    assert not machine.is_open()
    left = [path for path in files if "echocell" in path or "seccomp" in path if (machine.root / path[1:]).exists()]
    assert not left
    links = [str(path) for path in (machine.root / "etc/systemd/system").rglob("echocell*")]
    assert not links


def test_what_is_installed_is_what_was_proven(installed):
    """The policies that an auditor finds are those of the binary."""
    for name in ("session", "listener", "session-trace"):
        shown = installed.run("echocell", f"--print-policy={name}").stdout
        assert shown == (installed.root / f"usr/share/echocell/policy/{name}.policy").read_text()
    version = installed.run("dpkg-query", "--show", "--showformat=${Version}", "echocell").stdout
    assert installed.run("echocell", "--version").stdout == f"echocell {version}\n"
    for page in ("man8/echocell.8", "man1/seccomp-audit.1", "man5/seccomp-policy.5"):
        assert (installed.root / f"usr/share/man/{page}.gz").exists()


def test_upgrade_serves_again(machine, packages):
    machine.systemctl("start", "echocell.service")
    before = machine.main_pid("echocell.service")
    machine.install(*packages["debs"])
    machine.ask()
    assert machine.main_pid("echocell.service") != before


def test_upgrade_keeps_the_socket_open(machine, packages):
    """Chosen as README.md says: the one is disabled and the others are enabled."""
    machine.systemctl("disable", "--now", "echocell.service")
    machine.systemctl("enable", "--now", *SOCKETS)
    machine.ask()
    before, socket = machine.main_pid("echocell-socket.service"), machine.show(SOCKETS[0], "InvocationID")
    machine.install(*packages["debs"])
    machine.ask()
    assert machine.main_pid("echocell-socket.service") != before
    assert machine.show(SOCKETS[0], "InvocationID") == socket
    machine.systemctl("disable", *SOCKETS)
    machine.systemctl("enable", "echocell.service")


def test_removal_takes_the_socket_with_it(machine, packages):
    machine.systemctl("start", *SOCKETS)
    machine.ask()
    machine.run("dpkg", "--remove", "echocell")
    try:
        assert not machine.is_open()
    finally:
        machine.install(*packages["debs"])

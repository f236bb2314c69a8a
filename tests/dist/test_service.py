# SPDX-License-Identifier: ISC
"""echocell.service on a machine with a real systemd: it is as narrow as its unit says, and comes back."""

import os
import signal

import pytest

import procfs
from waiting import stop_process, wait_until

UNIT = "echocell.service"
UNITS = ("echocell.service", "echocell-socket.service", "echocell.socket", "echocell-metrics.socket")
PLACE = "/lib/systemd/system"
NEEDED = ("cap_net_bind_service", "cap_setuid", "cap_setgid", "cap_setpcap", "cap_sys_admin", "cap_sys_chroot")


def started(machine):
    machine.systemctl("start", UNIT)
    return machine.main_pid(UNIT)


def came_back(machine, before):
    """Until another process serves."""
    wait_until(lambda: machine.show(UNIT, "MainPID") not in ("0", before)
               and machine.show(UNIT, "ActiveState") == "active", "the service is back")
    machine.ask()


@pytest.mark.parametrize("unit", UNITS)
def test_units_are_valid(machine, unit):
    said = machine.run("systemd-analyze", "verify", "--man=no", f"{PLACE}/{unit}")
    assert said.stdout + said.stderr == ""


@pytest.mark.parametrize(("unit", "tenths"), [("echocell.service", 28), ("echocell-socket.service", 8)])
def test_exposure_stays_low(machine, unit, tenths):
    """In systemd's own measure, from 0 to 100 tenths; above 50 is medium."""
    machine.run("systemd-analyze", "security", "--offline=true", f"--threshold={tenths}", f"{PLACE}/{unit}")


def test_started_service_has_every_layer(machine):
    pid = started(machine)
    assert " missing=-\n" in machine.journal("--unit", UNIT)
    status = procfs.status(pid)
    assert "0" not in status["Uid"].split() and int(status["CapBnd"], 16) == 0
    machine.ask()


def test_filters_of_systemd_leave_the_policies_as_they_are(machine):
    """What all of them together allow is what listener.policy alone allows."""
    started(machine)
    inside = machine.show(UNIT, "MainPID")
    told = machine.run("seccomp-audit", "attest", inside).stdout
    assert f"together: EQUAL to listener with $listener = {inside}" in told
    assert int(procfs.status(machine.main_pid(UNIT))["Seccomp_filters"]) > 10


def test_capabilities_are_those_that_are_needed(machine):
    assert sorted(machine.show(UNIT, "CapabilityBoundingSet").split()) == sorted(NEEDED)


@pytest.mark.parametrize("capability", NEEDED)
def test_each_capability_is_needed(machine, capability):
    machine.override(UNIT, f"[Service]\nCapabilityBoundingSet=~{capability.upper()}\n")
    machine.systemctl("start", UNIT, check=False)
    assert machine.show(UNIT, "ExecMainStatus") == "77"


@pytest.mark.parametrize("unit", ["echocell.service", "echocell-socket.service"])
def test_service_sees_no_other_program(machine, unit):
    """What is started in its place finds nothing to run."""
    machine.override(unit, "[Service]\nExecStartPre=/bin/true\n")
    machine.systemctl("start", unit, check=False)
    assert "status=203" in machine.show(unit, "ExecStartPre")


def test_mistake_in_the_options_is_not_tried_again(machine):
    machine.override(UNIT, "[Service]\nEnvironment=ECHOCELL_OPTIONS=--nonsense\n")
    machine.systemctl("start", UNIT, check=False)
    assert machine.show(UNIT, "ActiveState") == "failed"
    assert (machine.show(UNIT, "ExecMainStatus"), machine.show(UNIT, "NRestarts")) == ("64", "0")


def test_spent_crash_budget_is_a_new_start(machine):
    options = "--listen=0.0.0.0:7 --crash-budget=2 --penalty=0"
    machine.override(UNIT, f'[Service]\nEnvironment="ECHOCELL_OPTIONS={options}"\n')
    pid = started(machine)
    before = machine.show(UNIT, "MainPID")
    for _ in range(2):
        client = machine.connect()
        client.ask()
        (session,) = wait_until(lambda: procfs.children(pid), "a session serves")
        os.kill(session, signal.SIGSEGV)
        client.receive_nothing()
        client.close()
        wait_until(lambda: not procfs.children(pid), "its session is reaped")
    came_back(machine, before)
    assert "event=stop status=75" in machine.journal("--unit", UNIT)


def test_no_number_of_crashes_turns_the_service_off(machine):
    """systemd's own limit is five starts in ten seconds."""
    started(machine)
    for _ in range(6):
        before = machine.show(UNIT, "MainPID")
        os.kill(machine.main_pid(UNIT), signal.SIGKILL)
        came_back(machine, before)
    assert machine.show(UNIT, "NRestarts") == "6"


def test_stuck_listener_is_started_anew(machine):
    machine.override(UNIT, "[Service]\nWatchdogSec=1s\nTimeoutAbortSec=1s\n")
    pid = started(machine)
    before = machine.show(UNIT, "MainPID")
    stop_process(pid)
    came_back(machine, before)
    assert "Watchdog timeout" in machine.journal("--unit", UNIT)


def test_stop_lets_a_session_finish(machine):
    started(machine)
    client = machine.connect()
    client.ask()
    machine.systemctl("stop", "--no-block", UNIT)
    wait_until(lambda: not machine.is_open(), "the port is closed")
    client.ask(b"still served")
    client.close()
    wait_until(lambda: machine.show(UNIT, "ActiveState") == "inactive", "it has stopped")
    assert machine.show(UNIT, "Result") == "success"


def test_tasks_are_enough_for_all_sessions(machine):
    """One for each of --max-sessions, the listener, and the cells of the metrics."""
    manual = machine.run("echocell", "--help").stdout
    default = int(manual.split("--max-sessions")[1].split("default ")[1].split(")")[0])
    for unit in ("echocell.service", "echocell-socket.service"):
        assert int(machine.show(unit, "TasksMax")) > default + 1 + 8

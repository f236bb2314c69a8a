# SPDX-License-Identifier: ISC
"""The policy of a whole container is what it says: the two policies inside, and the calls of a start."""

import re

import pytest

ARCHITECTURES = ("x86_64", "aarch64")
LISTENER = "--param=listener=1"


@pytest.fixture(scope="session")
def policy(dist):
    return dist / "container/container.policy"


def names(text):
    """The calls that a policy has rules for."""
    return set(re.findall(r"^(\w+)(?:\[arch=\w+\])?:", text, re.M))


def allowed(answer):
    """The calls of which a diff says that something is newly allowed."""
    return {call for change in answer.json["changes"] if change["change"] == "allowed" for call in change["calls"]}


def test_policy_has_no_finding(audit, policy):
    assert audit("check", policy).returncode == 0


def test_profile_is_the_policy(audit, policy, profile):
    answer = audit("prove", policy, profile, LISTENER)
    assert answer.returncode == 0 and answer.stdout.startswith("EQUAL"), answer.stdout


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("inner", ["listener", "session", "session-trace"])
def test_profile_denies_nothing_that_is_needed_inside(audit, profile, policies, inner, arch):
    answer = audit("diff", policies / f"{inner}.policy", profile, LISTENER, f"--arch={arch}", "--json")
    assert "denied" not in {change["change"] for change in answer.json["changes"]}


def test_extra_calls_are_those_that_the_readme_states(audit, profile, policies, dist):
    """All that a start needs and nothing that serves may do."""
    stated = re.findall(r"`(\w+)`", (dist / "README.md").read_text().split("## The extra calls")[1].split("\n## ")[0])
    extra = {call for arch in ARCHITECTURES
             for call in allowed(audit("diff", policies / "listener.policy", profile, LISTENER, f"--arch={arch}",
                                       "--json"))}
    listener = names((policies / "listener.policy").read_text())
    assert sorted(stated) == sorted(extra - listener)


@pytest.mark.parametrize("call", ["open_by_handle_at", "ptrace", "mount", "bpf", "setuid", "unshare", "chroot", "fork",
                                  "execveat", "openat2", "io_uring_setup", "sendmsg", "memfd_create"])
def test_profile_allows_no_more(audit, profile, call):
    assert audit("emulate", profile, call).stdout.startswith("return EPERM")


def test_units_allow_the_same_calls(dist, policy):
    """The policy's list from the program's start on, and what a start as root or with passed sockets needs."""
    as_root = {"setresuid", "setresgid", "setgroups", "unshare", "sethostname", "chroot", "mkdir", "mkdirat", "chmod",
               "fchmodat", "rmdir", "unlinkat"}
    common = names(policy.read_text().split("#### The program's first steps")[1])
    for unit, more in (("echocell", as_root), ("echocell-socket", {"getsockopt"})):
        text = (dist / f"systemd/{unit}.service.in").read_text()
        listed = " ".join(re.findall(r"^SystemCallFilter=(.*)$", text, re.M)).split()
        assert sorted(listed) == sorted(common | more)

# SPDX-License-Identifier: ISC
"""seccomp-audit on container profiles: what they say, what is written of them, and what is refused.

SECCOMP_AUDIT names the binary.
"""
import json
import os
import re
import subprocess

import pytest

AUDIT = os.environ["SECCOMP_AUDIT"]

CLONE_NAMESPACES = 0x7E020000  # all CLONE_NEW* but those of time
CLONE_NEWUSER = 0x10000000
AF_INET, AF_ALG, AF_VSOCK = 2, 38, 40


def entry(names, action="ALLOW", args=(), **more):
    fields = [dict(zip(("index", "op", "value", "valueTwo"), arg)) for arg in args]
    for field in fields:
        field["op"] = "SCMP_CMP_" + field["op"]
    return {"names": names.split(), "action": "SCMP_ACT_" + action, "args": fields, **more}


# Of the shape of the profiles that container engines ship, by the same means.
PROFILE = {
    "defaultAction": "SCMP_ACT_ERRNO",
    "defaultErrnoRet": 1,
    "archMap": [
        {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
        {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
        {"architecture": "SCMP_ARCH_S390X", "subArchitectures": None},
    ],
    "syscalls": [
        entry("read write close openat mmap mmap2 exit exit_group futex recvmsg surely_no_call"),
        entry("ptrace", includes={"minKernel": "4.8"}),
        entry("socket", args=[(0, "LT", AF_ALG)]),
        entry("socket", args=[(0, "EQ", 39)]),
        entry("socket", args=[(0, "GT", AF_VSOCK)]),
        entry("personality", args=[(0, "EQ", 0)]),
        entry("personality", args=[(0, "EQ", 8)]),
        entry("personality", args=[(0, "EQ", 0xFFFFFFFF)]),
        entry("arch_prctl", includes={"arches": ["amd64", "x32"]}),
        entry("set_tls", includes={"arches": ["arm", "arm64"]}),
        entry("clone clone3 mount", includes={"caps": ["CAP_SYS_ADMIN"]}),
        entry("clone", args=[(0, "MASKED_EQ", CLONE_NAMESPACES, 0)],
              excludes={"caps": ["CAP_SYS_ADMIN"], "arches": ["s390", "s390x"]}),
        entry("clone", args=[(1, "MASKED_EQ", CLONE_NAMESPACES, 0)],
              includes={"arches": ["s390", "s390x"]}, excludes={"caps": ["CAP_SYS_ADMIN"]}),
        entry("clone3", "ERRNO", errnoRet=38, excludes={"caps": ["CAP_SYS_ADMIN"]}),
    ],
}

# One condition a call, so that libseccomp takes it as it stands.
PLAIN = {
    "defaultAction": "SCMP_ACT_KILL_PROCESS",
    "architectures": ["SCMP_ARCH_X86_64"],
    "syscalls": [
        entry("read write exit_group"),
        entry("clone", args=[(0, "MASKED_EQ", CLONE_NAMESPACES, 0)]),
        entry("clone3", "ERRNO", errnoRet=38),
        entry("socket", args=[(0, "EQ", AF_INET), (1, "NE", 3)]),
    ],
}


def run(*arguments):
    return subprocess.run([AUDIT, *map(str, arguments)], capture_output=True, text=True, timeout=60)


@pytest.fixture
def profile(tmp_path):
    def write(content, name="profile.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
        return path

    return write


def verdict(path, *arguments):
    result = run("emulate", path, "--json", *arguments)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)["verdict"]


@pytest.mark.parametrize("call, expected", [
    (("read",), "allow"),
    (("mount",), "return EPERM"),
    (("clone", 0x11), "allow"),
    (("clone", CLONE_NEWUSER), "return EPERM"),
    (("clone3",), "return ENOSYS"),
    (("personality", 0), "allow"),
    (("personality", 8), "allow"),
    (("personality", 0xFFFFFFFF), "allow"),
    (("personality", 1), "return EPERM"),
    (("personality", 0xFFFFFFFF00000008), "return EPERM"),
    (("socket", AF_INET), "allow"),
    (("socket", AF_ALG), "return EPERM"),
    (("socket", 39), "allow"),
    (("socket", AF_VSOCK), "return EPERM"),
    (("socket", 41), "allow"),
    (("arch_prctl",), "allow"),
])
def test_a_container_without_capabilities_may_do_this(profile, call, expected):
    assert verdict(profile(PROFILE), "--arch=x86_64", *call) == expected


def test_capabilities_change_what_stands(profile):
    path = profile(PROFILE)
    admin = ("--arch=x86_64", "--cap=CAP_CHOWN", "--cap=CAP_SYS_ADMIN")
    assert verdict(path, *admin, "clone", CLONE_NEWUSER) == "allow"
    assert verdict(path, *admin, "clone3") == "allow"
    assert verdict(path, "--arch=x86_64", "--cap=CAP_CHOWN", "clone", CLONE_NEWUSER) == "return EPERM"


def test_the_kernel_version_changes_what_stands(profile):
    path = profile(PROFILE)
    assert verdict(path, "--arch=x86_64", "--kernel=4.8", "ptrace") == "allow"
    assert verdict(path, "--arch=x86_64", "--kernel=4.7", "ptrace") == "return EPERM"
    assert verdict(path, "--arch=x86_64", "ptrace") == "allow"  # nobody runs an older one


def test_the_architecture_changes_what_stands(profile):
    path = profile(PROFILE)
    assert verdict(path, "--arch=aarch64", "personality", 8) == "allow"
    assert verdict(path, "--arch=aarch64", "clone", CLONE_NEWUSER) == "return EPERM"
    assert verdict(path, "--arch=arm", "set_tls") == "allow"
    assert verdict(path, "--arch=s390x", "clone", CLONE_NEWUSER) == "allow"
    assert verdict(path, "--arch=s390x", "clone", 0, CLONE_NEWUSER) == "return EPERM"
    assert verdict(path, "--arch=x86", "socketcall", 1) == "allow"
    assert verdict(path, "--arch=x86", "socketcall", 2) == "return EPERM"
    assert verdict(path, "--arch=riscv64", "read") == "allow"  # the machine's own always counts


def test_a_verdict_names_the_line_of_its_entry(profile):
    path = profile(PROFILE)
    answer = json.loads(run("emulate", path, "--json", "--arch=x86_64", "personality", 8).stdout)
    lines = path.read_text().splitlines()
    assert '"personality"' in lines[answer["line"] - 1]
    assert '"value": 8' in "\n".join(lines[answer["line"] - 1:answer["line"] + 12])


def test_what_a_profile_hides_is_said(profile):
    said = run("emulate", profile(PROFILE), "--arch=x86_64", "read").stderr
    assert re.search(r"profile\.json:\d+:\d+: warning: .*surely_no_call", said)
    assert "x32 calls: " in said
    assert "'socket' is also reached through socketcall" in said
    assert said.count("warning:") == 3


@pytest.mark.parametrize("content", [PROFILE, PLAIN], ids=["profile", "plain"])
def test_a_profile_compiles(profile, tmp_path, content):
    out = tmp_path / "out.bpf"
    result = run("compile", profile(content), "--arch=x86_64", "-o", out)
    assert result.returncode == 0, result.stderr
    assert out.stat().st_size > 0 and out.stat().st_size % 8 == 0


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_an_export_says_the_same_as_what_it_is_from(profile, tmp_path, arch):
    path, out = profile(PROFILE), tmp_path / "out.json"
    result = run("export", path, "--arch=" + arch, "--json", "-o", out)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == {"output": str(out), "relation": "EQUAL", "archs": [arch]}
    assert "archMap" not in json.loads(out.read_text())
    for call in ("read",), ("mount",), ("clone3",), ("clone", CLONE_NEWUSER), ("socket", AF_VSOCK):
        assert verdict(out, "--arch=" + arch, *call) == verdict(path, "--arch=" + arch, *call)


def test_a_policy_is_exported_as_a_profile(profile):
    path = profile("@arch x86_64\n@default return EPERM\n@badarch kill-thread\n@param $pid: u32 in 1..99\n"
                   "read: allow\nkill: arg0 == $pid\nclose: arg0:u32 == 3 || arg0 in 0x30\n", "a.policy")
    result = run("export", path, "--param=pid=7")
    assert result.returncode == 0 and result.stderr == ""
    exported = json.loads(result.stdout)
    assert exported["syscalls"][0] == {"names": ["read"], "action": "SCMP_ACT_ALLOW"}
    assert exported["syscalls"][1]["args"] == [{"index": 0, "value": 7, "op": "SCMP_CMP_EQ"}]
    assert exported["syscalls"][2]["args"] == [
        {"index": 0, "value": 0xFFFFFFFF, "valueTwo": 3, "op": "SCMP_CMP_MASKED_EQ"}]
    assert exported["syscalls"][3]["args"] == [
        {"index": 0, "value": 2**64 - 1 - 0x30, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]


def test_an_action_for_bad_architectures_that_profiles_lack_is_said(profile):
    path = profile("@arch x86_64\n@default kill-process\nread: allow\n", "a.policy")
    result = run("export", path)
    assert result.returncode == 0
    assert "the policy says kill-process" in result.stderr


@pytest.mark.parametrize("policy, why", [
    ("read: arg0 > 3 && arg0 < 9", "one argument is tested twice"),
    ("read: arg0 == 1; return EINVAL", "gets the default action"),
    ("read: { arg0 == 1; allow, arg1 == 2; return EINVAL, return EPERM }", "would not be taken"),
    ("read: { arg0 == 1; return EPERM, arg1 == 2; allow, return EPERM }", "the policy: return EPERM"),
])
def test_what_no_profile_can_say_is_not_exported(profile, tmp_path, policy, why):
    path, out = profile(f"@arch x86_64\n@default return EPERM\n{policy}\n", "a.policy"), tmp_path / "o.json"
    result = run("export", path, "-o", out)
    assert result.returncode == 1
    assert why in result.stderr
    assert not out.exists()


@pytest.mark.parametrize("arguments, why", [
    (("--cap=SYS_ADMIN",), "unknown capability 'SYS_ADMIN'"),
    (("--kernel=6",), "expected a version like 6.1"),
])
def test_bad_options_are_refused(profile, arguments, why):
    result = run("emulate", profile(PROFILE), *arguments, "read")
    assert result.returncode == 2
    assert why in result.stderr


def test_entries_that_disagree_are_refused_at_both_places(profile):
    content = dict(PLAIN, syscalls=[entry("read", args=[(0, "EQ", 1)]),
                                    entry("read", "ERRNO", args=[(1, "EQ", 2)])])
    result = run("emulate", profile(content), "read")
    assert result.returncode == 2
    assert re.search(r"profile\.json:\d+:\d+: error: these entries for 'read' disagree", result.stderr)
    assert re.search(r"profile\.json:\d+:\d+: note: there allow", result.stderr)


def test_a_file_of_no_json_is_refused(profile):
    result = run("emulate", profile('{\n  "defaultAction": "SCMP_ACT_ERRNO",\n}\n'), "read")
    assert result.returncode == 2
    assert "profile.json:3:1: error: not JSON: expected a key" in result.stderr

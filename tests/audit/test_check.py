# SPDX-License-Identifier: ISC
"""`seccomp-audit check`: each rule of the linter finds what it is for, is content with the repair,
and is silenced by a waiver and by nothing else. Four rules are about trees that no text can
stand for; tests/unit/test_lint.c has those."""

import json
import os
import re
import subprocess

import pytest

AUDIT = os.environ["SECCOMP_AUDIT"]

HEAD = "@arch x86_64\n@default kill-process\n"
BOTH = "@arch x86_64, x86\n@default kill-process\n"


def values(start: int, count: int) -> str:
    """A condition that no compiler makes small."""
    return " || \\\n  ".join(f"arg0 == {start + 7 * i}" for i in range(count))


LARGE = "".join(f"{name}: {values(1000 * n, 1500)}\n"
                for n, name in enumerate(["read", "write", "close"], 1))

# (rule, a policy that it is for, the same with as little as possible changed)
RULES = [
    ("arch-missing", "@default kill-process\nread: allow", HEAD + "read: allow"),
    ("arch-partial", BOTH + "open[arch=x86]: allow\nread: allow", BOTH + "open: allow"),
    ("arch-partial", BOTH + "open[arch=x86_64]: arg1 == O_RDONLY\nopen[arch=x86]: allow",
     BOTH + "open: arg1 == O_RDONLY"),
    ("uprobe", HEAD + "read: allow", "@arch aarch64\n@default kill-process\nread: allow"),
    ("log-allows", HEAD + "read: log", HEAD + "read: allow"),
    ("log-allows", HEAD + "read: { arg0 == 1; log, allow }", HEAD + "read: arg0 == 1"),
    ("mediated", HEAD + "read: user-notify", HEAD + "read: trap"),
    ("mediated", HEAD + "read: trace", HEAD + "read: return EPERM"),
    ("int-compare", HEAD + "ioctl: arg1 != TIOCGWINSZ", HEAD + "ioctl: arg1:u32 != TIOCGWINSZ"),
    ("int-compare", HEAD + "ioctl: { arg1 == TIOCSTI; kill-process, allow }",
     HEAD + "ioctl: { arg1:u32 == TIOCSTI; kill-process, allow }"),
    ("int-compare", HEAD + "socket: arg0 > 40", HEAD + "socket: arg0 == 41"),
    ("int-compare", HEAD + "fcntl: arg1 & ~0xffffffff || arg1 == 1", HEAD + "fcntl: arg1 in 1"),
    ("narrow-compare", HEAD + "read: arg2:u32 <= 4096", HEAD + "read: arg2 <= 4096"),
    ("narrow-compare", HEAD + "recvfrom: arg4:u32 == 0", HEAD + "recvfrom: arg4 == 0"),
    ("narrow-compare", HEAD + "read: arg2:u32 == 5", HEAD + "read: arg2:u32 == 5 && arg2 < 4096"),
    ("pointer-compare", HEAD + "write: arg1 < 0x10000", HEAD + "write: arg1 == 0"),
    ("pointer-compare", HEAD + "openat: arg1 == 0x4000", HEAD + "openat: arg1 != 0"),
    ("signal-target", HEAD + "kill: arg1 == SIGTERM",
     HEAD + "@param $pid: u32 in 1..9999\nkill: arg0 == $pid && arg1 == SIGTERM"),
    ("signal-target", HEAD + "kill: arg0 == 0", HEAD + "kill: arg0 == 17"),
    ("signal-target", HEAD + "kill: arg0 == ~0", HEAD + "kill: arg0 == 17"),
    ("signal-target", HEAD + "tgkill: arg2 == SIGABRT", HEAD + "tgkill: arg0 == 17"),
    ("signal-target", HEAD + "pidfd_send_signal: allow", HEAD + "pidfd_send_signal: arg0 == 3"),
    ("exec", HEAD + "execve: allow", HEAD + "execve: return EPERM"),
    ("exec", HEAD + "execveat: arg0 == 3", HEAD + "execveat: return EPERM"),
    ("ptrace", HEAD + "ptrace: allow", HEAD + "ptrace: arg0 == PTRACE_TRACEME"),
    ("ptrace", HEAD + "pidfd_getfd: allow", HEAD + "pidfd_getfd: return EPERM"),
    ("io-uring", HEAD + "io_uring_setup: allow", HEAD + "io_uring_setup: return ENOSYS"),
    ("namespace", HEAD + "clone: arg0 & CLONE_VM", HEAD + "clone: arg0 == CLONE_VM"),
    ("namespace", HEAD + "unshare: arg0 != CLONE_NEWUSER", HEAD + "unshare: arg0 == CLONE_FILES"),
    ("namespace", HEAD + "setns: allow", HEAD + "setns: return EPERM"),
    ("thread", HEAD + "clone: arg0 & CLONE_THREAD", HEAD + "clone: arg0 == SIGCHLD"),
    ("clone3", HEAD + "clone3: allow", HEAD + "clone3: return ENOSYS"),
    ("clone3-errno", HEAD + "clone: arg0 == CLONE_THREAD | CLONE_VM\nclone3: return EPERM",
     HEAD + "clone: arg0 == CLONE_THREAD | CLONE_VM\nclone3: return ENOSYS"),
    ("terminal-injection", HEAD + "ioctl: arg1 != TIOCSTI", HEAD + "ioctl: arg1 == TIOCGWINSZ"),
    ("terminal-injection", HEAD + "ioctl: arg1:u32 != TIOCSTI",
     HEAD + "ioctl: arg1:u32 != TIOCSTI && arg1:u32 != TIOCLINUX"),
    ("prctl", HEAD + "prctl: allow", HEAD + "prctl: arg0 == PR_SET_NAME"),
    ("write-exec", HEAD + "mmap: arg2 in PROT_READ | PROT_WRITE | PROT_EXEC",
     HEAD + "mmap: arg2 in PROT_READ | PROT_WRITE || arg2 in PROT_READ | PROT_EXEC"),
    ("write-exec", HEAD + "mprotect: allow", HEAD + "mprotect: arg2 in ~PROT_EXEC"),
    ("write-exec", HEAD + "personality: allow", HEAD + "personality: arg0 == 0xffffffff"),
    ("write-exec", HEAD + "shmat: allow", HEAD + "shmat: arg2 == SHM_RDONLY"),
    ("exec-later", HEAD + "mprotect: arg2 == PROT_EXEC", HEAD + "mprotect: arg2 == PROT_READ"),
    ("socket-family", HEAD + "socket: arg1 == SOCK_STREAM",
     HEAD + "socket: arg0 == AF_UNIX || arg0 == AF_INET || arg0 == AF_INET6"),
    ("socket-family", "@arch x86\n@default kill-process\nsocketcall: allow",
     "@arch x86\n@default kill-process\nsocketcall: return ENOSYS"),
    ("send-flags", HEAD + "sendto: arg5 == 16", HEAD + "sendto: arg3 == MSG_NOSIGNAL"),
    ("send-flags", HEAD + "sendto: arg5 == 16", HEAD + "sendto: arg4 == 0"),
    ("send-address", HEAD + "sendto: arg3 == MSG_NOSIGNAL", HEAD + "sendto: arg4 == 0"),
    ("send-address", HEAD + "sendmsg: allow", HEAD + "sendmsg: return EPERM"),
    ("kernel-surface", HEAD + "bpf: allow", HEAD + "bpf: return EPERM"),
    ("alternative", HEAD + "open: return EACCES\nopenat: allow",
     HEAD + "open: return EACCES\nopenat: arg2 == O_RDONLY"),
    ("alternative", HEAD + "read: arg0 == 0\npreadv2: allow",
     HEAD + "read: arg0 == 0\npreadv2: arg0 == 0"),
    ("restart-syscall", HEAD + "poll: allow", HEAD + "poll: allow\nrestart_syscall: allow"),
    ("restart-syscall", HEAD + "futex: arg1 == FUTEX_WAIT",
     HEAD + "futex: arg1 == FUTEX_WAIT\nrestart_syscall: allow"),
    ("rt-sigreturn", HEAD + "rt_sigaction: allow", HEAD + "rt_sigaction: arg1 == 0"),
    ("rt-sigreturn", HEAD + "rt_sigaction: allow",
     HEAD + "rt_sigaction: allow\nrt_sigreturn: allow"),
    ("exit-group", HEAD + "exit: allow", HEAD + "exit: allow\nexit_group: allow"),
    ("thread-exit", HEAD + "exit_group: allow\nclone: arg0 == CLONE_THREAD",
     HEAD + "exit_group: allow\nclone: arg0 == SIGCHLD"),
    ("program-size", HEAD + LARGE, HEAD + "read: allow"),
]

NOT_WRITTEN_AS_TEXT = {"permissive-default", "arch-open", "x32", "fake-success"}
ABOUT_WAIVERS = {"waiver-invalid", "waiver-unused"}
ABOUT_SEVERAL_FILES = {"stack-size"}


def check(*arguments, text: str | None = None, tmp_path=None):
    """Exit status and standard output; `text` becomes the last operand, a file."""
    operands = list(map(str, arguments))
    if text is not None:
        path = tmp_path / "a.policy"
        path.write_text(text)
        operands.append(str(path))
    done = subprocess.run([AUDIT, "check", *operands], capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 1, 2, 3), done.stderr
    return done.returncode, done.stdout


def findings(text: str, tmp_path):
    status, output = check("--json", text=text, tmp_path=tmp_path)
    found = json.loads(output)
    assert "language" not in [each["rule"] for each in found], found
    counted = [each for each in found if each["severity"] != "note" and "waived" not in each]
    assert status == (1 if counted else 0)
    return found


def ids(found) -> list[str]:
    return [each["rule"] for each in found if "waived" not in each]


def waive(text: str, finding) -> str:
    lines = text.split("\n")
    at = finding["line"]
    lines.insert(max(at - 1, 0), f"# lint: allow {finding['rule']} the test says why")
    return "\n".join(lines)


@pytest.mark.parametrize("rule, wrong, right", RULES)
def test_rule_finds_what_it_is_for_and_is_content_with_the_repair(rule, wrong, right, tmp_path):
    assert rule in ids(findings(wrong + "\n", tmp_path))
    assert rule not in ids(findings(right + "\n", tmp_path))


@pytest.mark.parametrize("rule, wrong, right", RULES)
def test_waiver_silences_its_rule_and_no_other(rule, wrong, right, tmp_path):
    before = findings(wrong, tmp_path)
    finding = next(each for each in before if each["rule"] == rule)
    after = findings(waive(wrong, finding), tmp_path)
    waived = [each for each in after if "waived" in each]
    assert [each["rule"] for each in waived] == [rule]
    assert waived[0]["waived"] == "the test says why"
    assert len(after) == len(before)


def test_every_rule_has_a_case():
    _, output = check("--rules", "--json")
    documented = {each["id"] for each in json.loads(output)}
    assert documented == ({rule for rule, _, _ in RULES} | NOT_WRITTEN_AS_TEXT | ABOUT_WAIVERS
                          | ABOUT_SEVERAL_FILES)


def test_every_rule_is_documented_whole():
    status, output = check("--rules", "--json")
    assert status == 0
    _, text = check("--rules")
    for rule in json.loads(output):
        assert set(rule) == {"id", "severity", "summary", "why", "fix"}
        assert re.fullmatch(r"[a-z][a-z0-9-]*", rule["id"])
        assert rule["severity"] in ("error", "warning", "note")
        assert all(rule.values())
        assert f"{rule['id']} ({rule['severity']}): {rule['summary']}\n" in text


def test_stack_of_many_policies_is_too_large(tmp_path):
    path = tmp_path / "a.policy"
    path.write_text(HEAD + "read: " + values(1, 300) + "\n")
    status, output = check("--json", *[path] * 9)
    assert status == 0 and "stack-size" not in output
    status, output = check("--json", *[path] * 120)
    assert status == 0 and "stack-size" in output


def test_witness_is_a_call_that_emulate_lets_through(tmp_path):
    """Whatever a finding shows is asked again, by another command."""
    path = tmp_path / "a.policy"
    asked = 0
    for _, wrong, _ in RULES:
        if "$" in wrong or "program-size" in wrong or "user-notify" in wrong:
            continue
        path.write_text(wrong + "\n")
        for finding in json.loads(check("--json", path)[1]):
            shown = re.search(r"\b(\w+)\(([^)]*)\)(?: on (\w+))?", finding["message"])
            if shown is None:
                continue
            call, arguments, arch = shown.groups()
            if arch is None:
                arch = re.search(r"@arch (\w+)", wrong)
                arch = arch.group(1) if arch else "x86_64"
            done = subprocess.run(
                [AUDIT, "emulate", path, call, *[a for a in arguments.split(", ") if a],
                 "--arch=" + arch], capture_output=True, text=True, timeout=60)
            assert done.stdout.split("\n")[0] in ("allow", "log"), (finding, done)
            asked += 1
    assert asked >= 40


def test_int_is_walked_around_by_what_the_finding_shows(tmp_path):
    found = findings(HEAD + "socket: arg0 > 40 || arg0 < 38\n", tmp_path)
    message = next(each["message"] for each in found if each["rule"] == "int-compare")
    refused = int(re.search(r"refuses (0x[0-9a-f]+)", message).group(1), 16)
    passed = int(re.search(r"socket\((0x[0-9a-f]+)", message).group(1), 16)
    assert passed != refused and passed & 0xffffffff == refused


def test_list_of_allowed_negative_ints_is_no_finding(tmp_path):
    assert "int-compare" not in ids(findings(HEAD + "wait4: arg0 == ~0\n", tmp_path))
    assert "int-compare" not in ids(findings(HEAD + "openat: arg0 == 0xffffff9c\n", tmp_path))


def test_how_a_rule_is_written_makes_no_difference(tmp_path):
    """The same meaning, four ways."""
    for rule in ("mmap: arg2 in ~PROT_EXEC || arg2 in ~PROT_WRITE",
                 "mmap: arg2 & 6 == 0 || arg2 & 6 == 2 || arg2 & 6 == 4",
                 "mmap: { arg2 & 6 == 6; kill-process, allow }",
                 "mmap: { arg2 & 4 && arg2 & 2; return EPERM, allow }"):
        assert "write-exec" not in ids(findings(HEAD + rule + "\n", tmp_path)), rule
    for rule in ("mmap: arg2 & 6", "mmap: arg2 <= 7", "mmap: arg2 != 0",
                 "mmap: { arg2 == 6; return EPERM, allow }"):
        assert "write-exec" in ids(findings(HEAD + rule + "\n", tmp_path)), rule


@pytest.mark.parametrize("comment, message", [
    ("# lint: allow exec", "the waiver gives no reason"),
    ("# lint: allow exe because", "there is no rule 'exe'"),
    ("# lint: allow", "not a waiver"),
    ("# lint: ignore exec because", "not a waiver"),
    ("# lint:", "not a waiver"),
    ("# lint: allow waiver-unused because", "'waiver-unused' cannot be waived"),
])
def test_broken_waiver_is_an_error_and_silences_nothing(comment, message, tmp_path):
    found = findings(HEAD + comment + "\nexecve: allow\n", tmp_path)
    broken = next(each for each in found if each["rule"] == "waiver-invalid")
    assert (broken["message"], broken["severity"]) == (message, "error")
    assert "exec" in ids(found)


def test_unused_waiver_is_a_finding(tmp_path):
    found = findings(HEAD + "# lint: allow exec it does not\nread: allow\n", tmp_path)
    assert "waiver-unused" in ids(found)


@pytest.mark.parametrize("text, silenced", [
    ("execve: allow # lint: allow exec here\n", True),
    ("execve: allow # lint: allow exec-later here\n", False),
    ("# lint: allow exec above\n# a reason\nexecve: allow\n", True),
    ("# lint: allow exec above\n#\n# lint: allow ptrace too\n{execve, ptrace}: allow\n", True),
    ("# lint: allow exec not above\n\nexecve: allow\n", False),
    ("# lint: allow exec above another\nread: allow\nexecve: allow\n", False),
    ("execve: allow\n# lint: allow exec below\n", False),
    ("# lint: allow exec joined\n{read, \\\n execve, \\\n write}: allow\n", True),
    ("{read, \\\n execve, \\\n write}: allow # lint: allow exec at the end\n", True),
    ("#lint:allow exec close\nexecve: allow\n", True),
    ("\t#   lint:   allow   exec   wide\nexecve: allow\n", True),
    ("# see lint: allow exec is prose\nexecve: allow\n", False),
])
def test_waiver_covers_its_line(text, silenced, tmp_path):
    assert ("exec" not in ids(findings(HEAD + text, tmp_path))) == silenced


def test_includes_are_looked_at_with_their_own_waivers(tmp_path):
    (tmp_path / "more#1.policy").write_text(
        "execve: allow\n# lint: allow ptrace the test says why\nptrace: allow\n"
        "# lint: allow bogus\n")
    found = findings(HEAD + "@include ./more#1.policy # lint: allow exec not here\n", tmp_path)
    assert "waiver-unused" in ids(found)
    mine = [each for each in found if each["file"].endswith("more#1.policy")]
    assert ids(mine) == ["exec", "waiver-invalid"]
    assert [each["rule"] for each in mine if "waived" in each] == ["ptrace"]


def test_text_shows_the_line_the_caret_and_the_fix(tmp_path):
    status, output = check(text=HEAD + "read: allow\n{write, execve}: allow\n", tmp_path=tmp_path)
    assert status == 1
    lines = output.split("\n")
    at = next(i for i, line in enumerate(lines) if ": warning: " in line)
    assert re.fullmatch(r".*/a\.policy:4:9: warning: execve .* \[exec\]", lines[at])
    assert lines[at + 1] == "    {write, execve}: allow"
    assert lines[at + 2] == "            ^~~~~~"
    assert lines[at + 3].startswith("    hint: ")


def test_waived_findings_are_not_printed(tmp_path):
    text = HEAD + "# lint: allow exec why\nexecve: allow\n"
    status, output = check(text=text, tmp_path=tmp_path)
    assert status == 0 and "[exec]" not in output


def test_errors_of_the_language_end_with_2_and_have_no_rule(tmp_path):
    status, output = check("--json", text=HEAD + "raed: allow\n", tmp_path=tmp_path)
    assert status == 2
    assert [each["rule"] for each in json.loads(output)] == ["language"]


def test_profiles_of_the_container_world_are_checked_too(tmp_path):
    path = tmp_path / "p.json"
    path.write_text(json.dumps({
        "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 0,
        "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_ALLOW"}]}))
    status, output = check("--json", "--arch=x86_64", path)
    found = {each["rule"] for each in json.loads(output)}
    assert status == 1 and {"exec", "fake-success"} <= found
    assert "arch-missing" not in found


def test_options_that_exclude_each_other_are_refused(tmp_path):
    assert check("--json", "--sarif", text=HEAD, tmp_path=tmp_path)[0] == 2
    assert check("--rules", text=HEAD, tmp_path=tmp_path)[0] == 2
    assert check("--rules", "--sarif")[0] == 2
    assert check()[0] == 2


# What SARIF 2.1.0 says of the parts that are used: a type, a tuple of allowed words, a pattern, a
# list of one, or an object whose members are required unless they begin with "?".
TEXT = {"text": r"(?s).+"}
RULE = {"id": r"[a-z][a-z0-9-]*", "shortDescription": TEXT, "fullDescription": TEXT, "help": TEXT,
        "defaultConfiguration": {"level": ("error", "warning", "note")}}
RESULT = {"ruleId": str, "ruleIndex": int, "level": ("error", "warning", "note"), "message": TEXT,
          "locations": [{"physicalLocation": {
              "artifactLocation": {"uri": r"(file://)?[A-Za-z0-9/._~%-]+"},
              "?region": {"startLine": int, "startColumn": int, "endColumn": int}}}],
          "suppressions": [{"kind": ("inSource",), "justification": str}]}
SARIF = {"$schema": str, "version": ("2.1.0",), "runs": [{
    "tool": {"driver": {"name": ("seccomp-audit",), "version": str, "rules": [RULE]}},
    "columnKind": ("unicodeCodePoints",), "results": [RESULT],
    "invocations": [{"executionSuccessful": bool}]}]}


def conform(value, schema, where="$"):
    if isinstance(schema, dict):
        assert isinstance(value, dict), where
        required = {key for key in schema if not key.startswith("?")}
        known = {key.lstrip("?") for key in schema}
        assert required <= set(value) <= known, where
        for key, part in schema.items():
            if key.lstrip("?") in value:
                conform(value[key.lstrip("?")], part, f"{where}.{key}")
    elif isinstance(schema, list):
        assert isinstance(value, list), where
        for i, part in enumerate(value):
            conform(part, schema[0], f"{where}[{i}]")
    elif isinstance(schema, tuple):
        assert value in schema, where
    elif isinstance(schema, str):
        assert isinstance(value, str) and re.fullmatch(schema, value), (where, value)
    else:
        assert type(value) is schema, where


def test_sarif_is_what_the_standard_says(tmp_path):
    text = (HEAD + "# lint: allow ptrace \"quoted\" \\ reason\nptrace: allow\nexecve: allow\n"
            "# lint: allow\n")
    status, output = check("--sarif", text=text, tmp_path=tmp_path)
    document = json.loads(output)
    conform(document, SARIF)
    assert status == 1
    run = document["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"].get("region")
        if region is not None:
            assert region["startLine"] >= 1
            assert 1 <= region["startColumn"] < region["endColumn"]
    waived = [result for result in run["results"] if result["suppressions"]]
    assert [result["ruleId"] for result in waived] == ["ptrace"]
    assert waived[0]["suppressions"][0]["justification"] == "\"quoted\" \\ reason"
    assert run["invocations"][0]["executionSuccessful"] is True


def test_sarif_holds_the_same_as_json(tmp_path):
    text = "@default kill-process\n{execve, kill, mmap, socket}: allow\n# lint: allow exec no\n"
    path = tmp_path / "a b#c.policy"
    path.write_text(text)
    listed = json.loads(check("--json", path)[1])
    results = json.loads(check("--sarif", path)[1])["runs"][0]["results"]
    assert [each["rule"] for each in listed] == [each["ruleId"] for each in results]
    assert [each["message"] for each in listed] == [each["message"]["text"] for each in results]
    uris = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results}
    assert uris == {"file://" + str(path).replace(" ", "%20").replace("#", "%23")}


def test_sarif_of_a_file_that_is_no_policy(tmp_path):
    status, output = check("--sarif", text="read allow\n", tmp_path=tmp_path)
    document = json.loads(output)
    conform(document, SARIF)
    run = document["runs"][0]
    assert status == 2 and run["results"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert {result["ruleId"] for result in run["results"]} == {"language"}
    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"] == "language"

# SPDX-License-Identifier: ISC
"""The manual pages and the auditor's guide say what the programs do, no less and no more."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("echocell.8", "seccomp-audit.1", "seccomp-policy.5")
MARK = "-- end of output --"


def page(name):
    return (ROOT / "man" / name).read_text()


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60,
                          stdin=subprocess.DEVNULL)


def audit(*arguments):
    return run(os.environ["SECCOMP_AUDIT"], *arguments)


def section(text, title, macro="Sh"):
    """What stands between this heading and the next one of its rank or above."""
    end = r"^\.Sh " if macro == "Sh" else r"^\.S[hs] "
    (found,) = re.findall(rf"^\.{macro} {title}\n(.*?)(?={end}|\Z)", text, re.M | re.S)
    return found


def long_options(text):
    """`Fl -word` `Fl x , -word` and `Fl -word | -word` of a page, `--word` of a help text."""
    return set(re.findall(r"(?:Fl -|[|,] -|--)([a-z][a-z-]+)", text))


def commands():
    return re.findall(r"^  ([a-z]+) ", audit("--help").stdout, re.M)


def read_options():
    """Every long option that some command of seccomp-audit can have."""
    return set(re.findall(r'^    \{"([a-z-]+)", (?:no|required)_argument', (ROOT / "src/audit/options.c").read_text(),
                          re.M))


def takes(command, option):
    """Asked without value and operands, so that nothing is looked at or written."""
    answer = audit(command, f"--{option}")
    return f"unknown option --{option}" not in answer.stderr


@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_fault_that_mandoc_knows(name):
    answer = run("mandoc", "-Tlint", "-Wwarning", ROOT / "man" / name)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_every_option_of_the_daemon_stands_in_its_page_and_no_other():
    known = run(os.environ["ECHOCELL"], "--help").stdout
    items = re.findall(r"^\.It (Fl .*)$", section(page("echocell.8"), "Options", "Ss"), re.M)
    documented = long_options("\n".join(items))
    assert len(documented) > 20
    assert documented == set(re.findall(r"^  (?:-\w, |    )--([a-z-]+)", known, re.M))
    assert set(re.findall(r"Fl ([a-zA-Z])\b", "\n".join(items))) == set(re.findall(r"^  -(\w),", known, re.M))


def test_every_command_of_the_auditor_stands_in_its_page_and_no_other():
    documented = re.findall(r"^\.Ss (\w+)$", section(page("seccomp-audit.1"), "COMMANDS"), re.M)
    assert len(documented) > 5 and documented == commands()


@pytest.mark.parametrize("command", commands())
def test_options_of_a_command_stand_in_its_page_and_no_others(command):
    told = long_options(section(page("seccomp-audit.1"), command, "Ss"))
    known = long_options(audit(command, "--help").stdout)
    assert known and known <= told
    for option in told:
        assert takes(command, option), option
    assert not takes(command, "no-such-option")


def test_every_option_of_the_auditor_is_explained_and_no_other():
    explained = long_options("\n".join(re.findall(r"^\.It (.*)$", section(page("seccomp-audit.1"), "OPTIONS"), re.M)))
    assert explained == read_options() | {"version"}


def test_every_lint_rule_stands_with_its_severity_in_the_page_and_no_other():
    rules = json.loads(audit("check", "--rules", "--json").stdout)
    items = re.findall(r"^\.It Sy (\S+) Pq (\w+)\n(?:\\&)?(.*)\.$", section(page("seccomp-audit.1"), "RULES"), re.M)
    assert len(items) > 30
    assert [(name, severity, text.lower()) for name, severity, text in items] == \
        [(rule["id"], rule["severity"], rule["summary"].lower()) for rule in rules]


def words_of(source, pattern):
    words = re.findall(pattern, (ROOT / "src/echocell" / source).read_text())
    assert words, (source, pattern)
    return set(words)


def test_every_event_outcome_reason_and_layer_is_explained_in_the_page_and_no_other():
    events = words_of("report.c", r'log_begin\([^"]+"(\w+)"\)') | words_of("log.c", r'log_begin\([^"]+"(\w+)"\)')
    for title, macro, known in (
        ("Events", "Ss", events | words_of("trace.c", r"event=(\w+)")),
        ("Outcomes", "Ss", words_of("outcome.c", r'\[OUTCOME_\w+\] = "(\w+)"')),
        ("Reasons of a refusal", "Ss", words_of("reject.c", r'\[REJECT_\w+\] = "(\w+)"')),
        ("LAYERS", "Sh", words_of("layers.c", r'\[LAYER_\w+\] = \{"(\w+)"')),
    ):
        items = re.findall(r"^\.It Sy ([\w ,]+?)(?: Pq .*)?$", section(page("echocell.8"), title, macro), re.M)
        assert set(re.findall(r"\w+", " ".join(items))) == known, title


def test_every_word_of_the_log_stands_in_the_page():
    told = section(page("echocell.8"), "LOG")
    for source, pattern in (
        ("ledger.c", r'\[SETUP_(?!NONE)\w+\] = "(\w+)"'),
        ("report.c", r'log_(?:word|count|address|seconds)\("(\w+)"'),
        ("log.c", r'log_count\("(\w+)"'),
        ("trace.c", r" (\w+)=[%\\]"),
        ("server.c", r'"(SIG\w+)"'),
        ("reap.c", r'server_drain\(server, "(\w+)"'),
    ):
        for word in words_of(source, pattern):
            assert re.search(rf"\b{word}\b", told), f"{word} ({source})"


def test_every_variable_that_the_daemon_reads_stands_in_its_page():
    told = re.findall(r"^\.It Ev (\w+)$", section(page("echocell.8"), "ENVIRONMENT"), re.M)
    assert set(told) == words_of("environment.c", r'getenv\("(\w+)"\)') | words_of("activation.c", r'getenv\("(\w+)"\)')


def test_every_metric_stands_with_its_labels_in_the_page_and_no_other():
    items = re.findall(r"^\.It Sy (\w+)(?: Pq (.*))?$", section(page("echocell.8"), "METRICS"), re.M)
    families = words_of("metrics_page.c", r'family\(page, "(\w+)"')
    kinds = dict(re.findall(r'family\(page, "(\w+)", "(\w+)"', (ROOT / "src/echocell/metrics_page.c").read_text()))
    suffixes = {"counter": "_total", "info": "_info"}
    assert {name for name, _ in items} == {f"echocell_{name}{suffixes.get(kinds[name], '')}" for name in families}
    for _, labels in items:
        for label in re.findall(r"\w+", labels or ""):
            assert re.search(rf'"{label}"|{{{label}=|,{label}=', (ROOT / "src/echocell/metrics_page.c").read_text()), label


def test_every_verdict_of_an_attestation_stands_in_the_page():
    words = re.findall(r'\[ATTEST_\w+\] = \{"([A-Z-]+)"', (ROOT / "src/audit/attest.c").read_text())
    told = section(page("seccomp-audit.1"), "attest", "Ss")
    assert len(words) > 8
    for word in words:
        assert re.search(rf"^\.It .*\b{word}\b", told, re.M), word


def test_exit_statuses_of_the_help_texts_stand_in_the_pages():
    for name, program, count in (("echocell.8", "ECHOCELL", 7), ("seccomp-audit.1", "SECCOMP_AUDIT", 4)):
        told = re.findall(r"^\.It (\d+)$", section(page(name), "EXIT STATUS"), re.M)
        text = re.split(r"exit status:?", run(os.environ[program], "--help").stdout, flags=re.I)[1]
        assert told == re.findall(r"(?:^|, |\s)(\d+) ", text) and len(told) == count, name


def members(value):
    """The names of all members, at any depth; what is named by parameters is not among them."""
    if isinstance(value, list):
        return set().union(*map(members, value))
    if not isinstance(value, dict):
        return set()
    return set(value) | set().union(*(members(inner) for name, inner in value.items()
                                      if name not in ("params", "parameters")))


def test_every_member_of_the_json_stands_in_the_page(tmp_path):
    session, wider = str(ROOT / "policy/session.policy"), str(ROOT / "policy/session-trace.policy")
    program = str(tmp_path / "session.bpf")
    bound = "--param=listener=4242"
    told = section(page("seccomp-audit.1"), "JSON")
    for arguments in (
        ("compile", session, bound, "-o", program),
        ("check", str(ROOT / "policy/listener.policy")),
        ("check", "--rules"),
        ("explain", session),
        ("explain", program),
        ("emulate", session, bound, "openat"),
        ("emulate", program, "openat"),
        ("prove", session, program),
        ("prove", wider, program),
        ("diff", session, wider),
        ("dump", session),
        ("disasm", program),
        ("export", session, bound, "-o", str(tmp_path / "session.json")),
        ("attest", str(os.getpid())),
    ):
        answer = audit(*arguments, "--json").stdout
        found = members(json.loads(answer))
        assert len(found) > 2, arguments
        for name in found:
            assert re.search(rf"\b{name}\b", told), f"{name} of {arguments[0]}"


def test_every_directive_and_action_of_the_language_stands_in_its_page():
    told = page("seccomp-policy.5")
    directives = re.findall(r'\{"(@\w+)", parse_', (ROOT / "src/policy/parse.c").read_text())
    actions = re.findall(r'\{"([a-z1-]+)", +SECCOMP_RET', (ROOT / "src/policy/action.c").read_text())
    archs = re.findall(r'\{"(\w+)", .*SCMP_ARCH', (ROOT / "src/policy/architecture.c").read_text())
    assert len(directives) > 6 and len(actions) > 8 and len(archs) > 15
    for word in directives:
        assert re.search(rf"^\.It Ic {word} ", told, re.M), word
    for word in actions:
        assert re.search(rf"^\.It Cm .*(?<![\w-]){word}(?![\w-])", told, re.M), word
    for word in archs:
        assert re.search(rf"\b{word}\b", section(told, "DIRECTIVES")), word


def test_grammar_of_the_page_is_taken_from_the_sources():
    """Each definition of the page, blanks apart, stands in a comment of the parser."""
    grammar = section(page("seccomp-policy.5"), "GRAMMAR").split(".Ed")[0]
    sources = "".join((ROOT / "src/policy" / name).read_text() for name in ("parse.c", "parse_rule.c", "parse_value.c"))
    comments = "".join(re.sub(r"^//", "", line) for line in sources.splitlines() if line.startswith("//"))
    comments = re.sub(r"\s+", "", comments)
    definitions = re.split(r";$", grammar, flags=re.M)
    checked = 0
    for definition in definitions:
        name, _, body = definition.partition("=")
        if name.strip() in ("archs", "names", "chain", "expr", "conj", "atom", "value", "term", "action", "deny"):
            assert re.sub(r"\s+", "", body) in comments, name
            checked += 1
    assert checked == 10


def test_example_of_the_language_is_a_policy_without_findings(tmp_path):
    text = section(page("seccomp-policy.5"), "EXAMPLES")
    (example,) = re.findall(r"^\.Bd.*?\n(.*?)^\.Ed", text, re.M | re.S)
    policy = tmp_path / "example.policy"
    policy.write_text(example.replace("\\e", "\\"))
    answer = audit("check", policy)
    assert answer.returncode == 0, answer.stdout


def test_guide_links_lead_to_files():
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / "policy/README.md").read_text()):
        assert (ROOT / "policy" / target).exists(), target


#### The guide's console: every command is run again, in one shell, and says what the guide shows


def console(text):
    """(command, output) of each `$ ` line in the ```console blocks."""
    steps = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            steps.append((command, output.rstrip("\n")))
    return steps


def shell(steps, directory, programs):
    """The output of each step, in a copy of the policies, with both programs in the path."""
    script = ["L= S=", 'trap \'[ -z "$L" ] || kill "$L" 2>/dev/null\' EXIT']
    mark = f"status=$?; printf '\\n%s\\n' '{MARK}'; (exit $status)"
    script += [f"{command}\n{mark}" for command, _ in steps]
    environment = {"PATH": f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(directory)}
    answer = subprocess.run(["timeout", "-k", "5", "60", "bash", "-c", "\n".join(script)], cwd=directory, text=True,
                            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False)
    outputs = answer.stdout.split(f"\n{MARK}\n")
    assert len(outputs) == len(steps) + 1, answer.stdout
    return [output.rstrip("\n") for output in outputs[:-1]]


def masked(output, pids):
    """Process ids by a name, without inodes, the shell's own id and the widths of columns."""
    for name, pid in pids.items():
        output = re.sub(rf"\b{pid}\b", name, output)
    output = re.sub(r"socket:\[\d+\]|child of \d+ \(bash\)", "", output)
    return [re.sub(r"\s+", " ", line.strip()) for line in output.splitlines()]


def pids_of(steps, outputs):
    """What `echo $L $S` said."""
    (said,) = [output for (command, _), output in zip(steps, outputs) if command == "echo $L $S"]
    listener, session = said.split()
    return {"LISTENER": listener, "SESSION": session}


def test_guide_shows_what_the_programs_print(tmp_path):
    assert os.geteuid() == 0, "the guide starts echocell and reads its filters, which needs root"
    steps = console((ROOT / "policy/README.md").read_text())
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("ECHOCELL", "SECCOMP_AUDIT"):
        (programs / name.lower().replace("_", "-")).symlink_to(Path(os.environ[name]).resolve(strict=True))
    shutil.copytree(ROOT / "policy", tmp_path / "policy")
    outputs = shell(steps, tmp_path, programs)
    shown = [output for _, output in steps]
    assert len(steps) > 12
    for (command, expected), output in zip(steps, outputs):
        assert masked(output, pids_of(steps, outputs)) == masked(expected, pids_of(steps, shown)), command

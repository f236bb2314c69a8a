# SPDX-License-Identifier: ISC
"""The command line: what is refused, with which exit code, in one line that says why."""

import hashlib
import re
import socket
import subprocess

import pytest

from peers import free_port, privileged_port
import kernel
from test_confinement import LAYERS

EX_OK, EX_USAGE, EX_OSERR, EX_NOPERM, EX_CONFIG = 0, 64, 71, 77, 78
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
ROOT_LAYERS = {"root", "netns", "ipcns", "utsns", "mountns"}
ROOTLESS_LAYERS = {"no_new_privs", "nodump", "mdwe", "landlock", "landlock_scope", "listener_filter", "session_filter",
                   "session_limits"}
HERE = ("127.0.0.1", "0")
BAD_USAGE = {
    "unknown option": ["--bogus", *HERE],
    "unknown short option": ["-Z", *HERE],
    "no arguments": [],
    "no port": ["127.0.0.1"],
    "third argument": [*HERE, "extra"],
    "address given twice": ["--listen=127.0.0.1:0", *HERE],
    "missing value": ["127.0.0.1", "0", "--user"],
    "name for an address": ["localhost", "0"],
    "short address": ["127.1", "0"],
    "octal address": ["0127.0.0.1", "0"],
    "empty address": ["", "0"],
    "address with blank": [" 127.0.0.1", "0"],
    "port too high": ["127.0.0.1", "65536"],
    "negative port": ["127.0.0.1", "--", "-1"],
    "port with letters": ["127.0.0.1", "7x"],
    "service name": ["127.0.0.1", "echo"],
    "empty port": ["127.0.0.1", ""],
    "hexadecimal port": ["127.0.0.1", "0x7"],
    "overflowing port": ["127.0.0.1", "18446744073709551623"],
    "listen without port": ["--listen=127.0.0.1"],
    "listen without brackets": ["--listen=::1:7"],
    "listen with open bracket": ["--listen=[::1:7"],
    "unknown protocol": ["--protocol=chargen", *HERE],
    "empty acknowledgement": ["--ack=", *HERE],
    "long acknowledgement": ["--ack=" + "k" * 65, *HERE],
    "unprintable acknowledgement": ["--ack=a\tb", *HERE],
    "non-ascii acknowledgement": ["--ack=é", *HERE],
    "root by number": ["--user=0", *HERE],
    "root by name": ["--user=root", *HERE],
    "root with group": ["--user=0:65534", *HERE],
    "no sessions": ["--max-sessions=0", *HERE],
    "negative sessions": ["--max-sessions=-1", *HERE],
    "sessions with letters": ["--max-sessions=10k", *HERE],
    "overflowing sessions": ["--max-sessions=99999999999999999999", *HERE],
    "negative per source": ["--max-per-source=-1", *HERE],
    "duration without unit": ["--idle-timeout=60", *HERE],
    "duration with unknown unit": ["--idle-timeout=60d", *HERE],
    "duration without number": ["--send-timeout=s", *HERE],
    "negative duration": ["--session-timeout=-5s", *HERE],
    "fractional duration": ["--drain-timeout=1.5s", *HERE],
    "overflowing duration": ["--penalty=99999999999999999999h", *HERE],
    "exempt without prefix": ["--exempt=127.0.0.1/", *HERE],
    "exempt prefix too long": ["--exempt=127.0.0.0/33", *HERE],
    "exempt name": ["--exempt=localhost/8", *HERE],
    "negative crash budget": ["--crash-budget=-1", *HERE],
    "metrics without address": ["--metrics=9100", *HERE],
    "metrics by name": ["--metrics=localhost:9100", *HERE],
    "metrics without port": ["--metrics=127.0.0.1", *HERE],
    "unknown layer": ["--require=bogus", *HERE],
    "unknown layer among known": ["--require=mdwe,bogus", *HERE],
    "empty layer": ["--require=", *HERE],
    "unknown log level": ["--log-level=loud", *HERE],
    "unknown log format": ["--log-format=xml", *HERE],
    "unknown policy": ["--print-policy=other", *HERE],
}


def assert_refused(result, code):
    """Exactly one line `echocell: WHAT: WHY` on stderr, nothing on stdout."""
    assert result.returncode == code, result
    assert result.stdout == ""
    assert re.fullmatch(r"echocell: [^\n]+: [^\n]+\n", result.stderr), result.stderr


@pytest.mark.parametrize("flags", [["--help"], ["-h"], ["--help", *HERE]])
def test_help_goes_to_stdout(run, flags):
    result = run(*flags)
    assert (result.returncode, result.stderr) == (EX_OK, "")
    for option in ("--listen", "--protocol", "--ack", "--user", "--max-sessions", "--max-per-source", "--penalty",
                   "--exempt", "--crash-budget", "--idle-timeout", "--send-timeout", "--session-timeout",
                   "--drain-timeout", "--metrics", "--require", "--trace", "--diagnose", "--log-level", "--log-format", "--check",
                   "--print-policy", "--help", "--version"):
        assert option in result.stdout, option


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version_goes_to_stdout(run, flag):
    result = run(flag)
    assert (result.returncode, result.stderr) == (EX_OK, "")
    assert re.fullmatch(r"echocell \d+\.\S+\n", result.stdout)


def test_help_that_cannot_be_written_is_no_success(binary):
    with open("/dev/full", "wb") as full:
        assert subprocess.run([binary, "--help"], stdout=full, stderr=subprocess.DEVNULL, check=False).returncode == 71


@pytest.mark.parametrize("case", BAD_USAGE)
def test_bad_usage_is_64_with_one_line(run, case):
    assert_refused(run(*BAD_USAGE[case]), EX_USAGE)


@pytest.mark.parametrize("case", [case for case in BAD_USAGE if case != "no arguments"])
def test_check_refuses_what_a_start_would_refuse(run, case):
    assert_refused(run("--check", *BAD_USAGE[case]), EX_USAGE)


def test_start_without_an_address_names_both_ways_to_have_one(run):
    result = run()
    assert_refused(result, EX_USAGE)
    assert "ADDRESS PORT" in result.stderr and "LISTEN_FDS" in result.stderr


def test_check_needs_no_address(run):
    """A unit checks before it starts, when its sockets are not passed yet."""
    result = run("--check")
    assert (result.returncode, result.stdout, result.stderr) == (EX_OK, "", "")


def test_unknown_user_is_refused(run):
    for flags in ([], ["--check"]):
        result = run(*flags, "--user=nobody-by-that-name", *HERE)
        assert_refused(result, result.returncode)
        assert result.returncode in (EX_USAGE, EX_CONFIG)
        assert "nobody-by-that-name" in result.stderr


def test_check_binds_nothing(run):
    port = privileged_port()
    with socket.create_server(("127.0.0.1", port)):
        result = run("--check", "127.0.0.1", str(port))
        assert (result.returncode, result.stdout) == (EX_OK, "")


def test_port_in_use_is_71(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("127.0.0.1", port)
        assert_refused(result, EX_OSERR)
        assert port in result.stderr


def test_none_is_served_when_one_bind_fails(run):
    free = free_port()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert_refused(run(f"--listen=127.0.0.1:{free}", f"--listen=127.0.0.1:{taken.getsockname()[1]}"), EX_OSERR)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free))


def test_foreign_address_is_71(run):
    assert_refused(run("198.51.100.1", "0"), EX_OSERR)


def test_privileged_port_without_permission_names_the_fix(run, public_binary):
    result = run("127.0.0.1", str(privileged_port()), program=public_binary, wrap=NOBODY)
    assert_refused(result, EX_NOPERM)
    assert "CAP_NET_BIND_SERVICE" in result.stderr
    assert "socket activation" in result.stderr and "a port from 1024 up" in result.stderr


def test_ordinary_user_is_served_and_told_what_is_missing(server, public_binary):
    daemon = server(program=public_binary, wrap=NOBODY)
    client, _ = daemon.serving()
    assert client.exchange(b"x\nquit\n") == b"x------k\n"
    layers, missing = (set(daemon.listening[name].split(",")) for name in ("layers", "missing"))
    assert layers | missing == LAYERS
    assert not layers & missing
    assert ROOT_LAYERS <= missing
    assert ROOTLESS_LAYERS - kernel.too_old_for() <= layers


def test_ordinary_user_with_the_port_capability_may_use_it(server, public_binary):
    wrap = [*NOBODY[:-1], "--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service", "--"]
    daemon = server(program=public_binary, wrap=wrap, listen=[f"127.0.0.1:{privileged_port()}"])
    daemon.serving()


def test_required_layers_that_are_there_change_nothing(server):
    there = LAYERS - kernel.too_old_for()
    for wanted in (",".join(sorted(there)), "landlock,netns", "identity"):
        server(f"--require={wanted}").connect().ask()


@pytest.mark.parametrize("wanted", ["all", "netns", "mdwe,root"])
def test_required_layer_that_is_missing_refuses_the_start(run, public_binary, wanted):
    result = run(f"--require={wanted}", *HERE, program=public_binary, wrap=NOBODY)
    assert result.returncode in (EX_NOPERM, EX_CONFIG, EX_OSERR)
    assert_refused(result, result.returncode)
    named = ROOT_LAYERS if wanted == "all" else {wanted.split(",")[-1]}
    assert any(re.search(rf"\b{layer}\b", result.stderr) for layer in named)


def test_ordinary_user_cannot_become_another(run, public_binary):
    assert_refused(run("--user=1", *HERE, program=public_binary, wrap=NOBODY), EX_NOPERM)


@pytest.mark.parametrize("name", ["session", "listener", "session-trace"])
def test_printed_policy_is_the_file_byte_for_byte(binary, policy_directory, name):
    printed = subprocess.run([binary, f"--print-policy={name}"], capture_output=True, check=True)
    assert printed.stdout == (policy_directory / f"{name}.policy").read_bytes()
    assert printed.stderr == b""


@pytest.mark.parametrize("options, name", [([], "session"), (["--trace"], "session-trace")])
def test_log_names_the_hash_of_the_printed_policy(server, run, options, name):
    text = run(f"--print-policy={name}").stdout
    assert server(*options).listening["policy_sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_failed_check_and_errors_never_use_json(run):
    assert_refused(run("--log-format=json", "--bogus"), EX_USAGE)

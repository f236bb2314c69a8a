# SPDX-License-Identifier: ISC
"""What a proof costs: a policy of the size of a container engine's default profile, read, compiled and
proven. Rounds are interleaved; figures are medians, and ratios are to reading alone, pair by pair.

Usage: proof.py SECCOMP_AUDIT [ROUNDS]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Left out of the 0 to 334 that are allowed: what a container engine's default denies too.
DENIED = {"reboot", "swapon", "swapoff", "kexec_load", "init_module", "delete_module", "mount", "pivot_root"}
ARGUMENTS = """
personality: arg0 == 0 || arg0 == 8 || arg0 == 0x20000 || arg0 == 0x20008 || arg0 == 0xffffffff; return EPERM
clone: arg0 & 0x7e020000 == 0; return EPERM
socket: arg0 != 40 && arg0 != 38; return EPERM
clone3: return ENOSYS
"""


def calls(audit):
    """The names of the calls below 335, by asking the tool for a header that lists them."""
    with tempfile.TemporaryDirectory() as directory:
        policy = Path(directory, "empty.policy")
        policy.write_text("@default kill-process\nexit_group: allow\n")
        header = Path(directory, "empty.h")
        subprocess.run([audit, "compile", policy, "--header", "--name=empty", "--trap", "--arch=x86_64",
                        "-o", header], check=True)
        rows = [line.strip(" {},").split(", ") for line in header.read_text().splitlines()
                if line.startswith("    {") and line.rstrip().endswith('"},')]
    return [name.strip('"') for number, name in rows if int(number) < 335]


def measure(command):
    """(seconds, peak resident KiB) of one run."""
    before = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return time.perf_counter() - before, usage.ru_maxrss


def main():
    audit, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 15
    with tempfile.TemporaryDirectory() as directory:
        policy, program = Path(directory, "default.policy"), Path(directory, "default.bpf")
        special = {line.split(":")[0] for line in ARGUMENTS.split("\n")}
        allowed = [name for name in calls(audit) if name not in DENIED | special]
        policy.write_text("@arch x86_64\n@default return EPERM\n@badarch kill-process\n" +
                          "".join(f"{name}: allow\n" for name in allowed) + ARGUMENTS)
        steps = {
            "read": [audit, "emulate", policy, "read"],
            "read, compile, prove": [audit, "compile", policy, "-o", program],
            "read, load, prove": [audit, "prove", policy, program],
        }
        measure(steps["read, compile, prove"])
        figures = {name: [] for name in steps}
        for _ in range(rounds):
            for name, command in steps.items():
                figures[name].append(measure(command))
        print(f"{len(allowed)} calls allowed, {program.stat().st_size // 8} instructions, {rounds} rounds")
        for name, runs in figures.items():
            ratios = [run[0] / base[0] for run, base in zip(runs, figures["read"])]
            print(f"  {name:22} {statistics.median(run[0] for run in runs) * 1000:7.1f} ms "
                  f"{max(run[1] for run in runs) / 1024:6.1f} MiB  x{statistics.median(ratios):.1f}")


if __name__ == "__main__":
    main()

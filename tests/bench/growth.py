# SPDX-License-Identifier: ISC
"""What a server costs with many sessions open: memory of an idle one, and what a connection beside them costs.

Memory is all that the server's processes have more than before the sessions were opened, divided by the sessions:
the proportional set (shared pages divided among those who share them), of it what is private, and page tables.
"""

import contextlib
import re
import time
from pathlib import Path
from statistics import median

import machine
import measure

CLIENTS = 8
PATIENCE_S = 30  # a server that would need longer to open its sessions is not asked to
TASKS = int(Path("/proc/sys/kernel/pid_max").read_text()) // 2


def fields(path, names):
    """The KiB of those lines of a file in /proc, 0 for one that is not there."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        text = path.read_text()
        return [sum(int(kib) for kib in re.findall(rf"^{name}:\s+(\d+) kB", text, re.M)) for name in names]
    return [0] * len(names)


def memory(pids):
    """KiB of all these processes: proportional set, private pages, page tables."""
    total = [0, 0, 0]
    for pid in pids:
        proc = Path("/proc", str(pid))
        pss, private = fields(proc / "smaps_rollup", ["Pss", "Private_(?:Clean|Dirty)"])
        sizes = pss, private, *fields(proc / "status", ["VmPTE"])
        total = [mine + more for mine, more in zip(total, sizes)]
    return dict(zip(("pss_kib", "private_kib", "page_tables_kib"), total))


def rates(programs, server, repeats, seconds):
    """Medians of connections a second, and of CPU time, among the sessions that are open now."""
    runs = [measure.connections(programs, server, CLIENTS, seconds) for _ in range(repeats)]
    return {key: median(run[key] for run in runs) for key in ("rate", "cpu_us")}


def refusal(count, last, last_count, opened_s, processes):
    """Why `count` sessions are more than this machine should be asked for, or None; `last` are figures at fewer."""
    per_session_kib = last["pss_kib"] + last["page_tables_kib"] + 32 * processes  # kernel stacks and the like
    if count * per_session_kib > machine.available_kib() / 2:
        return "memory"
    if count * processes > TASKS:
        return "process numbers"
    return "time" if opened_s / last_count * count > PATIENCE_S else None


def take(programs, server, counts, repeats, seconds):
    """Session count -> figures, for 0 and each of the growing `counts`; one that was refused says why.

    Those of 0 are from before; `after` are from when all sessions had ended: some servers stay slow.
    """
    base, found = memory(server.settled()), {}
    with contextlib.ExitStack() as sessions:
        before = rates(programs, server, repeats, seconds)
        opened, last = 0, None
        for count in counts:
            if last and (reason := refusal(count, last, opened, opened_s, processes)):
                found[count] = {"refused": reason}
                break
            began = time.monotonic()
            sessions.enter_context(measure.held(programs, server, count - opened))
            opened_s, opened = time.monotonic() - began, count
            pids = server.settled()
            processes = (len(pids) - server.idle_processes) / count
            last = {key: (kib - base[key]) / count for key, kib in memory(pids).items()}
            found[count] = {**last, **rates(programs, server, repeats, seconds)}
    server.settled()
    return {0: {**before, "after": rates(programs, server, repeats, seconds)}, **found}

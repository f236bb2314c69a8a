# SPDX-License-Identifier: ISC
"""Many idle sessions at a time: what one costs in memory, and how that grows with their number."""

import resource
import statistics

import procfs
from books import Books, bounded, check_totals
from peers import Client
from verdict import Verdict
from watch import Watch

STEPS = 4
SAMPLE = 40
SOURCES = 200
SPARE_DESCRIPTORS = 200
DEARER = 1.10  # how much more one of many may cost than one of few
KERNEL = ("PageTables", "KernelStack", "Slab")


def smaps_kb(pid):
    """The sums of /proc/PID/smaps_rollup."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return {line.split(":")[0]: int(line.split()[1]) for line in file.read().splitlines()[1:]}


def system_kb():
    with open("/proc/meminfo", encoding="ascii") as file:
        pairs = (line.split(":") for line in file)
        return {name: int(text.split()[0]) for name, text in pairs}


def session_kb(pid):
    """What one session costs by itself: (proportional share, private pages, page tables), in KiB."""
    memory = smaps_kb(pid)
    tables = int(procfs.status(pid)["VmPTE"].split()[0])
    return memory["Pss"], memory["Private_Clean"] + memory["Private_Dirty"], tables


class Crowd:
    """Clients that were answered once and say no more."""

    def __init__(self, daemon):
        self.daemon, self.clients = daemon, []
        self.before = system_kb()

    def grow(self, size):
        while len(self.clients) < size:
            client = Client(self.daemon.address, f"127.0.4.{1 + len(self.clients) % SOURCES}")
            self.clients.append(client)
            client.ask()

    def cost(self):
        """The means of a sample, and a line about them and about the system."""
        sessions = sorted(procfs.children(self.daemon.pid))
        sample = sessions[:: max(1, len(sessions) // SAMPLE)]
        pss, private, tables = (statistics.mean(column) for column in zip(*map(session_kb, sample)))
        now, count = system_kb(), len(sessions)
        kernel = {name: (now[name] - self.before[name]) / count for name in KERNEL}
        print(f"soak: {count} sessions, KiB each: PSS {pss:.1f} (private {private:.1f}), page tables {tables:.1f}; "
              f"the system's growth, this machine's other work included: "
              f"{', '.join(f'{name} {share:.1f}' for name, share in kernel.items())}; "
              f"in sum {pss + sum(kernel.values()):.0f}", flush=True)
        return pss + tables


def bound_s(count):
    """How long that many sessions may take at most."""
    return 60 + count // 50


def measure(binary, count):
    """Opens `count` sessions in steps; returns the verdict."""
    verdict = Verdict()
    hard = max(count + SPARE_DESCRIPTORS, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + SPARE_DESCRIPTORS, hard))
    daemon = Books(verdict, [*bounded(bound_s(count)), binary, f"--max-sessions={count}", "--max-per-source=0",
                             "--idle-timeout=1h", "--session-timeout=1h", "127.0.0.1", "0"])
    try:
        fill_and_empty(daemon, count, verdict)
        complaints = daemon.finish()
        verdict.check("the daemon ends with status 0 and leaves nothing behind", not complaints, complaints)
    finally:
        daemon.end()
    return verdict


def fill_and_empty(daemon, count, verdict):
    full = "all are served at a time"
    watch, crowd, costs = Watch(daemon, verdict), Crowd(daemon), []
    try:
        for step in range(1, STEPS + 1):
            crowd.grow(count * step // STEPS)
            costs.append(crowd.cost())
    except (AssertionError, OSError):
        verdict.broken_by_error(full, f"{len(crowd.clients)} of {count}")
    watch.warm_up()
    verdict.check("one of many sessions costs no more than one of few",
                  costs and costs[-1] <= costs[0] * DEARER, costs)
    verdict.check(full, (active := check_totals(daemon, verdict)["active"]) == count, active)
    answer_all(crowd.clients, verdict)
    watch.conclude()


def answer_all(clients, verdict):
    """Each is still there, answers, and leaves."""
    promise = "every idle session still answers"
    verdict.promise(promise)
    for client in clients:
        try:
            client.ask(b"still there")
        except (AssertionError, OSError):
            verdict.broken_by_error(promise, client)
        client.reset()

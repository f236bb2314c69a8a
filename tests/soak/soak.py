# SPDX-License-Identifier: ISC
"""The soak: honest and hostile clients together for as long as you like, and every promise checked at the end.

Usage: soak.py ECHOCELL [MINUTES] [--seed=N]      mixed load (default 10 minutes)
       soak.py ECHOCELL --idle=N                  N idle sessions at a time, and what one costs

The seed decides what each client does and in which order; how they interleave is up to the machine.
Exit status 0: every promise was kept.
"""

import argparse
import faulthandler
import os
import random
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import idle
from books import GRACE_S, Books, bounded, check_totals
from honest import INNOCENT_ENDS, Honest
from honest import NETWORK as HONEST
from hostile import NETWORK as HOSTILE
from hostile import POSSIBLE_ENDS, POSSIBLE_REASONS, Hostile
from pages import Pages
from trouble import NETWORK as TROUBLED
from trouble import PENALTY_S, Trouble
from verdict import Verdict
from watch import Watch

PROTOCOLS = ("ack", "echo", "record")
OPTIONS = ("--idle-timeout=5s", "--send-timeout=5s", "--session-timeout=60s", f"--penalty={PENALTY_S}s",
           "--crash-budget=0", "--metrics=127.0.0.1:0")
HONEST_EACH, HOSTILE_EACH = 2, 2
TICKS, TICK_MAX_S = 8, 10.0


class Soak:
    """One daemon for each protocol, and the clients of all."""

    def __init__(self, binary, seconds, seed):
        self.verdict, self.seconds, self.seed = Verdict(), seconds, seed
        self.over = threading.Event()
        start = [*bounded(seconds), binary, *OPTIONS]
        self.daemons = {protocol: Books(self.verdict, [*start, f"--protocol={protocol}", "127.0.0.1", "0"])
                        for protocol in PROTOCOLS}
        self.watches = [Watch(daemon, self.verdict) for daemon in self.daemons.values()]
        self.pages = {daemon: Pages(daemon, self.verdict) for daemon in self.daemons.values()}
        self.honest, self.hostile, self.trouble = [], [], []
        for place, (protocol, daemon) in enumerate(self.daemons.items()):
            self.honest += [Honest(1 + place * HONEST_EACH + i, daemon, protocol, self.chance(protocol, "honest", i))
                            for i in range(HONEST_EACH)]
            self.hostile += [Hostile(1 + place * HOSTILE_EACH + i, daemon, self.chance(protocol, "hostile", i))
                             for i in range(HOSTILE_EACH)]
            self.trouble.append(Trouble(daemon, self.verdict, self.chance(protocol, "trouble")))

    def chance(self, *words):
        return random.Random(f"{self.seed} {words}")

    def live(self, actor, promise):
        """One client's life: acts until it is over."""
        self.verdict.promise(promise)
        while not self.over.is_set():
            try:
                actor.act()
            except Exception:
                self.verdict.broken_by_error(promise, type(actor).__name__)

    def run(self):
        casts = [(self.honest, "every honest byte is answered"), (self.hostile, "hostile clients could do their worst"),
                 (self.trouble, "sessions are there to make trouble with")]
        threads = [threading.Thread(target=self.live, args=(actor, promise)) for actors, promise in casts
                   for actor in actors]
        for thread in threads:
            thread.start()
        try:
            self.look_on(time.monotonic() + self.seconds)
        except KeyboardInterrupt:
            print("soak: interrupted", flush=True)
        finally:
            self.over.set()
        for thread in threads:
            thread.join()

    def look_on(self, end):
        while time.monotonic() < end:
            time.sleep(max(0, min(self.seconds / TICKS, TICK_MAX_S, end - time.monotonic())))
            self.tick()

    def tick(self):
        """A look at everything, and a line about it."""
        totals = [check_totals(daemon, self.verdict) for daemon in self.daemons.values()]
        for pages in self.pages.values():
            pages.look()
        for watch in self.watches:
            watch.look()
            if time.monotonic() - self.verdict.start > self.seconds / 4:
                watch.warm_up()
        print(f"soak: {time.monotonic() - self.verdict.start:6.1f} s: {self.figures(totals)}, "
              f"{sum(count['active'] for count in totals)} open, listeners "
              f"{'+'.join(str(watch.memory_kb()) for watch in self.watches)} KiB", flush=True)

    def figures(self, totals):
        return (f"{sum(count['sessions'] for count in totals)} sessions, "
                f"{sum(count['rejected'] for count in totals)} refused, "
                f"{sum(one.deeds for one in self.hostile)} hostile deeds, "
                f"{sum(one.deaths for one in self.trouble)} killed or crashed, "
                f"{sum(one.conversations for one in self.honest)} honest conversations with "
                f"{sum(one.received for one in self.honest) / 1e6:.1f} MB back")

    def conclude(self):
        """The end of the daemons, and what is left to check then. Returns the last totals."""
        for watch in self.watches:
            watch.warm_up()
            watch.conclude()
        return [self.close_books(protocol, daemon) for protocol, daemon in self.daemons.items()]

    def close_books(self, protocol, daemon):
        check, totals = self.verdict.check, check_totals(daemon, self.verdict)
        self.pages[daemon].conclude(totals)
        complaints = daemon.finish()
        check("the daemons end with status 0 and leave nothing behind", not complaints, complaints)
        check("the log adds up to the totals", not (differences := daemon.balance(totals)), differences)
        people = [one for one in self.honest if one.daemon is daemon]
        counted = (daemon.sum("received", HONEST), daemon.sum("sent", HONEST))
        exchanged = (sum(one.sent for one in people), sum(one.received for one in people))
        check("honest bytes are counted to the byte", counted == exchanged, f"{protocol}: {counted}, not {exchanged}")
        for name, event, where, allowed in (
                ("honest sessions end well", "close", HONEST, INNOCENT_ENDS),
                ("honest clients are never refused", "reject", HONEST, set()),
                ("hostile clients harm only their own session", "close", HOSTILE, POSSIBLE_ENDS),
                ("rude clients meet the cap, never a penalty", "reject", HOSTILE, POSSIBLE_REASONS),
                ("who crashes a session is refused for it", "reject", TROUBLED, {"penalty"})):
            check(name, (words := daemon.words(event, where)) <= allowed, f"{protocol}: {words}")
        return totals


def soak(binary, minutes, seed):
    run = Soak(binary, minutes * 60, seed)
    print(f"soak: {minutes:g} minutes, seed {seed}, {', '.join(PROTOCOLS)}", flush=True)
    try:
        run.run()
        totals = run.conclude()
    finally:
        for daemon in run.daemons.values():
            daemon.end()
    print(f"soak: in {time.monotonic() - run.verdict.start:.0f} s: {run.figures(totals)}")
    return run.verdict


def main():
    parser = argparse.ArgumentParser(prog="soak", description=__doc__.split("\n\n")[0])
    parser.add_argument("binary", metavar="ECHOCELL")
    parser.add_argument("minutes", metavar="MINUTES", type=float, nargs="?", default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--idle", type=int, metavar="N", help="N idle sessions instead of a mixed load")
    options = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("the daemons are started as root")
    if options.idle:
        faulthandler.dump_traceback_later(idle.bound_s(options.idle) + GRACE_S, exit=True)
        verdict = idle.measure(options.binary, options.idle)
    else:
        faulthandler.dump_traceback_later(options.minutes * 60 + GRACE_S, exit=True)
        verdict = soak(options.binary, options.minutes, options.seed)
    for line in verdict.lines():
        print(line)
    print("soak: every promise was kept" if verdict.is_good else "soak: PROMISES WERE BROKEN", flush=True)
    return 0 if verdict.is_good else 1


if __name__ == "__main__":
    sys.exit(main())

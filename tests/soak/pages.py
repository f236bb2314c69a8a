# SPDX-License-Identifier: ISC
"""The metrics of a daemon, scraped from time to time: each page adds up, and no counter ever falls."""

from scrape import Page

PROMISE = "every page of metrics adds up and agrees with the status line"
COUNTERS = {"accepted": "accepted_connections", "messages": "messages", "received": "received_bytes",
            "sent": "sent_bytes"}


class Pages:
    """Scrapes one daemon."""

    def __init__(self, daemon, verdict):
        self.daemon, self.verdict, self.last = daemon, verdict, {}
        verdict.promise(PROMISE)

    def look(self):
        """The page of this moment; None when there is none to be had, which is told."""
        try:
            page = Page(self.daemon)
            page.assert_adds_up()
        except (AssertionError, OSError, ValueError):
            self.verdict.broken_by_error(PROMISE, "scrape")
            return None
        now = page.counters()
        fallen = [key for key in self.last if now[key] < self.last[key]]
        self.verdict.check(PROMISE, not fallen, f"counters fell: {fallen}")
        self.last = now
        return page

    def conclude(self, totals):
        """When nothing happens any more both say the same."""
        if page := self.look():
            scraped = {name: page.counter(counter) for name, counter in COUNTERS.items()}
            wanted = {name: totals[name] for name in COUNTERS}
            self.verdict.check(PROMISE, scraped == wanted, f"{scraped}, the status line has {wanted}")

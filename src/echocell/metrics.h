// SPDX-License-Identifier: ISC
//
// metrics.h: --metrics: who connects there gets the numbers, from a cell of its own.
//
// The listener renders the page and forks: the fork is the snapshot. The child is confined by the
// same steps and the same policy as a session (session.h), waits for the end of the request, sends
// the page and ends. It is no session: it takes no slot of theirs and is in none of their counts.
// While all cells are busy, further scrapers wait in the kernel's queue.
#ifndef ECHOCELL_METRICS_H
#define ECHOCELL_METRICS_H

#include "address.h"
#include "ledger.h"
#include "metrics_page.h"
#include "options.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct server;

// How many scrapes are served at a time.
#define METRICS_CELLS 8

struct metrics_cell {
    pid_t pid; // 0: free
    uint64_t started_ms;
    union address client;
};

struct metrics {
    bool wanted;
    struct metrics_cell cells[METRICS_CELLS];
    uint32_t busy;
    uint64_t paused_until_ms; // the system is out of something
    struct metrics_facts facts;
};

// Before the drop. The ledger has METRICS_CELLS pages behind those of the sessions.
void metrics_prepare(struct server *server);

// Binds session.policy for the cells, when the listener knows its process id.
void metrics_bind_filter(struct server *server);

// Is there a cell for a scrape, and something to tell: should METRICS_FD be waited for?
bool metrics_may_accept(const struct server *server);

// Milliseconds until METRICS_FD is to be looked at again; -1: never by itself.
int64_t metrics_wait(const struct server *server);

// Takes one connection from METRICS_FD and gives it a cell.
void metrics_accept(struct server *server);

// A child has died: was it a cell? Then it is accounted for, and its outcome returned through
// `outcome`.
bool metrics_bury(struct server *server, pid_t pid, int status, enum outcome *outcome);

// Ends all cells.
void metrics_kill(struct server *server);

#endif

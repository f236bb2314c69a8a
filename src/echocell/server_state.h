// SPDX-License-Identifier: ISC
//
// server_state.h: what the listener knows, for server.c, accept.c, reap.c and report.c only.
#ifndef ECHOCELL_SERVER_STATE_H
#define ECHOCELL_SERVER_STATE_H

#include "identity.h"
#include "metrics.h"
#include "options.h"
#include "pulse.h"
#include "registry.h"
#include "session.h"
#include "sources.h"
#include "totals.h"

#include <stdbool.h>
#include <stdint.h>

enum server_phase {
    PHASE_SERVING,
    PHASE_DRAINING, // no accept; sessions may finish until the drain limit
    PHASE_KILLING,  // every session was sent SIGKILL
};

// Times of the last crashes, oldest overwritten first; `crash_budget` of them.
struct crash_ring {
    uint64_t *times_ms;
    uint32_t next;
};

// At most REJECT_LINES_PER_S refusals a second are logged one by one. Of what the system is out of,
// one line a second says enough; the refusals cannot use it up, nor it theirs.
#define REJECT_LINES_PER_S 10
struct reject_limiter {
    uint64_t second;
    uint32_t lines;
    bool shortage_said;  // in this second
    uint64_t suppressed; // since the last line
};

struct server {
    const struct options *options;
    struct session_plan *plan; // in memory that sessions inherit, unlike this struct
    union ledger_page *lent;   // what the last fork inherited of the ledger, or NULL
    struct registry registry;
    struct sources sources;
    struct server_totals totals;
    struct crash_ring crashes;
    struct reject_limiter limiter;
    struct pulse pulse;
    struct metrics metrics;
    enum server_phase phase;
    uint64_t drain_until_ms;  // PHASE_DRAINING
    uint64_t paused_until_ms; // no accept until then: the system is out of something
    uint64_t look_due_ms;     // for dead children: not before
    uint32_t tuned;           // listening sockets, a bit each: who waits there has the timeouts
    bool look_wanted;         // since the last one some may have died
    uint64_t now_ms;          // when this turn of the loop began
    int exit_status;
};

// accept.c: forks a session, or a cell like it, that serves `connection` by the plan and counts in
// page `slot` of the ledger. Its pid, or a negative errno.
pid_t fork_cell(struct server *server, const struct session_plan *plan, int connection,
                uint32_t slot);

// accept.c: takes what connections there are on a listening descriptor, a bounded number.
void accept_ready(struct server *server, int listen_fd);

// Turns away who waits in the queue of a listening descriptor that is about to be closed.
void accept_refuse_waiting(struct server *server, int listen_fd);

// reap.c: after SIGCHLD. Takes that child if it is ours and dead, and wants a look for others.
void reap_named(struct server *server, pid_t child);

// reap.c: takes every dead child that wait(2) knows; the next look is due at look_due_ms.
void reap_all(struct server *server);

// server.c: may connections be taken? Not in a drain, which a look for the dead may have begun.
bool server_is_accepting(const struct server *server);

// server.c: stops accepting and lets sessions finish. `status` is the exit status.
void server_drain(struct server *server, const char *reason, int status);

// report.c: one log line each.
void report_fallback_user(void);
void report_listening(const struct options *options, const struct identity *identity,
                      layer_set layers);
void report_accept(const struct server *server, const struct session_record *record);
void report_reject(struct server *server, const union address *client, enum reject_reason reason);
void report_accept_failed(struct server *server, int error);
void report_close(const struct server *server, const struct session_record *record,
                  enum outcome outcome, const struct ledger_entry *entry);
void report_lying_ledger(const struct session_record *record);
void report_metrics(const struct options *options);
void report_scrape(const struct server *server, const struct metrics_cell *cell,
                   enum outcome outcome, const struct ledger_entry *entry);
void report_status(const struct server *server);
void report_drain(const struct server *server, const char *reason);
void report_stop(const struct server *server);

#endif

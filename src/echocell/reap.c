// SPDX-License-Identifier: ISC
//
// reap.c: what became of the sessions. What ended, and how, is what wait says. SIGCHLD wakes the
// listener up and names one dead child, which is waited for by its number: constant time, however
// many live. Signals coalesce and anybody may send them, so after each there is a look for others.
#include "server_state.h"

#include "fatal.h"
#include "kernel.h"

// To look for any dead child takes the kernel 60 ns for each that lives. So that this stays less
// than a hundredth of the time, there is a rest between two looks of 1 ms for so many of them; with
// few sessions there is none.
#define LOOKS_PER_MS 64
#define REST_MAX_MS  50

#define CRASH_WINDOW_MS (UINT64_C(60) * 1000)

// Was this the last crash that the budget allows?
static bool budget_is_spent(struct server *server)
{
    struct crash_ring *ring = &server->crashes;
    uint32_t budget = server->options->crash_budget;
    if (budget == 0)
        return false;
    ring->times_ms[ring->next] = server->now_ms;
    ring->next = (ring->next + 1) % budget;
    uint64_t oldest = ring->times_ms[ring->next];
    return oldest != 0 && server->now_ms - oldest <= CRASH_WINDOW_MS;
}

// A crash is a crash, whomever the cell served: each is a look at the layout that all share.
static void charge_budget(struct server *server)
{
    if (budget_is_spent(server) && server->phase == PHASE_SERVING)
        server_drain(server, "crash_budget", EX_TEMPFAIL);
}

static void punish(struct server *server, const struct session_record *record)
{
    if (record->source != SOURCE_NONE && server->options->penalty_ms > 0)
        sources_punish(&server->sources, record->source,
                       server->now_ms + server->options->penalty_ms);
}

static void bury(struct server *server, uint32_t slot, int status)
{
    struct ledger_entry entry;
    struct session_record *record = &server->registry.records[slot];
    enum outcome outcome = outcome_of_wait(status, record->drained);
    if (!ledger_read(&server->plan->ledger.pages[slot], &entry))
        report_lying_ledger(record);
    server->totals.sessions[outcome]++;
    server->totals.messages += entry.messages;
    server->totals.received += entry.received;
    server->totals.sent += entry.sent;
    durations_add(&server->totals.durations, server->now_ms - record->started_ms);
    report_close(server, record, outcome, &entry);
    if (outcome_is_hostile(outcome))
        punish(server, record);
    if (record->source != SOURCE_NONE)
        sources_release(&server->sources, record->source, server->now_ms);
    registry_release(&server->registry, slot);
    if (outcome_is_hostile(outcome)) // last: a drain tells how many are left
        charge_budget(server);
}

// Returns false when there is no such dead child.
static bool reap(struct server *server, pid_t child)
{
    int status;
    enum outcome outcome;
    pid_t pid = kernel_reap(child, &status);
    if (pid == 0)
        return false;
    uint32_t slot = registry_find(&server->registry, pid);
    if (slot != REGISTRY_NONE)
        bury(server, slot, status);
    else if (metrics_bury(server, pid, status, &outcome) && outcome_is_hostile(outcome))
        charge_budget(server);
    return true;
}

void reap_named(struct server *server, pid_t child)
{
    server->look_wanted = true;
    if (child > 0)
        reap(server, child);
}

void reap_all(struct server *server)
{
    while (reap(server, -1))
        continue;
    uint64_t rest_ms = server->registry.active / LOOKS_PER_MS;
    server->look_wanted = false;
    server->look_due_ms = server->now_ms + (rest_ms < REST_MAX_MS ? rest_ms : REST_MAX_MS);
}

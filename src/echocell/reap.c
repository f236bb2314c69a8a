// SPDX-License-Identifier: ISC
//
// reap.c: what became of the sessions. Signals only wake the listener up; they coalesce and anybody
// may send them. What ended, and how, is what wait says.
#include "server_state.h"

#include "fatal.h"
#include "kernel.h"

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
    charge_budget(server);
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
}

void reap_all(struct server *server)
{
    for (;;) {
        int status;
        pid_t pid = kernel_reap(&status);
        if (pid == 0)
            return;
        enum outcome outcome;
        uint32_t slot = registry_find(&server->registry, pid);
        if (slot != REGISTRY_NONE)
            bury(server, slot, status);
        else if (metrics_bury(server, pid, status, &outcome) && outcome_is_hostile(outcome))
            charge_budget(server);
    }
}

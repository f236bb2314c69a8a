// SPDX-License-Identifier: ISC
#include "pulse.h"

#include "notify.h"
#include "server_state.h"
#include "text.h"

#define STATUS_INTERVAL_MS 3000
#define READY_RETRY_MS     200
#define MESSAGE_BYTES      256

// Beyond the drain limit: killing and reaping what is left, and the way out.
#define DRAIN_MARGIN_MS 5000

void pulse_prepare(struct pulse *pulse, const struct environment *environment)
{
    pulse->wanted = environment->notify_socket != NULL;
    pulse->interval_ms = environment->watchdog_ms / 2;
}

// STATUS= is one line of free text.
static void add_status(struct text *text, const struct server *server)
{
    const struct server_totals *totals = &server->totals;
    uint64_t rejected = 0;
    for (int i = 0; i < REJECT_REASONS; i++)
        rejected += totals->rejected[i];
    text_add(text, server->phase == PHASE_SERVING ? "STATUS=Serving; " : "STATUS=Draining; ");
    text_count(text, server->registry.active);
    text_add(text, " sessions active, ");
    text_count(text, totals->accepted);
    text_add(text, " connections accepted, ");
    text_count(text, rejected);
    text_add(text, " refused\n");
}

// Sends `first` and a status line; false when the manager's queue is full.
static bool tell(struct server *server, const char *first, uint64_t extend_ms)
{
    char bytes[MESSAGE_BYTES];
    struct text text = {.bytes = bytes, .room = sizeof(bytes)};
    text_add(&text, first);
    add_status(&text, server);
    if (extend_ms > 0) {
        text_add(&text, "EXTEND_TIMEOUT_USEC=");
        text_count(&text, extend_ms * 1000);
        text_add(&text, "\n");
    }
    server->pulse.told_accepted = server->totals.accepted;
    server->pulse.told_active = server->registry.active;
    server->pulse.status_at_ms = server->now_ms + STATUS_INTERVAL_MS;
    return notify_send(text.bytes, text.used);
}

static bool has_changed(const struct server *server)
{
    return server->pulse.told_accepted != server->totals.accepted ||
           server->pulse.told_active != server->registry.active;
}

void pulse_ready(struct server *server)
{
    struct pulse *pulse = &server->pulse;
    if (!pulse->wanted)
        return;
    pulse->ready_told = tell(server, "READY=1\n", 0);
    pulse->alive_at_ms = server->now_ms + (pulse->ready_told ? pulse->interval_ms : READY_RETRY_MS);
}

void pulse_drain(struct server *server)
{
    server->pulse.ready_told = true; // too late for that
    if (server->pulse.wanted)
        (void)tell(server, "STOPPING=1\n", server->options->drain_timeout_ms + DRAIN_MARGIN_MS);
}

void pulse_beat(struct server *server)
{
    static const char alive[] = "WATCHDOG=1\n";
    struct pulse *pulse = &server->pulse;
    if (!pulse->wanted)
        return;
    if (!pulse->ready_told && server->now_ms >= pulse->alive_at_ms)
        pulse_ready(server);
    if (pulse->interval_ms > 0 && server->now_ms >= pulse->alive_at_ms) {
        (void)notify_send(alive, sizeof(alive) - 1);
        pulse->alive_at_ms = server->now_ms + pulse->interval_ms;
    }
    if (has_changed(server) && server->now_ms >= pulse->status_at_ms)
        (void)tell(server, "", 0);
}

static int64_t until(const struct server *server, uint64_t at_ms)
{
    return at_ms > server->now_ms ? (int64_t)(at_ms - server->now_ms) : 0;
}

int64_t pulse_wait(const struct server *server)
{
    const struct pulse *pulse = &server->pulse;
    int64_t wait = -1;
    if (!pulse->wanted)
        return -1;
    if (pulse->interval_ms > 0 || !pulse->ready_told)
        wait = until(server, pulse->alive_at_ms);
    if (has_changed(server) && (wait < 0 || wait > until(server, pulse->status_at_ms)))
        wait = until(server, pulse->status_at_ms);
    return wait;
}

// SPDX-License-Identifier: ISC
//
// accept.c: from a connection to a session, or to a refusal.
#include "descriptors.h"
#include "kernel.h"
#include "server_state.h"

#include <errno.h>

// One turn of the loop takes no more than this from one socket, so that signals, dead sessions and
// other sockets get their turn.
#define ACCEPT_BATCH 64

// The most that a drain takes out of one queue, in case it is filled as fast as it is emptied.
#define BACKLOG_LOOKS 8192

// How long to leave connections in the kernel's queue when the system is out of something.
#define PAUSE_MS 100

static bool is_exempt(const struct options *options, const union address *client)
{
    for (size_t i = 0; i < options->exempt_count; i++)
        if (network_contains(&options->exempt[i], client))
            return true;
    return false;
}

// May this client have a session? On REJECT_REASONS it may, and `*source` counts it.
static enum reject_reason admit(struct server *server, const union address *client,
                                uint32_t *source)
{
    struct network key;
    *source = SOURCE_NONE;
    if (server->registry.active == server->registry.capacity)
        return REJECT_MAX_SESSIONS;
    if (is_exempt(server->options, client))
        return REJECT_REASONS;
    address_source(client, &key);
    switch (sources_admit(&server->sources, &key, server->options->max_per_source, server->now_ms,
                          source)) {
    case SOURCE_FULL: return REJECT_PER_SOURCE;
    case SOURCE_PUNISHED: return REJECT_PENALTY;
    case SOURCE_ADMITTED: break;
    }
    return REJECT_REASONS;
}

// At any time one page at most is lent, and it stays so until another one is needed: sessions one
// after the other have the same slot. The page that was lent before must not go along.
static bool lend_page(struct server *server, union ledger_page *page)
{
    if (server->lent == page)
        return true;
    if (server->lent != NULL && !kernel_take_back(server->lent))
        return false;
    server->lent = kernel_lend(page) ? page : NULL;
    return server->lent != NULL;
}

pid_t fork_cell(struct server *server, const struct session_plan *plan, int connection,
                uint32_t slot)
{
    union ledger_page *page = &plan->ledger.pages[slot];
    if (!lend_page(server, page))
        return -ENOMEM;
    ledger_reset(page);
    pid_t pid = kernel_fork();
    if (pid == 0)
        session_run(plan, connection, slot); // without `server`: see private.h
    return pid;
}

// Returns false when no process could be made.
static bool start_session(struct server *server, int connection, const union address *client,
                          uint32_t source)
{
    uint32_t slot = registry_take(&server->registry);
    pid_t pid = fork_cell(server, server->plan, connection, slot);
    if (pid < 0) {
        registry_untake(&server->registry, slot);
        if (source != SOURCE_NONE)
            sources_release(&server->sources, source, server->now_ms);
        server->paused_until_ms = server->now_ms + PAUSE_MS;
        return false;
    }
    struct session_record *record = &server->registry.records[slot];
    record->client = *client;
    record->source = source;
    record->started_ms = server->now_ms;
    record->drained = false;
    registry_bind(&server->registry, slot, pid);
    report_accept(server, record);
    return true;
}

static void refuse(struct server *server, int connection, const union address *client,
                   enum reject_reason reason)
{
    server->totals.accepted++;
    report_reject(server, client, reason);
    kernel_close(connection);
}

static void handle(struct server *server, int connection, const union address *client)
{
    uint32_t source;
    enum reject_reason reason = admit(server, client, &source);
    if (reason != REJECT_REASONS && server->look_wanted) { // some may have left since
        reap_all(server);
        // Their crashes may have begun a drain, in which no session begins.
        reason = server->phase == PHASE_SERVING ? admit(server, client, &source) : REJECT_DRAINING;
    }
    if (reason == REJECT_REASONS && !start_session(server, connection, client, source))
        reason = REJECT_FORK;
    if (reason != REJECT_REASONS) {
        refuse(server, connection, client, reason);
        return;
    }
    server->totals.accepted++;
    kernel_close(connection);
}

// The system is out of something, or the listening socket is: accepting rests for a moment.
static void rest(struct server *server, int error)
{
    report_accept_failed(server, error);
    server->paused_until_ms = server->now_ms + PAUSE_MS;
}

// All descriptors are used: the spare makes room to take one client out of the queue and turn it
// away, then accepting rests for a moment.
static void refuse_one(struct server *server, int listen_fd, int error)
{
    union address client = {0};
    kernel_give_spare();
    int connection = kernel_accept(listen_fd, &client);
    if (connection >= 0) {
        refuse(server, connection, &client, REJECT_DESCRIPTORS);
        server->paused_until_ms = server->now_ms + PAUSE_MS;
    } else {
        rest(server, error);
    }
    kernel_take_spare();
}

static uint32_t socket_bit(int listen_fd)
{
    return UINT32_C(1) << (listen_fd - LISTEN_FD);
}

// accept(2) passes on errors of the network and of the connection that was taken: they say nothing
// about the listening socket.
static bool is_of_connection(int error)
{
    return error != EAGAIN && error != EMFILE && error != ENFILE && error != ENOBUFS &&
           error != ENOMEM;
}

// Returns whether to go on at once.
static bool accept_failed(struct server *server, int listen_fd, int error)
{
    if (error == EAGAIN)
        server->tuned |= socket_bit(listen_fd);
    else if (error == EMFILE || error == ENFILE)
        refuse_one(server, listen_fd, error);
    else if (error == ENOBUFS || error == ENOMEM)
        rest(server, error);
    return is_of_connection(error);
}

// Who was in the queue before the socket had its timeouts has inherited none, as behind a passed
// socket: until it was seen empty once, sessions set their own. The plan is in memory that a fork
// shares: not to be written to without need.
static void expect_tuned(struct server *server, int listen_fd)
{
    bool untuned = (server->tuned & socket_bit(listen_fd)) == 0;
    if (server->plan->untuned != untuned)
        server->plan->untuned = untuned;
}

void accept_ready(struct server *server, int listen_fd)
{
    int failures = 0;
    expect_tuned(server, listen_fd);
    for (int i = 0; i < ACCEPT_BATCH && server_is_accepting(server); i++) {
        union address client = {0};
        int connection = kernel_accept(listen_fd, &client);
        if (connection >= 0)
            handle(server, connection, &client);
        else if (!accept_failed(server, listen_fd, -connection))
            break;
        else if (++failures == ACCEPT_BATCH) // not one connection: it is the socket, after all
            rest(server, -connection);
    }
}

void accept_refuse_waiting(struct server *server, int listen_fd)
{
    for (int i = 0; i < BACKLOG_LOOKS; i++) {
        union address client = {0};
        int connection = kernel_accept(listen_fd, &client);
        if (connection >= 0)
            refuse(server, connection, &client, REJECT_DRAINING);
        else if (!is_of_connection(-connection))
            break;
    }
}

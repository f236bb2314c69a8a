// SPDX-License-Identifier: ISC
//
// session.h: a session's whole life, from the fork to its exit.
#ifndef ECHOCELL_SESSION_H
#define ECHOCELL_SESSION_H

#include "filter.h"
#include "ledger.h"
#include "protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// What all sessions have in common; prepared by the listener before the first fork.
struct session_plan {
    pid_t listener;
    enum protocol_kind protocol;
    const char *ack;
    size_t ack_length;
    uint64_t idle_timeout_ms;
    uint64_t send_timeout_ms;
    uint64_t session_timeout_ms;
    bool trace;
    bool trace_json;    // --log-format=json
    bool trace_journal; // stderr is the journal
    bool diagnose;
    bool untuned;     // the connection may have inherited no timeouts: session_tune()
    const char *page; // what is sent instead of an echo (metrics.h), or NULL
    size_t page_length;
    void *stack; // where sessions begin theirs: stack.h
    struct ledger ledger;
    const struct filter *filter; // session.policy or a sibling of it, bound to this listener
};

// Sets what the connections of a listening socket inherit (net/core/sock.c, sk_clone_lock): the
// timeouts of the plan, and no delay of small replies. Once a socket and not once a session, so to
// be called before the listener's filter. Who waits in its queue already inherits nothing: for them
// there is `untuned` in the plan. Does not return on failure.
void session_tune(const struct session_plan *plan, int listen_fd);

// Runs in the child: confines it, serves `connection`, tells the listener, exits. `slot` is its
// page of the ledger. When a step of the setup fails it exits with OUTCOME_SETUP_FAILED and the
// step in its page: nothing is ever served unconfined.
_Noreturn void session_run(const struct session_plan *plan, int connection, size_t slot);

#endif

// SPDX-License-Identifier: ISC
//
// server.h: the listener's life after it has given everything away: accept, fork, reap, drain.
#ifndef ECHOCELL_SERVER_H
#define ECHOCELL_SERVER_H

#include "environment.h"
#include "layers.h"
#include "options.h"

// Tables, the ledger and the signalfd: everything that needs memory or a descriptor, while both can
// still be had. `options` is borrowed for the life of the process.
void server_prepare(const struct options *options, const struct environment *environment);

// Binds session.policy (or its sibling for --trace and --diagnose) to this process, the listener.
// Returns it, for the proof that it works.
const struct filter *server_bind_filter(void);

// Everything is in place, with these layers: tells the service manager.
void server_ready(layer_set layers);

// Serves until it is told to stop. Returns the exit status: EX_OK, or EX_TEMPFAIL when too many
// sessions crashed.
int server_run(void);

#endif

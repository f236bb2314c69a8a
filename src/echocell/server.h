// SPDX-License-Identifier: ISC
//
// server.h: the listener's life after it has given everything away: accept, fork, reap, drain.
#ifndef ECHOCELL_SERVER_H
#define ECHOCELL_SERVER_H

#include "ledger.h"
#include "options.h"

// Tables, the ledger and the signalfd: everything that needs memory or a descriptor, while both can
// still be had. `options` is borrowed for the life of the process; `journal`: stderr is
// the journal.
void server_prepare(const struct options *options, bool journal);

// Binds session.policy (or its sibling for --trace and --diagnose) to this process, the listener.
// Returns it, for the proof that it works.
const struct filter *server_bind_filter(void);

// Serves until it is told to stop. Returns the exit status: EX_OK, or EX_TEMPFAIL when too many
// sessions crashed.
int server_run(void);

#endif

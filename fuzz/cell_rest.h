// SPDX-License-Identifier: ISC
//
// cell_rest.h: a session that waits for its client. What its parent does to it then, it does at the
// same place in every run: no oracle here depends on how fast the machine is.
#ifndef FUZZ_CELL_REST_H
#define FUZZ_CELL_REST_H

#include <stdbool.h>
#include <sys/types.h>

// Until the process sleeps (true) or is dead (false: it is still to be waited for). A session
// sleeps nowhere but where it receives or sends. Fails after some seconds.
bool rest_await(pid_t session);

// Stops it in its sleep and lets it go on: its call is interrupted. Returns when it sleeps again,
// with false when it has died of it.
bool rest_interrupt(pid_t session);

#endif

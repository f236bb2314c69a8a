// SPDX-License-Identifier: ISC
//
// cell_refusal.h: a kernel that refuses one call of a session: a filter below the session's own
// that answers it with an error.
#ifndef FUZZ_CELL_REFUSAL_H
#define FUZZ_CELL_REFUSAL_H

#include "echocell/ledger.h"
#include "echocell/session.h"

// One of them; any number stands for some.
struct refusal {
    int call;
    int argument;         // this argument of it ...
    int value;            // ... has this value; -1: any
    int error;            // 0: the call does nothing, and says that all is well
    int due;              // errno in the session's page
    enum setup_step step; // that fails; SETUP_NONE: nothing does
};

const struct refusal *refusal_of(size_t number);

// Whether a session with this plan makes the call at all.
bool refusal_concerns(const struct refusal *refusal, const struct session_plan *plan);

// In the child: for the rest of its life. no_new_privs is set.
void refusal_begin(const struct refusal *refusal);

#endif

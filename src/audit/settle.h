// SPDX-License-Identifier: ISC
//
// settle.h: which values the parameters of two inputs are compared with.
#ifndef AUDIT_SETTLE_H
#define AUDIT_SETTLE_H

#include "input.h"

enum settled {
    SETTLED_NONE,      // there are no parameters
    SETTLED_GIVEN,     // by --param
    SETTLED_RECOVERED, // for these values the two are equal
    SETTLED_NEAREST,   // for no values are they equal; these are the closest (verdict_nearest.h)
    SETTLED_OPEN,      // not settled: all values at once
};

// Two sides of a proof with the values that were settled on. A policy in `subject` belongs to the
// input that it came from.
struct settlement {
    enum settled how;
    bool any; // SETTLED_RECOVERED: other values would do as well
    struct subject subject[2];
    const struct param *params; // of the policy that the values are for
    size_t param_count;
    uint64_t values[LOAD_PARAMS];
};

// Binds what --param gives; every name must be a parameter of one side, and with --param no
// parameter may be left. Without, the values of a policy that is held against programs are solved
// for. `only_arch` as in struct subject, for the policies. -1, or the exit status after a message.
int settle(const struct options *options, const struct input inputs[2], uint32_t only_arch,
           struct settlement *settlement);

// As people read it: "listener=4242".
void settle_print(FILE *stream, const struct settlement *settlement);

// {"listener": 4242}
void settle_print_json(FILE *stream, const struct settlement *settlement);

// "none", "given", "recovered", "nearest", "open"
const char *settle_word(enum settled how);

#endif

// SPDX-License-Identifier: ISC
//
// durations.h: how long sessions lasted, as a histogram. Pure.
#ifndef ECHOCELL_DURATIONS_H
#define ECHOCELL_DURATIONS_H

#include <stddef.h>
#include <stdint.h>

#define DURATION_BOUNDS 13

struct durations {
    uint64_t
        counts[DURATION_BOUNDS + 1]; // up to each bound and above the one before; the last: more
    uint64_t sum_ms;
};

// The upper bounds, included, rising: from an exchange on one machine to an hour.
struct duration_bound {
    uint64_t milliseconds;
    const char *seconds; // the same as OpenMetrics writes it, with a point
};
extern const struct duration_bound duration_bounds[DURATION_BOUNDS];

// Counts one session.
void durations_add(struct durations *durations, uint64_t milliseconds);

#endif

// SPDX-License-Identifier: ISC
//
// totals.h: what the listener has counted since it started; for the status line, the log and the
// metrics.
#ifndef ECHOCELL_TOTALS_H
#define ECHOCELL_TOTALS_H

#include "durations.h"
#include "outcome.h"
#include "reject.h"

#include <stdint.h>

// Always: accepted = sum of rejected + sum of sessions + active.
struct server_totals {
    uint64_t accepted;
    uint64_t rejected[REJECT_REASONS];
    uint64_t sessions[OUTCOMES];
    uint64_t messages;
    uint64_t received;          // bytes
    uint64_t sent;              // bytes
    struct durations durations; // of `sessions`
    uint64_t scrapes_served;    // of the metrics; in none of the numbers above
    uint64_t scrapes_failed;
};

#endif

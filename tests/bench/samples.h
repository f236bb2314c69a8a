// SPDX-License-Identifier: ISC
// Durations, kept one by one: a percentile of them is one that was measured, not an estimate.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct samples {
    uint64_t *ns;
    size_t count, room;
};

void samples_add(struct samples *samples, uint64_t ns);

// The sample that `percent` of them do not exceed, in microseconds; 0 when there is none. Sorts.
double samples_percentile_us(struct samples *samples, unsigned percent);

void samples_free(struct samples *samples);

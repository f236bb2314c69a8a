// SPDX-License-Identifier: ISC
//
// effort.h: how much of what a harness can ask is asked of this input?
//
// Everything, in a replay and under libFuzzer. Under afl-fuzz, where most inputs go ways that
// thousands went before, a costly second stage is for a share of the inputs, which their own bytes
// choose, and for those whose way through the first stage this process has not seen. Of the first
// afl-fuzz sees all that they do; of the others it does not see the second stage, for to come
// second is no property of an input. Of what is long a share is run at all, and the first few,
// the corpus among them: these lead as all others do, the rest is passed over.
#ifndef FUZZ_ENGINE_EFFORT_H
#define FUZZ_ENGINE_EFFORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Only where afl-fuzz may run (afl_effort.c).
bool afl_effort_takes(const void *bytes, size_t size, size_t share, size_t first)
    __attribute__((weak));
bool afl_effort_chosen(const void *bytes, size_t size, size_t share) __attribute__((weak));
bool afl_effort_begin(bool chosen, bool worth) __attribute__((weak));
void afl_effort_end(void) __attribute__((weak));

// Before all: is it run? One of `share` is, with 1 all are; and the `first` different ones (256 at
// most) for which that is asked. In any case effort_end() follows.
static inline bool effort_takes(const void *bytes, size_t size, size_t share, size_t first)
{
    return afl_effort_takes == NULL || afl_effort_takes(bytes, size, share, first);
}

// Before the first stage: is the input one of `share`? Who is one of 2 * N is one of N, too.
static inline bool effort_chosen(const void *bytes, size_t size, size_t share)
{
    return afl_effort_chosen == NULL || afl_effort_chosen(bytes, size, share);
}

// Behind the first stage: is there to be a second? `worth`: also for a way that was not seen.
static inline bool effort_begin(bool chosen, bool worth)
{
    return afl_effort_begin == NULL || afl_effort_begin(chosen, worth);
}

static inline void effort_end(void)
{
    if (afl_effort_end != NULL)
        afl_effort_end();
}

#endif

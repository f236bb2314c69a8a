// SPDX-License-Identifier: ISC
//
// live.h: one call, by one throw-away process, judged by the kernel.
//
// What the kernel does not show: the process has one thread, so that kill-thread looks like
// kill-process, and log looks like allow. The interpreter tells them apart.
#ifndef TESTS_POLICY_LIVE_H
#define TESTS_POLICY_LIVE_H

#include "stack.h"

// How long a call may take before it counts as blocked. No filtered call waits, so this bounds
// nothing but the search for a wrong filter.
#define LIVE_PATIENCE_MS 3000

enum live_end {
    LIVE_NOT_READY, // the filters were not on: nothing was judged; value: an errno, or 0
    LIVE_KILLED,    // SIGSYS that no handler saw, and the call had not returned
    LIVE_TRAPPED,   // SIGSYS that the handler saw
    LIVE_RETURNED,  // value: what the call returned
    LIVE_EXITED,    // the call ended the process; value: its status
    LIVE_SIGNALLED, // any other death; value: the signal
    LIVE_BLOCKED,   // the call neither returned nor ended
};

struct live_result {
    enum live_end end;
    long value;
};

// Forks a child as cage_drop() makes it, installs the stack oldest first as a session has it, makes
// the call and waits for the end. Only inside cage_run().
struct live_result live_call(const struct stack *stack, const struct seccomp_data *call);

// The result in words, in a buffer that the next use overwrites.
const char *live_words(struct live_result result);

#endif

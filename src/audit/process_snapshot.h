// SPDX-License-Identifier: ISC
//
// process_snapshot.h: all threads of a process with their filters.
#ifndef AUDIT_PROCESS_SNAPSHOT_H
#define AUDIT_PROCESS_SNAPSHOT_H

#include "process.h"
#include "process_trace.h"

// `stack` counts snapshot.stacks. A thread without filters has an empty one, which threads share
// like any other.
struct thread_view {
    struct thread_state state;
    size_t stack;
    bool again; // it was in a call that began anew: process_restart.h
};

struct snapshot {
    struct thread_view *threads; // in rising order of tid
    size_t thread_count;
    struct filter_stack *stacks; // those that differ, in the order in which they were met
    size_t stack_count;
};

// Threads are stopped one after the other, each for a moment, and only those that have filters.
// Threads that come while this goes on are looked at too. SIGHT_GONE when the process ends
// meanwhile; a thread that ends is left out. The caller frees it by snapshot_free() when it is
// SIGHT_OK.
enum sight snapshot_take(const struct process *process, bool force, struct snapshot *snapshot,
                         struct refusal *refusal);
void snapshot_free(struct snapshot *snapshot);

#endif

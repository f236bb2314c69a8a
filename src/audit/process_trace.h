// SPDX-License-Identifier: ISC
//
// process_trace.h: reads the filters of one live thread. The only code that stops anybody.
#ifndef AUDIT_PROCESS_TRACE_H
#define AUDIT_PROCESS_TRACE_H

#include "process.h"
#include "program.h"

// Programs in the order in which they were installed, oldest first, instruction for instruction as
// they were given to the kernel.
struct filter_stack {
    struct program *programs;
    size_t count;
};

// More than the kernel takes: its limit is 32768 instructions, and each filter counts at least five
// (kernel/seccomp.c, MAX_INSNS_PER_PATH).
enum { STACK_FILTERS_MAX = 8192 };

// Stops the thread for the moment that the kernel needs to copy its filters out, and lets it go
// on as if nothing had been: a signal that arrived meanwhile is delivered, a stopped process stays
// stopped. What shows is what any stop shows (signal(7)): a call with a time limit on a socket may
// return EINTR.
//
// A thread that sleeps in a call that the kernel resumes by restart_syscall, and whose filters
// refuse that one, would die of the stop. See process_restart.h for what is done; without `force`
// the answer is then SIGHT_REFUSED and nothing is read. *again tells that the call began anew.
//
// `state` is the thread's, with mode 2. The caller gives the stack back by stack_free().
enum sight trace_read_filters(const struct process *process, const struct thread_state *state,
                              bool force, struct filter_stack *stack, bool *again,
                              struct refusal *refusal);

void stack_free(struct filter_stack *stack);

// The same programs, byte for byte?
bool stack_same(const struct filter_stack *left, const struct filter_stack *right);

// What the stack says to a call (kernel/seccomp.c, seccomp_run_filters()).
uint32_t stack_execute(const struct filter_stack *stack, const struct seccomp_data *data);

#endif

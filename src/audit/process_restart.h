// SPDX-License-Identifier: ISC
//
// process_restart.h: threads that a stop could kill.
//
// A stop interrupts the call in which a thread sleeps, and the kernel then makes it again. Most
// calls it makes again as they were, which their filters allowed before: recv, send, accept,
// ppoll, wait4, futex without a time limit (ERESTARTSYS, ERESTARTNOHAND: fs/select.c,
// net/ipv4/tcp.c, kernel/exit.c). A few have a time limit that must not start anew, and are resumed
// by another call, restart_syscall (ERESTART_RESTARTBLOCK: poll, relative nanosleep and
// clock_nanosleep, futex wait with a time limit: fs/select.c, kernel/time/hrtimer.c,
// kernel/futex/waitwake.c). A filter that refuses restart_syscall then ends the process.
//
// Where the kernel lets a tracer see that this is about to happen (x86-64), the thread is told to
// make the original call again instead: it lives, and the call's time limit starts anew. Where it
// does not (arm64 has prepared the restart before the stop), a thread that sleeps in such a call is
// not stopped at all without --force.
#ifndef AUDIT_PROCESS_RESTART_H
#define AUDIT_PROCESS_RESTART_H

#include "process.h"
#include "process_trace.h"

// Before the stop: would it be a risk that cannot be taken back? Then `name` is the call's.
bool restart_endangers(const struct process *process, pid_t tid, const char **name);

// Does the kernel resume this call, with these arguments, by restart_syscall?
bool restart_applies(uint32_t arch, int number, const uint64_t args[6]);

enum restart {
    RESTART_SAFE,   // the thread goes on as it was
    RESTART_AGAIN,  // it would have died; it makes its call again, from the beginning
    RESTART_DEADLY, // it will die, and cannot be helped
};

// During the stop. `stack` is NULL when its filters could not be read: then nothing is known to be
// allowed. `name` is the call's when it is not RESTART_SAFE.
enum restart restart_protect(pid_t tid, const struct filter_stack *stack, const char **name);

#endif

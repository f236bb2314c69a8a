// SPDX-License-Identifier: ISC
//
// process_trace.c: PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_SECCOMP_GET_FILTER, PTRACE_DETACH.
//
// Promise: whatever happens in between, the thread is let go; at the latest by the kernel, when
// this process ends (ptrace(2): a seized thread without PTRACE_O_EXITKILL is detached and goes on).
#include "process_trace.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#include "process_access.h"
#include "process_restart.h"
#include "verdict_subject.h"

// A thread stops within microseconds, unless it sleeps in the kernel uninterruptibly.
enum { STOP_LIMIT_MS = 2000, STOP_POLL_US = 50, SOUND_SLEEP_MS = 20 };

void stack_free(struct filter_stack *stack)
{
    for (size_t i = 0; i < stack->count; i++)
        free(stack->programs[i].insns);
    free(stack->programs);
    *stack = (struct filter_stack){0};
}

bool stack_same(const struct filter_stack *left, const struct filter_stack *right)
{
    if (left->count != right->count)
        return false;
    for (size_t i = 0; i < left->count; i++) {
        const struct program *a = &left->programs[i];
        const struct program *b = &right->programs[i];
        if (a->count != b->count || memcmp(a->insns, b->insns, a->count * sizeof(*a->insns)) != 0)
            return false;
    }
    return true;
}

uint32_t stack_execute(const struct filter_stack *stack, const struct seccomp_data *data)
{
    uint32_t result = SECCOMP_RET_ALLOW;
    for (size_t i = stack->count; i-- > 0;) {
        const struct program *program = &stack->programs[i];
        struct program_run run = program_execute(program->insns, program->count, data, NULL);
        result = verdict_stacked(result, run.result);
    }
    return result;
}

// Keeps one more program; what the kernel has accepted, program_accept() accepts.
static bool keep(struct filter_stack *stack, const struct sock_filter *insns, size_t count)
{
    struct program_fault fault;
    struct program *programs =
        reallocarray(stack->programs, stack->count + 1, sizeof(*stack->programs));
    if (programs == NULL)
        return false;
    stack->programs = programs;
    struct sock_filter *copy = malloc(count * sizeof(*insns));
    if (copy == NULL || !program_accept(insns, count, &fault)) {
        free(copy);
        return false;
    }
    memcpy(copy, insns, count * sizeof(*insns));
    stack->programs[stack->count++] = (struct program){copy, count};
    // cppcheck-suppress memleak ; the stack owns it now
    return true;
}

static enum sight explain_read(pid_t tid, int error, struct refusal *refusal)
{
    switch (error) {
    case EINVAL:
        return refuse(refusal, SIGHT_REFUSED,
                      "this kernel does not show filters (it was built without "
                      "CONFIG_CHECKPOINT_RESTORE)");
    case EACCES:
        return refuse(refusal, SIGHT_REFUSED,
                      "the kernel does not show the filters of thread %d: it asks for "
                      "CAP_SYS_ADMIN in the first user namespace and no seccomp here",
                      tid);
    case EMEDIUMTYPE:
        return refuse(refusal, SIGHT_REFUSED, "a filter of thread %d is not classic BPF", tid);
    case ESRCH: return refuse(refusal, SIGHT_GONE, "thread %d has ended", tid);
    default:
        return refuse(refusal, SIGHT_REFUSED, "reading the filters of thread %d: %s", tid,
                      strerror(error));
    }
}

// Index 0 is the oldest filter: get_nth_filter() in kernel/seccomp.c counts from the far end of the
// chain, although ptrace(2) says that it counts from the newest.
static enum sight read_all(pid_t tid, struct filter_stack *stack, struct refusal *refusal)
{
    static struct sock_filter insns[BPF_MAXINSNS];
    for (unsigned long index = 0; index < STACK_FILTERS_MAX; index++) {
        long count = ptrace(PTRACE_SECCOMP_GET_FILTER, tid, index, NULL);
        if (count > BPF_MAXINSNS)
            return refuse(refusal, SIGHT_REFUSED, "a filter of thread %d is too long", tid);
        if (count > 0)
            count = ptrace(PTRACE_SECCOMP_GET_FILTER, tid, index, insns);
        if (count <= 0 && errno == ENOENT)
            return SIGHT_OK;
        if (count <= 0)
            return explain_read(tid, errno, refusal);
        if (!keep(stack, insns, (size_t)count))
            return refuse(refusal, SIGHT_REFUSED, "filter %lu of thread %d cannot be kept",
                          index + 1, tid);
    }
    return refuse(refusal, SIGHT_REFUSED, "thread %d has too many filters", tid);
}

// Waits for the stop. *signal is one that arrived first: the stop is then its delivery, and it must
// be handed on.
static enum sight wait_stopped(pid_t tid, int *signal, struct refusal *refusal)
{
    const struct timespec pause = {.tv_nsec = STOP_POLL_US * 1000L};
    for (int waited_us = 0; waited_us < STOP_LIMIT_MS * 1000; waited_us += STOP_POLL_US) {
        int status;
        pid_t got = waitpid(tid, &status, __WALL | WNOHANG);
        if (got == tid && WIFSTOPPED(status)) {
            *signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
            return SIGHT_OK;
        }
        if (got != 0)
            return refuse(refusal, SIGHT_GONE, "thread %d has ended", tid);
        nanosleep(&pause, NULL);
    }
    return refuse(refusal, SIGHT_REFUSED,
                  "thread %d does not stop; it is released when seccomp-audit ends", tid);
}

// A thread that sleeps uninterruptibly does not stop until it wakes, and cannot be released before.
// So one that does so for long, as after vfork(2), is not seized.
static bool sleeps_soundly(const struct process *process, const struct thread_state *before)
{
    const struct timespec moment = {.tv_nsec = SOUND_SLEEP_MS * 1000000L};
    struct thread_state state = *before;
    if (state.state == 'D' && nanosleep(&moment, NULL) == 0 &&
        process_thread(process, before->tid, &state))
        return state.state == 'D';
    return false;
}

static enum sight refuse_restart(pid_t tid, const char *name, struct refusal *refusal)
{
    return refuse(refusal, SIGHT_REFUSED,
                  "thread %d sleeps in %s and its filters refuse restart_syscall, so that a stop "
                  "would kill it; it was spared, and its call began anew; --force attests it in "
                  "spite of that",
                  tid, name);
}

// Between stop and release. The number may have been given to another thread before the seizure, so
// that thread is spared like any other, and only then it is asked whether it is the one meant: what
// /proc says of the pinned process now is about the thread that stands still.
static enum sight read_stopped(const struct process *process, pid_t tid, bool force,
                               struct filter_stack *stack, bool *again, struct refusal *refusal)
{
    struct thread_state state;
    const char *name = NULL;
    enum sight sight = read_all(tid, stack, refusal);
    enum restart restart = restart_protect(tid, sight == SIGHT_OK ? stack : NULL, &name);
    *again = restart == RESTART_AGAIN;
    if (!process_alive(process) || !process_thread(process, tid, &state))
        return refuse(refusal, SIGHT_GONE, "thread %d of process %d has ended", tid, process->pid);
    if (sight != SIGHT_OK || restart == RESTART_SAFE || force)
        return sight;
    return refuse_restart(tid, name, refusal);
}

static enum sight stop_and_read(const struct process *process, pid_t tid, bool force,
                                struct filter_stack *stack, bool *again, struct refusal *refusal)
{
    int signal = 0;
    if (ptrace(PTRACE_SEIZE, tid, 0L, 0L) != 0)
        return access_explain(process, tid, errno, refusal);
    if (ptrace(PTRACE_INTERRUPT, tid, 0L, 0L) != 0)
        return refuse(refusal, SIGHT_GONE, "thread %d has ended", tid);
    enum sight sight = wait_stopped(tid, &signal, refusal);
    if (sight != SIGHT_OK)
        return sight;
    sight = read_stopped(process, tid, force, stack, again, refusal);
    // ESRCH here: it was killed while it stood still, and needs no release.
    ptrace(PTRACE_DETACH, tid, 0L, (long)signal);
    return sight;
}

// Signals to this process wait until the thread is released: an interrupted tool would leave the
// release to the kernel, which knows nothing of process_restart.h.
enum sight trace_read_filters(const struct process *process, const struct thread_state *state,
                              bool force, struct filter_stack *stack, bool *again,
                              struct refusal *refusal)
{
    sigset_t all;
    sigset_t before;
    const char *name = NULL;
    *stack = (struct filter_stack){0};
    *again = false;
    if (!force && restart_endangers(process, state->tid, &name))
        return refuse(refusal, SIGHT_REFUSED,
                      "thread %d sleeps in %s, which the kernel resumes by restart_syscall after a "
                      "stop: a filter without it would kill the thread; --force takes the risk",
                      state->tid, name);
    if (sleeps_soundly(process, state))
        return refuse(refusal, SIGHT_REFUSED,
                      "thread %d sleeps in the kernel uninterruptibly and cannot be stopped",
                      state->tid);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    enum sight sight = stop_and_read(process, state->tid, force, stack, again, refusal);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (sight != SIGHT_OK)
        stack_free(stack);
    return sight;
}

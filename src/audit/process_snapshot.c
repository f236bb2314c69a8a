// SPDX-License-Identifier: ISC
//
// process_snapshot.c: walks the threads until no new one shows up.
#include "process_snapshot.h"

#include <stdlib.h>

#include "process_access.h"

// A process that makes threads faster than they are looked at is not followed for ever.
enum { ROUNDS_MAX = 16 };

static bool is_known(const struct snapshot *snapshot, pid_t tid)
{
    for (size_t i = 0; i < snapshot->thread_count; i++)
        if (snapshot->threads[i].state.tid == tid)
            return true;
    return false;
}

// Takes the stack over. False when memory is short.
static bool share_stack(struct snapshot *snapshot, struct filter_stack *stack, size_t *index)
{
    for (*index = 0; *index < snapshot->stack_count; ++*index)
        if (stack_same(&snapshot->stacks[*index], stack)) {
            stack_free(stack);
            return true;
        }
    struct filter_stack *stacks =
        reallocarray(snapshot->stacks, snapshot->stack_count + 1, sizeof(*stacks));
    if (stacks == NULL)
        return false;
    snapshot->stacks = stacks;
    stacks[snapshot->stack_count++] = *stack;
    return true;
}

static bool add_thread(struct snapshot *snapshot, const struct thread_view *view,
                       struct filter_stack *stack)
{
    struct thread_view *threads =
        reallocarray(snapshot->threads, snapshot->thread_count + 1, sizeof(*threads));
    if (threads == NULL)
        return false;
    snapshot->threads = threads;
    threads[snapshot->thread_count] = *view;
    if (!share_stack(snapshot, stack, &threads[snapshot->thread_count].stack))
        return false;
    snapshot->thread_count++;
    return true;
}

static enum sight look_at(const struct process *process, pid_t tid, bool force,
                          struct snapshot *snapshot, struct refusal *refusal)
{
    struct thread_view view = {0};
    struct filter_stack stack = {0};
    enum sight sight = SIGHT_OK;
    if (!process_thread(process, tid, &view.state) || view.state.state == 'Z' ||
        view.state.state == 'X')
        return SIGHT_OK; // ended: nothing runs there any more
    if (view.state.mode == 2)
        sight = access_check(refusal);
    if (view.state.mode == 2 && sight == SIGHT_OK)
        sight = trace_read_filters(process, &view.state, force, &stack, &view.again, refusal);
    if (sight == SIGHT_GONE && process_alive(process))
        return SIGHT_OK;
    if (sight != SIGHT_OK)
        return sight;
    if (add_thread(snapshot, &view, &stack))
        return SIGHT_OK;
    stack_free(&stack);
    return refuse(refusal, SIGHT_REFUSED, "no memory for the filters of process %d", process->pid);
}

// Looks at the threads that have not been looked at. *more tells that there were any.
static enum sight look_round(const struct process *process, bool force, struct snapshot *snapshot,
                             bool *more, struct refusal *refusal)
{
    size_t count;
    enum sight sight = SIGHT_OK;
    pid_t *tids = process_tids(process, &count);
    *more = false;
    for (size_t i = 0; i < count && sight == SIGHT_OK; i++) {
        if (is_known(snapshot, tids[i]))
            continue;
        *more = true;
        sight = look_at(process, tids[i], force, snapshot, refusal);
    }
    free(tids);
    return sight;
}

static int compare_threads(const void *a, const void *b)
{
    pid_t left = ((const struct thread_view *)a)->state.tid;
    pid_t right = ((const struct thread_view *)b)->state.tid;
    return left < right ? -1 : left > right;
}

enum sight snapshot_take(const struct process *process, bool force, struct snapshot *snapshot,
                         struct refusal *refusal)
{
    bool more = true;
    enum sight sight = SIGHT_OK;
    *snapshot = (struct snapshot){0};
    for (int round = 0; more && sight == SIGHT_OK; round++) {
        sight = look_round(process, force, snapshot, &more, refusal);
        if (round == ROUNDS_MAX && more && sight == SIGHT_OK)
            sight = refuse(refusal, SIGHT_REFUSED,
                           "process %d makes threads faster than they can "
                           "be looked at",
                           process->pid);
    }
    if (sight == SIGHT_OK && (snapshot->thread_count == 0 || !process_alive(process)))
        sight = refuse(refusal, SIGHT_GONE, "process %d has ended", process->pid);
    if (sight != SIGHT_OK)
        snapshot_free(snapshot);
    else if (snapshot->thread_count > 1)
        qsort(snapshot->threads, snapshot->thread_count, sizeof(*snapshot->threads),
              compare_threads);
    return sight;
}

void snapshot_free(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->stack_count; i++)
        stack_free(&snapshot->stacks[i]);
    free(snapshot->stacks);
    free(snapshot->threads);
    *snapshot = (struct snapshot){0};
}

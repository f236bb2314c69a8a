// SPDX-License-Identifier: ISC
//
// attest_process.c: one process: open, look, judge; and look once more at a child that may just
// have been born.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attest.h"

// A session installs its filter within a millisecond of its fork.
enum { BIRTH_MS = 100 };

static struct kin read_kin(const struct process *process)
{
    struct process parent;
    struct thread_state state;
    struct refusal refusal;
    struct kin kin = {.own = (uint64_t)process_own_pid(process)};
    kin.parent = process_parent(process);
    if (kin.parent == 0 || process_open(&parent, kin.parent, &refusal) != SIGHT_OK)
        return kin;
    // The parent may have ended and its number been given away before it was pinned.
    if (process_parent(process) == kin.parent) {
        kin.parental = (uint64_t)process_own_pid(&parent);
        memcpy(kin.parent_name, parent.name, sizeof(kin.parent_name));
        if (process_thread(&parent, kin.parent, &state))
            kin.parent_filters = state.filter_count;
    }
    process_close(&parent);
    return kin;
}

static struct hints make_hints(const struct kin *kin)
{
    struct hints hints = {0};
    if (kin->parental != 0)
        hints.values[hints.count++] = kin->parental;
    hints.values[hints.count++] = kin->own;
    return hints;
}

// Each filter by itself, then all together.
static bool judge_stack(struct matcher *matcher, const struct filter_stack *stack,
                        const struct hints *hints, struct stack_match *result)
{
    if (stack->count == 0)
        return true;
    result->filters = calloc(stack->count, sizeof(struct match *));
    for (size_t i = 0; result->filters != NULL && i < stack->count; i++) {
        const struct filter_stack one = {.programs = &stack->programs[i], .count = 1};
        result->filters[i] = matcher_ask(matcher, &one, hints);
        if (result->filters[i] == NULL)
            return false;
    }
    result->together = matcher_ask(matcher, stack, hints);
    return result->filters != NULL && result->together != NULL;
}

static bool judge_stacks(struct attester *attester, struct attestation *attestation)
{
    struct hints hints = make_hints(&attestation->kin);
    const struct snapshot *snapshot = &attestation->snapshot;
    attestation->stacks = calloc(snapshot->stack_count, sizeof(*attestation->stacks));
    if (attestation->stacks == NULL)
        return false;
    for (size_t i = 0; i < snapshot->stack_count; i++)
        if (!judge_stack(attester->matcher, &snapshot->stacks[i], &hints, &attestation->stacks[i]))
            return false;
    return true;
}

static bool threads_differ(const struct snapshot *snapshot)
{
    for (size_t i = 1; i < snapshot->thread_count; i++) {
        const struct thread_view *view = &snapshot->threads[i];
        if (view->stack != snapshot->threads[0].stack ||
            view->state.mode != snapshot->threads[0].state.mode ||
            view->state.no_new_privs != snapshot->threads[0].state.no_new_privs)
            return true;
    }
    return false;
}

// A session between fork and the installation of its own filter: it has what its parent has, which
// is the listener's, with a $listener that is not this process.
static bool is_newborn(const struct attestation *attestation, const struct match *match)
{
    const struct kin *kin = &attestation->kin;
    if (kin->parental == 0 || strcmp(attestation->name, kin->parent_name) != 0 ||
        kin->parent_filters != attestation->snapshot.threads[0].state.filter_count)
        return false;
    if (match->candidate == NULL || match->candidate->role == NULL)
        return false; // what others inherit may be all that they are meant to have
    return match->relation != RELATION_EQUAL ||
           (match->candidate->role->only_until_born && match->values[0] == kin->parental);
}

static enum attest_verdict of_relation(enum relation relation)
{
    switch (relation) {
    case RELATION_EQUAL: return ATTEST_EQUAL;
    case RELATION_STRICTER: return ATTEST_STRICTER;
    case RELATION_WEAKER: return ATTEST_WEAKER;
    case RELATION_INCOMPARABLE: return ATTEST_INCOMPARABLE;
    case RELATION_UNDECIDED: break;
    }
    return ATTEST_UNDECIDED;
}

static enum attest_verdict judge(const struct attestation *attestation)
{
    const struct snapshot *snapshot = &attestation->snapshot;
    const struct match *match = attest_match(attestation);
    if (threads_differ(snapshot))
        return ATTEST_THREADS;
    if (snapshot->threads[0].state.mode == 1)
        return ATTEST_STRICT;
    if (match == NULL)
        return ATTEST_UNCONFINED;
    if (is_newborn(attestation, match))
        return ATTEST_NOT_YET;
    for (size_t i = 0; i < attestation->facts.count; i++)
        if (attestation->facts.list[i].wrong)
            return ATTEST_PARAMETER;
    return of_relation(match->relation);
}

static enum attest_verdict of_sight(enum sight sight)
{
    return sight == SIGHT_GONE ? ATTEST_GONE : ATTEST_REFUSED;
}

// Fills everything but the pid. The process is pinned.
static void look(struct attester *attester, const struct process *process,
                 struct attestation *attestation)
{
    memcpy(attestation->name, process->name, sizeof(attestation->name));
    attestation->kin = read_kin(process);
    enum sight sight = snapshot_take(process, attester->options->force, &attestation->snapshot,
                                     &attestation->refusal);
    if (sight != SIGHT_OK) {
        attestation->verdict = of_sight(sight);
        return;
    }
    if (!judge_stacks(attester, attestation)) {
        attestation->verdict = ATTEST_UNDECIDED;
        refuse(&attestation->refusal, SIGHT_REFUSED, "out of memory");
        return;
    }
    const struct match *match = attest_match(attestation);
    if (match != NULL && match->relation == RELATION_EQUAL)
        facts_collect(process, &attestation->kin, match, &attestation->facts);
    attestation->verdict = judge(attestation);
    if (!process_alive(process)) {
        attestation->verdict = ATTEST_GONE;
        refuse(&attestation->refusal, SIGHT_GONE, "process %d ended while it was looked at",
               process->pid);
    }
}

void attest_process(struct attester *attester, pid_t pid, struct attestation *attestation)
{
    const struct timespec birth = {.tv_nsec = BIRTH_MS * 1000000L};
    struct process process;
    *attestation = (struct attestation){.pid = pid};
    enum sight sight = process_open(&process, pid, &attestation->refusal);
    if (sight != SIGHT_OK) {
        attestation->verdict = of_sight(sight);
        return;
    }
    look(attester, &process, attestation);
    if (attestation->verdict == ATTEST_NOT_YET) {
        nanosleep(&birth, NULL);
        attestation_free(attestation);
        *attestation = (struct attestation){.pid = pid};
        look(attester, &process, attestation);
    }
    process_close(&process);
}

void attestation_free(struct attestation *attestation)
{
    for (size_t i = 0; attestation->stacks != NULL && i < attestation->snapshot.stack_count; i++)
        free(attestation->stacks[i].filters);
    free(attestation->stacks);
    snapshot_free(&attestation->snapshot);
}

const struct match *attest_match(const struct attestation *attestation)
{
    const struct snapshot *snapshot = &attestation->snapshot;
    if (attestation->stacks == NULL || snapshot->thread_count == 0)
        return NULL;
    return attestation->stacks[snapshot->threads[0].stack].together;
}

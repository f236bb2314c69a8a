// SPDX-License-Identifier: ISC
//
// attest_match.c: which policy are these filters, and with which parameters?
//
// Promise: EQUAL is said only after the policy, with its parameters replaced by the values that
// were found, has been proven equal to the filters for every input.
#include <stdlib.h>
#include <string.h>

#include "attest.h"
#include "variant.h"
#include "verdict_params.h"
#include "verdict_regions.h"

// Values that are tried for a parameter of a policy to which the filters are not equal.
enum { GUESSES_MAX = 24, REGIONS_MAX = 4096 };

static const char undecidable[] =
    "the comparison has become too large, or uses arithmetic that it cannot decide";

struct memory {
    struct filter_stack stack;
    struct match match;
    struct memory *next;
};

struct matcher {
    const struct candidates *candidates;
    uint32_t arch;
    struct memory *memories;
};

struct guesses {
    uint64_t values[GUESSES_MAX];
    size_t count;
};

struct matcher *matcher_new(const struct candidates *candidates, uint32_t arch)
{
    struct matcher *matcher = calloc(1, sizeof(*matcher));
    if (matcher != NULL)
        *matcher = (struct matcher){.candidates = candidates, .arch = arch};
    return matcher;
}

void matcher_free(struct matcher *matcher)
{
    struct memory *next;
    if (matcher == NULL)
        return;
    for (struct memory *memory = matcher->memories; memory != NULL; memory = next) {
        next = memory->next;
        verdict_free(memory->match.verdict);
        stack_free(&memory->stack);
        free(memory);
    }
    free(matcher);
}

static struct subject bound_subject(const struct candidate *candidate, const uint64_t *values)
{
    return (struct subject){
        .policy = policy_bind(candidate->policy, values),
        .only_arch = candidate->only_arch,
    };
}

// Is it this policy? False when it is not, or that is not known: then match->reason says why.
static bool match_equal(const struct matcher *matcher, const struct subject *filters,
                        const struct candidate *candidate, struct match *match)
{
    struct subject policy = {.policy = candidate->policy, .only_arch = candidate->only_arch};
    enum recovery recovery = verdict_recover(&policy, filters, match->values, DIAGRAM_NODE_LIMIT);
    if (recovery == RECOVERY_UNDECIDED)
        match->reason = undecidable;
    if (recovery != RECOVERY_UNIQUE && recovery != RECOVERY_MANY)
        return false;
    policy = bound_subject(candidate, match->values);
    struct verdict *verdict = verdict_prove(filters, &policy, matcher->arch, DIAGRAM_NODE_LIMIT);
    if (verdict != NULL && verdict->relation != RELATION_EQUAL &&
        verdict->relation != RELATION_UNDECIDED)
        diagram_bug("recovered parameters do not make the policy equal");
    if (verdict != NULL && verdict->relation == RELATION_EQUAL) {
        match->relation = RELATION_EQUAL;
        match->candidate = candidate;
        match->any_value = recovery == RECOVERY_MANY;
    } else
        match->reason = undecidable;
    verdict_free(verdict);
    return match->relation == RELATION_EQUAL;
}

static void add_guess(struct guesses *guesses, const struct param *param, uint64_t value)
{
    if (value < param->low || value > param->high || guesses->count == GUESSES_MAX)
        return;
    for (size_t i = 0; i < guesses->count; i++)
        if (guesses->values[i] == value)
            return;
    guesses->values[guesses->count++] = value;
}

// The numbers with which a program compares halves of arguments, read from top to bottom.
static void guess_from(const struct program *program, const struct param *param,
                       struct guesses *guesses)
{
    bool argument = false; // was the last thing loaded one?
    for (size_t i = 0; i < program->count; i++) {
        const struct sock_filter *insn = &program->insns[i];
        if (BPF_CLASS(insn->code) == BPF_LD)
            argument = insn->code == (BPF_LD | BPF_W | BPF_ABS) &&
                       insn->k >= offsetof(struct seccomp_data, args);
        else if (argument && insn->code == (BPF_JMP | BPF_JEQ | BPF_K))
            add_guess(guesses, param, insn->k);
    }
}

// The hints, what the programs compare with, and the smallest value; in this order, at least one.
static struct guesses guess(const struct param *param, const struct subject *filters,
                            const struct hints *hints)
{
    struct guesses guesses = {0};
    for (size_t i = 0; i < hints->count; i++)
        add_guess(&guesses, param, hints->values[i]);
    for (size_t i = 0; i < filters->program_count; i++)
        guess_from(&filters->programs[i], param, &guesses);
    if (guesses.count == 0)
        guesses.values[guesses.count++] = param->low;
    return guesses;
}

struct distance {
    size_t calls;
    uint64_t arch;
    uint64_t number;
};

// Regions come in rising order of architecture and number, so that equal ones are neighbours.
static bool count_call(void *context, const struct region *region)
{
    struct distance *distance = context;
    if (distance->calls == 0 || distance->arch != region->span[INPUT_ARCH].low ||
        distance->number != region->span[INPUT_NR].low)
        distance->calls++;
    distance->arch = region->span[INPUT_ARCH].low;
    distance->number = region->span[INPUT_NR].low;
    return distance->calls < REGIONS_MAX;
}

// How many system calls are treated differently; SIZE_MAX when that is not known.
static size_t measure(const struct subject *filters, const struct candidate *candidate,
                      const uint64_t *values)
{
    struct subject policy = bound_subject(candidate, values);
    size_t calls = 0;
    for (int change = CHANGE_ALLOWED; change <= CHANGE_OTHER; change++) {
        struct distance distance = {0};
        const char *reason = NULL;
        if (!regions_changed(&policy, filters, NULL, (enum change)change, DIAGRAM_NODE_LIMIT,
                             count_call, &distance, &reason))
            return SIZE_MAX;
        calls += distance.calls;
    }
    return calls;
}

// Takes the values for which the policy comes nearest, one parameter after the other.
static void approach(const struct subject *filters, const struct candidate *candidate,
                     const struct hints *hints, uint64_t *values, size_t best)
{
    const struct policy *policy = candidate->policy;
    for (size_t i = 0; i < policy->param_count; i++) {
        struct guesses guesses = guess(&policy->params[i], filters, hints);
        uint64_t chosen = values[i];
        for (size_t j = 1; j < guesses.count; j++) {
            values[i] = guesses.values[j];
            size_t calls = measure(filters, candidate, values);
            if (calls >= best)
                continue;
            best = calls;
            chosen = values[i];
        }
        values[i] = chosen;
    }
}

static void choose_nearest(const struct matcher *matcher, const struct subject *filters,
                           const struct hints *hints, struct match *match)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < matcher->candidates->count; i++) {
        const struct candidate *candidate = &matcher->candidates->list[i];
        uint64_t values[LOAD_PARAMS] = {0};
        for (size_t j = 0; j < candidate->policy->param_count; j++)
            values[j] = guess(&candidate->policy->params[j], filters, hints).values[0];
        size_t calls = measure(filters, candidate, values);
        if (calls >= best)
            continue;
        best = calls;
        match->candidate = candidate;
        memcpy(match->values, values, sizeof(values));
    }
    if (match->candidate != NULL)
        approach(filters, match->candidate, hints, match->values, best);
}

static void match_nearest(const struct matcher *matcher, const struct subject *filters,
                          const struct hints *hints, struct match *match)
{
    choose_nearest(matcher, filters, hints, match);
    if (match->candidate == NULL) {
        match->reason = undecidable;
        return;
    }
    match->sides[0] = *filters;
    match->sides[1] = bound_subject(match->candidate, match->values);
    match->verdict =
        verdict_prove(&match->sides[0], &match->sides[1], matcher->arch, DIAGRAM_NODE_LIMIT);
    if (match->verdict == NULL || match->verdict->relation == RELATION_UNDECIDED)
        match->reason = match->verdict == NULL ? "out of memory" : match->verdict->reason;
    else if (match->reason == NULL)
        match->relation = match->verdict->relation;
}

// A candidate that could not be decided leaves all undecided, unless another is EQUAL: it might
// have been the one.
static void find(const struct matcher *matcher, const struct subject *filters,
                 const struct hints *hints, struct match *match)
{
    for (size_t i = 0; i < matcher->candidates->count; i++)
        if (match_equal(matcher, filters, &matcher->candidates->list[i], match)) {
            match->reason = NULL;
            return;
        }
    match_nearest(matcher, filters, hints, match);
}

static bool copy_stack(struct filter_stack *copy, const struct filter_stack *stack)
{
    copy->programs = calloc(stack->count, sizeof(*copy->programs));
    for (size_t i = 0; copy->programs != NULL && i < stack->count; i++) {
        const struct program *program = &stack->programs[i];
        struct sock_filter *insns = reallocarray(NULL, program->count, sizeof(*insns));
        if (insns == NULL)
            return false;
        memcpy(insns, program->insns, program->count * sizeof(*insns));
        copy->programs[copy->count++] = (struct program){insns, program->count};
    }
    return copy->programs != NULL;
}

const struct match *matcher_ask(struct matcher *matcher, const struct filter_stack *filters,
                                const struct hints *hints)
{
    struct memory *memory = matcher->memories;
    while (memory != NULL && !stack_same(&memory->stack, filters))
        memory = memory->next;
    if (memory != NULL)
        return &memory->match;
    memory = calloc(1, sizeof(*memory));
    if (memory == NULL || !copy_stack(&memory->stack, filters)) {
        if (memory != NULL)
            stack_free(&memory->stack);
        free(memory);
        return NULL;
    }
    struct subject subject = {
        .programs = memory->stack.programs,
        .program_count = memory->stack.count,
    };
    find(matcher, &subject, hints, &memory->match);
    memory->next = matcher->memories;
    matcher->memories = memory;
    return &memory->match;
}

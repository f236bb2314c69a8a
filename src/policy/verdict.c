// SPDX-License-Identifier: ISC
//
// verdict.c: compares two functions and shows where they differ.
//
// Promise: EQUAL is said only when the two functions are the same node, or differ nowhere within
// the parameters' ranges; every other word comes with an input that the plain interpreters have
// run and found to differ in just that way.
#include "verdict.h"

#include <stdlib.h>

#include "diagram_bits.h"

// Lower is more severe; the kernel compares the same way, as signed numbers.
static int32_t severity(uint32_t result)
{
    uint32_t action = result & SECCOMP_RET_ACTION_FULL;
    switch (action) {
    case SECCOMP_RET_KILL_PROCESS:
    case SECCOMP_RET_KILL_THREAD:
    case SECCOMP_RET_TRAP:
    case SECCOMP_RET_ERRNO:
    case SECCOMP_RET_USER_NOTIF:
    case SECCOMP_RET_TRACE:
    case SECCOMP_RET_LOG:
    case SECCOMP_RET_ALLOW: return (int32_t)action;
    default: return (int32_t)SECCOMP_RET_KILL_PROCESS;
    }
}

enum difference verdict_difference(uint32_t left, uint32_t right)
{
    if (left == right)
        return DIFFERENCE_NONE;
    if (severity(left) == severity(right))
        return DIFFERENCE_DATA;
    return severity(left) < severity(right) ? DIFFERENCE_STRICTER : DIFFERENCE_WEAKER;
}

static uint32_t relate(uint32_t left, uint32_t right)
{
    return verdict_difference(left, right);
}

static const struct diagram_operation relating = {.combine = relate};

const char *verdict_word(enum relation relation)
{
    static const char *const words[] = {"UNDECIDED", "EQUAL", "STRICTER", "WEAKER", "INCOMPARABLE"};
    return words[relation];
}

// The part of `set` on one architecture.
static diagram on_arch(struct proof *proof, diagram set, uint32_t arch)
{
    struct bits word = bits_input(proof->space, &proof->inputs, INPUT_ARCH, 0, 32);
    struct bits constant = bits_constant(32, arch);
    return diagram_and(proof->space, set, bits_equal(proof->space, &word, &constant));
}

static bool is_something(diagram set)
{
    return set != DIAGRAM_FALSE && set != DIAGRAM_UNDECIDED;
}

struct assignment verdict_choose(struct proof *proof, diagram set, uint32_t prefer_arch)
{
    diagram part = prefer_arch != 0 ? on_arch(proof, set, prefer_arch) : DIAGRAM_FALSE;
    for (size_t side = 0; side < 2; side++) {
        const struct subject *subject = proof->subject[side];
        const struct policy *policy = subject != NULL ? subject->policy : NULL;
        for (size_t i = 0; policy != NULL && i < policy->arch_count && !is_something(part); i++)
            part = on_arch(proof, set, policy->arch[i]);
    }
    return inputs_first(&proof->inputs, proof->space, is_something(part) ? part : set);
}

// The interpreters' word on it, which must be the diagrams'.
static bool confirm(const struct proof *proof, struct witness *witness)
{
    for (size_t side = 0; side < 2; side++) {
        if (!proof_judge(proof, side, &witness->input, &witness->by[side]))
            return false;
        uint32_t expected =
            inputs_evaluate(&proof->inputs, proof->space, proof->function[side], &witness->input);
        if (witness->by[side].result != expected)
            diagram_bug("a witness does not run as the proof says");
    }
    if (verdict_difference(witness->by[0].result, witness->by[1].result) != witness->difference)
        diagram_bug("a witness shows another difference than it was chosen for");
    return true;
}

static void undecided(struct verdict *verdict, const char *reason)
{
    verdict->relation = RELATION_UNDECIDED;
    if (verdict->reason == NULL)
        verdict->reason = reason;
}

static void add_witness(struct proof *proof, struct verdict *verdict, diagram related,
                        enum difference difference, uint32_t prefer_arch)
{
    diagram set = diagram_equal(proof->space, related, diagram_leaf(proof->space, difference));
    if (set == DIAGRAM_FALSE)
        return;
    if (set == DIAGRAM_UNDECIDED) {
        undecided(verdict, "the comparison has become too large");
        return;
    }
    struct witness *witness = &verdict->witness[verdict->witness_count++];
    witness->difference = difference;
    witness->input = verdict_choose(proof, set, prefer_arch);
    if (!confirm(proof, witness))
        undecided(verdict, "out of memory");
}

static enum relation summarize(const struct verdict *verdict)
{
    if (verdict->witness_count == 0)
        return RELATION_EQUAL;
    if (verdict->witness_count > 1 || verdict->witness[0].difference == DIFFERENCE_DATA)
        return RELATION_INCOMPARABLE;
    return verdict->witness[0].difference == DIFFERENCE_STRICTER ? RELATION_STRICTER
                                                                 : RELATION_WEAKER;
}

static void compare(struct proof *proof, struct verdict *verdict, uint32_t prefer_arch)
{
    diagram everywhere =
        diagram_combine(proof->space, &relating, proof->function[0], proof->function[1]);
    diagram related = diagram_choose(proof->space, proof->ranges, everywhere, DIAGRAM_FALSE);
    if (related == DIAGRAM_UNDECIDED) {
        undecided(verdict, "the comparison has become too large");
        return;
    }
    for (int difference = DIFFERENCE_STRICTER; difference < DIFFERENCE_COUNT; difference++)
        add_witness(proof, verdict, related, (enum difference)difference, prefer_arch);
    if (verdict->reason == NULL)
        verdict->relation = summarize(verdict);
}

static void drop_witnesses(struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->witness_count; i++)
        for (size_t side = 0; side < 2; side++)
            free(verdict->witness[i].by[side].path);
    verdict->witness_count = 0;
}

struct verdict *verdict_prove(const struct subject *left, const struct subject *right,
                              uint32_t prefer_arch, size_t node_limit)
{
    struct verdict *verdict = calloc(1, sizeof *verdict);
    struct proof *proof = proof_begin(left, right, NULL, node_limit);
    if (verdict == NULL || proof == NULL) {
        proof_end(proof);
        if (verdict != NULL)
            undecided(verdict, "out of memory");
        return verdict;
    }
    verdict->param_count = proof->inputs.param_count;
    for (size_t i = 0; i < verdict->param_count; i++)
        verdict->param_name[i] = proof->inputs.params[i].name;
    if (proof->reason != NULL) {
        undecided(verdict, proof->reason);
        verdict->culprit = proof->culprit;
        verdict->program = proof->program;
        verdict->insn = proof->insn;
    } else
        compare(proof, verdict, prefer_arch);
    if (verdict->relation == RELATION_UNDECIDED)
        drop_witnesses(verdict);
    verdict->node_count = diagram_node_count(proof->space);
    proof_end(proof);
    return verdict;
}

void verdict_free(struct verdict *verdict)
{
    if (verdict == NULL)
        return;
    drop_witnesses(verdict);
    free(verdict);
}

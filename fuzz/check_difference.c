// SPDX-License-Identifier: ISC
#include "check_difference.h"

#include <string.h>

#include "oracle.h"
#include "policy/variant.h"
#include "policy/verdict_regions.h"

enum { NODES = 1 << 14, NODES_FEW = 100, NODES_MORE = 2000, REGIONS = 64 };

static difference_judge *judge;
static const struct policy *left, *right;
static bool differ; // by a call that was tried

// Half of the policy's range, with the value in it.
static struct policy twin_of(const struct policy *policy, const uint64_t *values, struct dice *dice)
{
    static struct param params[LOAD_PARAMS];
    struct policy twin = *policy_trap_twin(policy);
    for (size_t i = 0; i < policy->param_count; i++) {
        params[i] = policy->params[i];
        *(dice_roll(dice) % 2 == 0 ? &params[i].low : &params[i].high) = values[i];
    }
    twin.params = params;
    return twin;
}

static size_t place_of(const struct policy *policy, const char *param)
{
    size_t i = 0;
    while (i < policy->param_count && strcmp(policy->params[i].name, param) != 0)
        i++;
    ORACLE(i < policy->param_count, "'%s' is a parameter", param);
    return i;
}

// The values of a witness lie in both ranges, and with them it says what the model says.
static void check_witness(const struct verdict *verdict, const struct witness *witness,
                          const unsigned *sides)
{
    uint64_t values[LOAD_PARAMS] = {0};
    for (size_t i = 0; i < verdict->param_count; i++) {
        size_t at = place_of(left, verdict->param_name[i]);
        const struct param *one = &left->params[at], *other = &right->params[at];
        uint64_t value = values[at] = witness->input.params[i];
        ORACLE(value >= one->low && value <= one->high && value >= other->low &&
                   value <= other->high,
               "$%s is %lu, outside of %lu..%lu or %lu..%lu", one->name, value, one->low, one->high,
               other->low, other->high);
    }
    for (unsigned side = 0; side < 2; side++) {
        uint32_t expected = judge(sides[side], &witness->input.data, values);
        ORACLE(witness->by[side].result == expected, "a witness gets %#x, not %#x", expected,
               witness->by[side].result);
    }
}

static void check_verdict(const struct subject *one, const struct subject *other,
                          const unsigned *sides, size_t nodes)
{
    struct verdict *verdict = verdict_prove(one, other, 0, nodes);
    ORACLE(verdict != NULL, "there is a verdict");
    ORACLE(verdict->relation != RELATION_UNDECIDED ||
               (verdict->witness_count == 0 && strstr(verdict->reason, "too large") != NULL),
           "two policies are compared: %s", verdict->reason);
    ORACLE(!differ || verdict->relation != RELATION_EQUAL, "what differs is not EQUAL");
    for (size_t i = 0; i < verdict->witness_count; i++)
        check_witness(verdict, &verdict->witness[i], sides);
    verdict_free(verdict);
}

struct visit {
    const uint64_t *values;
    unsigned left;
};

static uint64_t first_of(const struct span *span)
{
    switch (span->kind) {
    case SPAN_ANY: return 0;
    case SPAN_MASK: return span->bits;
    default: return span->low;
    }
}

// The two say different things to the first call of a region.
static bool check_region(void *context, const struct region *region)
{
    struct visit *visit = context;
    struct seccomp_data data = {.nr = (int)(uint32_t)first_of(&region->span[INPUT_NR]),
                                .arch = (uint32_t)first_of(&region->span[INPUT_ARCH])};
    for (unsigned arg = 0; arg < INPUT_ARGS; arg++)
        data.args[arg] = first_of(&region->span[INPUT_ARG + arg]);
    ORACLE(judge(0, &data, visit->values) != judge(1, &data, visit->values),
           "nr %d is in a region, but %#x by both", data.nr, judge(0, &data, visit->values));
    return --visit->left > 0;
}

static void check_bound(const struct subject *one, const struct subject *other,
                        const uint64_t *values)
{
    uint64_t outside[LOAD_PARAMS];
    const char *why = NULL;
    struct visit visit = {values, REGIONS};
    bool whole =
        regions_changed(one, other, values, CHANGE_OTHER, NODES, check_region, &visit, &why);
    ORACLE(whole || strstr(why, "too") != NULL, "regions are told: %s", why);
    memcpy(outside, values, left->param_count * sizeof(outside[0]));
    for (size_t i = 0; i < left->param_count; i++) {
        const struct param *narrow = &right->params[i];
        bool below = narrow->low == values[i] && narrow->low > 0;
        if (!below && narrow->high == UINT64_MAX)
            continue;
        outside[i] = below ? narrow->low - 1 : narrow->high + 1;
        visit.left = REGIONS;
        whole =
            regions_changed(one, other, outside, CHANGE_OTHER, NODES, check_region, &visit, &why);
        ORACLE(!whole && strstr(why, "out of its range") != NULL, "%lu is out of range",
               outside[i]);
        outside[i] = values[i];
    }
}

// Two ranges without a common value leave nothing to compare.
static void check_apart(const struct subject *one, struct policy twin)
{
    static struct param apart[LOAD_PARAMS];
    if (left->param_count == 0 || left->params[0].high == UINT64_MAX)
        return;
    memcpy(apart, twin.params, left->param_count * sizeof(apart[0]));
    apart[0].low = left->params[0].high + 1;
    apart[0].high = apart[0].low;
    twin.params = apart;
    const struct subject other = {.policy = &twin};
    struct verdict *verdict = verdict_prove(one, &other, 0, NODES);
    ORACLE(verdict != NULL && verdict->relation == RELATION_UNDECIDED &&
               strstr(verdict->reason, "no value in common") != NULL,
           "$%s has no value in common", apart[0].name);
    verdict_free(verdict);
}

void check_meaning(const struct policy *policy, const uint64_t *values, difference_judge *by,
                   const struct seccomp_data *calls, size_t count)
{
    const struct subject subject = {.policy = policy};
    struct proof *proof = proof_begin(&subject, NULL, NULL, NODES);
    ORACLE(proof != NULL, "there is a proof");
    ORACLE(proof->reason == NULL || strstr(proof->reason, "too large") != NULL, "%s",
           proof->reason);
    for (size_t i = 0; i < count && proof->reason == NULL; i++) {
        struct assignment input = {.data = calls[i]};
        memcpy(input.params, values, policy->param_count * sizeof(values[0]));
        uint32_t expected = by(0, &calls[i], values);
        uint32_t result = inputs_evaluate(&proof->inputs, proof->space, proof->function[0], &input);
        ORACLE(result == expected, "call %d on %#x is proven to get %#x, not %#x", calls[i].nr,
               calls[i].arch, result, expected);
    }
    proof_end(proof);
}

void check_difference(const struct policy *policy, const struct attempt *attempt,
                      const uint64_t *values, struct dice *dice, difference_judge *by,
                      const struct seccomp_data *calls, size_t count)
{
    const struct policy twin = twin_of(policy, values, dice);
    const struct subject sides[2] = {{.policy = policy}, {.policy = &twin}};
    const struct subject program = {.programs = &attempt->here,
                                    .program_count = 1,
                                    .holes = attempt->compiled.holes,
                                    .hole_count = attempt->compiled.hole_count};
    size_t few = NODES_FEW + dice_roll(dice) % NODES_MORE;
    judge = by;
    left = policy;
    right = &twin;
    differ = false;
    for (size_t i = 0; i < count; i++)
        differ = differ || judge(0, &calls[i], values) != judge(1, &calls[i], values);
    check_verdict(&sides[0], &sides[1], (const unsigned[]){0, 1}, NODES);
    check_verdict(&sides[0], &sides[1], (const unsigned[]){0, 1}, few);
    check_verdict(&sides[1], &sides[0], (const unsigned[]){1, 0}, NODES);
    check_verdict(&program, &sides[1], (const unsigned[]){0, 1}, NODES);
    check_bound(&sides[0], &sides[1], values);
    check_apart(&sides[0], twin);
}

// SPDX-License-Identifier: ISC
//
// verdict_nearest.c: verdict_params.c for one call at a time.
#include "verdict_nearest.h"

#include "diagram_bits.h"
#include "verdict.h"

enum { TOLERANCES = 3 };

struct search {
    struct proof *proof;
    diagram tolerated[TOLERANCES]; // where the two are close enough, the best first
    diagram fitting;               // the values that are left
    bool met;
    bool quantified[INPUT_LEVELS_MAX];
};

static uint32_t is_same(uint32_t policy, uint32_t programs)
{
    return policy == programs;
}

static uint32_t is_no_stricter(uint32_t policy, uint32_t programs)
{
    return verdict_difference(policy, programs) != DIFFERENCE_STRICTER;
}

static uint32_t is_no_weaker(uint32_t policy, uint32_t programs)
{
    return verdict_difference(policy, programs) != DIFFERENCE_WEAKER;
}

// The inputs of one call.
static diagram call_inputs(struct proof *proof, uint32_t arch, int number)
{
    struct bits arch_word = bits_input(proof->space, &proof->inputs, INPUT_ARCH, 0, 32);
    struct bits number_word = bits_input(proof->space, &proof->inputs, INPUT_NR, 0, 32);
    struct bits arch_value = bits_constant(32, arch);
    struct bits number_value = bits_constant(32, (uint32_t)number);
    return diagram_and(proof->space, bits_equal(proof->space, &arch_word, &arch_value),
                       bits_equal(proof->space, &number_word, &number_value));
}

static void look_at_call(struct search *search, uint32_t arch, int number)
{
    struct diagram_space *space = search->proof->space;
    diagram call = call_inputs(search->proof, arch, number);
    for (size_t i = 0; i < TOLERANCES; i++) {
        diagram good = diagram_choose(space, call, search->tolerated[i], DIAGRAM_TRUE);
        diagram always = diagram_for_all(space, good, search->quantified);
        diagram left = diagram_and(space, search->fitting, always);
        if (left == DIAGRAM_FALSE || left == DIAGRAM_UNDECIDED)
            continue;
        search->fitting = left;
        search->met = true;
        return;
    }
}

static bool names_a_param(const struct rule *rule)
{
    for (size_t i = 0; i < rule->clause_count; i++) {
        const struct expression *when = &rule->clauses[i].when;
        for (size_t j = 0; j < when->count; j++)
            for (size_t k = 0; k < when->any[j].count; k++)
                if (when->any[j].atoms[k].param != NO_PARAM)
                    return true;
    }
    return false;
}

static void look_at_rules(struct search *search, const struct subject *subject)
{
    const struct policy *policy = subject->policy;
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        if (!names_a_param(rule))
            continue;
        for (size_t arch = 0; arch < policy->arch_count; arch++)
            if ((rule->archs >> arch & 1) != 0 &&
                (subject->only_arch == 0 || subject->only_arch == policy->arch[arch]))
                look_at_call(search, policy->arch[arch], rule->number[arch]);
    }
}

static void start(struct search *search, struct proof *proof)
{
    static const struct diagram_operation tolerances[TOLERANCES] = {
        {.combine = is_same}, {.combine = is_no_weaker}, {.combine = is_no_stricter}};
    *search = (struct search){.proof = proof, .fitting = proof->ranges};
    for (size_t i = 0; i < TOLERANCES; i++)
        search->tolerated[i] =
            diagram_combine(proof->space, &tolerances[i], proof->function[0], proof->function[1]);
    for (uint32_t level = 0; level < proof->inputs.level_count; level++)
        search->quantified[level] = proof->inputs.input_at[level] < INPUT_PARAM;
}

bool verdict_nearest(const struct subject *policy, const struct subject *programs, uint64_t *values,
                     size_t node_limit)
{
    struct proof *proof = proof_begin(policy, programs, NULL, node_limit);
    struct search search = {0};
    if (proof != NULL && proof->reason == NULL) {
        start(&search, proof);
        look_at_rules(&search, policy);
    }
    if (search.met) {
        struct assignment first = inputs_first(&proof->inputs, proof->space, search.fitting);
        for (size_t i = 0; i < policy->policy->param_count; i++)
            values[i] = first.params[proof->semantics[0].param[i]];
    }
    proof_end(proof);
    return search.met;
}

// SPDX-License-Identifier: ISC
//
// verdict_params.c: quantifies the inputs away and looks at what remains of the parameters.
//
// Promise: for the values given back, the policy and the programs are equal for every input.
#include "verdict_params.h"

#include "diagram_bits.h"

// The values for which both are equal whatever the input.
static diagram fitting_values(struct proof *proof)
{
    bool quantified[INPUT_LEVELS_MAX];
    for (uint32_t level = 0; level < proof->inputs.level_count; level++)
        quantified[level] = proof->inputs.input_at[level] < INPUT_PARAM;
    diagram equal = diagram_equal(proof->space, proof->function[0], proof->function[1]);
    diagram fitting = diagram_for_all(proof->space, equal, quantified);
    return diagram_and(proof->space, proof->ranges, fitting);
}

static diagram exactly(struct proof *proof, const struct assignment *assignment)
{
    diagram all = DIAGRAM_TRUE;
    for (size_t i = 0; i < proof->inputs.param_count; i++) {
        struct bits value =
            bits_input(proof->space, &proof->inputs, INPUT_PARAM + (unsigned)i, 0, 64);
        struct bits constant = bits_constant(64, assignment->params[i]);
        all = diagram_and(proof->space, all, bits_equal(proof->space, &value, &constant));
    }
    return all;
}

static enum recovery solve(struct proof *proof, uint64_t *values)
{
    diagram fitting = fitting_values(proof);
    if (fitting == DIAGRAM_UNDECIDED)
        return RECOVERY_UNDECIDED;
    if (fitting == DIAGRAM_FALSE)
        return RECOVERY_NONE;
    struct assignment first = inputs_first(&proof->inputs, proof->space, fitting);
    diagram these = exactly(proof, &first);
    diagram others = diagram_choose(proof->space, these, DIAGRAM_FALSE, fitting);
    for (size_t i = 0; i < proof->semantics[0].policy->param_count; i++)
        values[i] = first.params[proof->semantics[0].param[i]];
    if (others == DIAGRAM_UNDECIDED)
        return RECOVERY_UNDECIDED;
    return others == DIAGRAM_FALSE ? RECOVERY_UNIQUE : RECOVERY_MANY;
}

enum recovery verdict_recover(const struct subject *policy, const struct subject *programs,
                              uint64_t *values, size_t node_limit)
{
    struct proof *proof = proof_begin(policy, programs, NULL, node_limit);
    enum recovery recovery = RECOVERY_UNDECIDED;
    if (proof != NULL && proof->reason == NULL)
        recovery = solve(proof, values);
    proof_end(proof);
    return recovery;
}

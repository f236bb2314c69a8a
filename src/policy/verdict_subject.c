// SPDX-License-Identifier: ISC
//
// verdict_subject.c: turns subjects into functions, and asks them by plain interpretation.
//
// Promise: the two ways share no code below this file, so that each checks the other.
#include "verdict_subject.h"

#include <stdlib.h>
#include <string.h>

#include "evaluate.h"

uint32_t verdict_stacked(uint32_t newer, uint32_t older)
{
    int32_t newer_action = (int32_t)(newer & SECCOMP_RET_ACTION_FULL);
    int32_t older_action = (int32_t)(older & SECCOMP_RET_ACTION_FULL);
    return older_action < newer_action ? older : newer;
}

static const struct diagram_operation stacking = {.combine = verdict_stacked};

static void blame(struct proof *proof, size_t side, size_t program, size_t insn, const char *reason)
{
    proof->reason = reason;
    proof->culprit = side;
    proof->program = program;
    proof->insn = insn;
}

// One program alone is taken as it is. A stack starts from ALLOW, which no result replaces that is
// not more severe, and so loses data that came with an ALLOW.
static diagram programs_function(struct proof *proof, size_t side)
{
    const struct subject *subject = proof->subject[side];
    diagram function = diagram_leaf(proof->space, SECCOMP_RET_ALLOW);
    for (size_t i = subject->program_count; i-- > 0;) {
        struct machine_result run =
            machine_run(proof->space, &proof->inputs, &subject->programs[i],
                        i == 0 ? subject->holes : NULL, i == 0 ? subject->hole_count : 0, NULL);
        if (run.reason != NULL) {
            blame(proof, side, i, run.insn, run.reason);
            return DIAGRAM_UNDECIDED;
        }
        if (subject->program_count == 1)
            return run.function;
        function = diagram_combine(proof->space, &stacking, function, run.function);
    }
    return function;
}

static void add_function(struct proof *proof, size_t side)
{
    if (proof->subject[side]->policy != NULL)
        proof->function[side] = semantics_policy(proof->space, &proof->semantics[side]);
    else
        proof->function[side] = programs_function(proof, side);
    if (proof->function[side] == DIAGRAM_UNDECIDED && proof->reason == NULL)
        blame(proof, side, 0, 0, "the function has become too large");
}

static bool bind_params(struct inputs *inputs, const uint64_t *values)
{
    for (size_t i = 0; i < inputs->param_count; i++) {
        struct input_param *param = &inputs->params[i];
        if (values[i] < param->low || values[i] > param->high)
            return false;
        param->low = param->high = values[i];
    }
    return true;
}

static void arrange(struct proof *proof, const uint64_t *param_values)
{
    for (size_t side = 0; side < 2; side++) {
        const struct subject *subject = proof->subject[side];
        if (subject == NULL || subject->policy == NULL)
            continue;
        struct semantics *semantics = &proof->semantics[side];
        semantics->policy = subject->policy;
        semantics->inputs = &proof->inputs;
        semantics->only_arch = subject->only_arch;
        if (!semantics_add_params(&proof->inputs, subject->policy, semantics->param))
            blame(proof, side, 0, 0, "the parameters have no value in common, or are too many");
    }
    if (proof->reason == NULL && param_values != NULL && !bind_params(&proof->inputs, param_values))
        blame(proof, 0, 0, 0, "a parameter is out of its range");
    inputs_arrange(&proof->inputs);
}

struct proof *proof_begin(const struct subject *left, const struct subject *right,
                          const uint64_t *param_values, size_t node_limit)
{
    struct proof *proof = calloc(1, sizeof *proof);
    if (proof == NULL)
        return NULL;
    proof->space = diagram_space_new(node_limit);
    if (proof->space == NULL) {
        free(proof);
        return NULL;
    }
    proof->subject[0] = left;
    proof->subject[1] = right;
    arrange(proof, param_values);
    if (proof->reason == NULL)
        proof->ranges = semantics_ranges(proof->space, &proof->inputs);
    for (size_t side = 0; side < 2 && proof->reason == NULL; side++)
        if (proof->subject[side] != NULL)
            add_function(proof, side);
    return proof;
}

void proof_end(struct proof *proof)
{
    if (proof == NULL)
        return;
    diagram_space_free(proof->space);
    free(proof);
}

static bool judge_policy(const struct proof *proof, size_t side,
                         const struct assignment *assignment, struct judgement *judgement)
{
    const struct semantics *semantics = &proof->semantics[side];
    const struct policy *policy = semantics->policy;
    if (semantics->only_arch != 0 && assignment->data.arch != semantics->only_arch) {
        judgement->result = policy->bad_arch_action;
        return true;
    }
    uint64_t values[INPUT_PARAMS_MAX];
    for (size_t i = 0; i < policy->param_count; i++)
        values[i] = assignment->params[semantics->param[i]];
    judgement->result =
        policy_evaluate(policy, values, &assignment->data, &judgement->rule, &judgement->clause);
    return true;
}

static void fill_holes(struct sock_filter *insns, const struct subject *subject,
                       const struct assignment *assignment)
{
    for (size_t i = 0; i < subject->hole_count; i++) {
        const struct hole *hole = &subject->holes[i];
        uint64_t value = assignment->params[hole->param];
        insns[hole->insn].k = (uint32_t)(hole->high ? value >> 32 : value);
    }
}

// Runs program `i` and takes its result over when it decides. False when there is no memory.
static bool judge_program(const struct subject *subject, size_t i,
                          const struct assignment *assignment, struct judgement *judgement)
{
    const struct program *program = &subject->programs[i];
    struct sock_filter *insns = malloc(program->count * sizeof *insns);
    uint16_t *path = malloc(program->count * sizeof *path);
    if (insns == NULL || path == NULL) {
        free(insns);
        free(path);
        return false;
    }
    memcpy(insns, program->insns, program->count * sizeof *insns);
    if (i == 0)
        fill_holes(insns, subject, assignment);
    struct program_run run = program_execute(insns, program->count, &assignment->data, path);
    free(insns);
    bool alone = subject->program_count == 1;
    if (!alone && judgement->path != NULL &&
        verdict_stacked(judgement->result, run.result) == judgement->result) {
        free(path);
        return true;
    }
    free(judgement->path);
    judgement->result = alone ? run.result : verdict_stacked(judgement->result, run.result);
    judgement->program = i;
    judgement->path = path;
    judgement->steps = run.steps;
    return true;
}

bool proof_judge(const struct proof *proof, size_t side, const struct assignment *assignment,
                 struct judgement *judgement)
{
    const struct subject *subject = proof->subject[side];
    *judgement = (struct judgement){.result = SECCOMP_RET_ALLOW};
    if (subject->policy != NULL)
        return judge_policy(proof, side, assignment, judgement);
    for (size_t i = subject->program_count; i-- > 0;)
        if (!judge_program(subject, i, assignment, judgement)) {
            free(judgement->path);
            judgement->path = NULL;
            return false;
        }
    return true;
}

// SPDX-License-Identifier: ISC
//
// lint_question.c: sets of calls, by the proof's diagrams.
//
// Promise: a witness that comes out of here is let through by the plain interpreter as well.
#include "lint_question.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "architecture.h"
#include "diagram_bits.h"
#include "evaluate.h"
#include "lint_signature.h"
#include "syscalls.h"

enum { FEW = 8 }; // values that a rule may well list one by one

bool question_permits(uint32_t result)
{
    uint32_t action = result & SECCOMP_RET_ACTION_FULL;
    return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static uint32_t permitting(uint32_t result, uint32_t truth)
{
    return question_permits(result) && truth != 0;
}

static const struct diagram_operation permission = {.combine = permitting};

bool question_begin(struct question *question, const struct policy *policy)
{
    *question = (struct question){.policy = policy, .subject = {.policy = policy}};
    question->proof = proof_begin(&question->subject, NULL, NULL, DIAGRAM_NODE_LIMIT);
    if (question->proof == NULL || question->proof->reason != NULL)
        return false;
    question->permitted = diagram_combine(question->proof->space, &permission,
                                          question->proof->function[0], question->proof->ranges);
    return question->permitted != DIAGRAM_UNDECIDED;
}

void question_end(struct question *question)
{
    proof_end(question->proof);
    question->proof = NULL;
}

const struct rule *question_rule(const struct question *question, size_t arch, const char *call)
{
    const struct policy *policy = question->policy;
    for (size_t i = 0; i < policy->rule_count; i++)
        if ((policy->rules[i].archs >> arch & 1) != 0 && strcmp(policy->rules[i].name, call) == 0)
            return &policy->rules[i];
    return NULL;
}

static diagram input_is(const struct question *question, unsigned input, unsigned low,
                        unsigned width, uint64_t value)
{
    struct diagram_space *space = question->proof->space;
    struct bits word = bits_input(space, &question->proof->inputs, input, low, width);
    struct bits constant = bits_constant(width, value);
    return bits_equal(space, &word, &constant);
}

diagram question_call(const struct question *question, size_t arch, uint32_t number)
{
    struct diagram_space *space = question->proof->space;
    diagram here = input_is(question, INPUT_ARCH, 0, 32, question->policy->arch[arch]);
    diagram call = diagram_and(space, here, input_is(question, INPUT_NR, 0, 32, number));
    return diagram_and(space, call, question->proof->ranges);
}

diagram question_permitted(const struct question *question, size_t arch, uint32_t number)
{
    return diagram_and(question->proof->space, question_call(question, arch, number),
                       question->permitted);
}

diagram question_without(const struct question *question, diagram set, diagram other)
{
    return diagram_choose(question->proof->space, other, DIAGRAM_FALSE, set);
}

diagram question_argument(const struct question *question, unsigned arg, unsigned low,
                          unsigned width, uint64_t value)
{
    return input_is(question, INPUT_ARG + arg, low, width, value);
}

diagram question_some(const struct question *question, diagram set, unsigned arg, unsigned low,
                      unsigned width)
{
    struct diagram_space *space = question->proof->space;
    bool quantified[INPUT_LEVELS_MAX] = {false};
    for (unsigned bit = low; bit < low + width; bit++)
        quantified[question->proof->inputs.level[INPUT_ARG + arg][bit]] = true;
    return diagram_not(space, diagram_for_all(space, diagram_not(space, set), quantified));
}

// `set` for the parameters' values in `input` alone.
static diagram bind(const struct question *question, diagram set, const struct assignment *input)
{
    for (size_t i = 0; i < question->proof->inputs.param_count; i++)
        set = diagram_and(question->proof->space, set,
                          input_is(question, INPUT_PARAM + (unsigned)i, 0, 64, input->params[i]));
    return set;
}

diagram question_null(const struct question *question, size_t arch, unsigned arg)
{
    bool wide = semantics_wide(question->policy->arch[arch]);
    return question_argument(question, arg, 0, wide ? 64 : 32, 0);
}

bool question_free(const struct question *question, diagram set, unsigned arg)
{
    for (size_t count = 0; set != DIAGRAM_FALSE && set != DIAGRAM_UNDECIDED; count++) {
        if (count == FEW)
            return true;
        struct assignment input =
            inputs_first(&question->proof->inputs, question->proof->space, set);
        uint32_t value = (uint32_t)input.data.args[arg];
        set = count == 0 ? bind(question, set, &input) : set;
        set = question_without(question, set, question_argument(question, arg, 0, 32, value));
    }
    return false;
}

enum reach question_reach(const struct question *question, size_t arch, const char *call)
{
    int number = syscalls_number(question->policy->arch[arch], call);
    if (number < 0)
        return REACH_NEVER;
    diagram all = question_call(question, arch, (uint32_t)number);
    diagram some = diagram_and(question->proof->space, all, question->permitted);
    diagram rest = question_without(question, all, some);
    if (some == DIAGRAM_UNDECIDED || rest == DIAGRAM_UNDECIDED)
        return REACH_UNDECIDED;
    if (some == DIAGRAM_FALSE)
        return REACH_NEVER;
    return rest == DIAGRAM_FALSE ? REACH_ALWAYS : REACH_SOMETIMES;
}

struct assignment question_witness(const struct question *question, size_t arch, diagram set)
{
    struct judgement judgement;
    struct assignment input = verdict_choose(question->proof, set, question->policy->arch[arch]);
    if (!proof_judge(question->proof, 0, &input, &judgement))
        diagram_bug("no memory to run a witness");
    if (!question_permits(judgement.result))
        diagram_bug("a call that the linter found is not let through by the policy");
    return input;
}

static size_t shown_args(const struct assignment *input)
{
    const char *name = syscalls_name(input->data.arch, input->data.nr);
    const char *signature = name == NULL ? NULL : signature_of(name);
    size_t count = signature == NULL ? 0 : strlen(signature);
    for (size_t i = count; i < INPUT_ARGS; i++)
        if (input->data.args[i] != 0)
            count = i + 1;
    return count;
}

const char *question_show(const struct question *question, struct arena *arena,
                          const struct assignment *input)
{
    const struct policy *policy = question->policy;
    const char *name = syscalls_name(input->data.arch, input->data.nr);
    char *text = name != NULL ? arena_format(arena, "%s(", name)
                              : arena_format(arena, "call %u(", (uint32_t)input->data.nr);
    size_t args = shown_args(input);
    for (size_t i = 0; i < args; i++) {
        uint64_t value = input->data.args[i];
        text = arena_format(arena, value < 10 ? "%s%s%" PRIx64 : "%s%s0x%" PRIx64, text,
                            i == 0 ? "" : ", ", value);
    }
    text = arena_format(arena, "%s)", text);
    if (policy->arch_count > 1)
        text = arena_format(arena, "%s on %s", text, architecture_name(input->data.arch));
    for (size_t i = 0; i < policy->param_count; i++)
        text = arena_format(arena, "%s%s$%s = %" PRIu64, text, i == 0 ? " with " : ", ",
                            policy->params[i].name,
                            input->params[question->proof->semantics[0].param[i]]);
    return text;
}

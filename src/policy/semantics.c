// SPDX-License-Identifier: ISC
//
// semantics.c: the policy's tree, read aloud as a decision diagram.
//
// Promise: for every input and every value of the parameters the diagram gives what the text says.
#include "semantics.h"

#include <linux/audit.h>
#include <string.h>

#include "diagram_bits.h"

#define X32_NUMBERS_FROM 0x40000000u // __X32_SYSCALL_BIT (asm/unistd.h)
#define SKIPPED_NUMBER   0xffffffffu

bool semantics_wide(uint32_t arch)
{
    return (arch & __AUDIT_ARCH_64BIT) != 0;
}

static struct bits argument(struct diagram_space *space, const struct semantics *semantics,
                            const struct atom *atom, bool wide)
{
    struct bits whole =
        bits_input(space, semantics->inputs, INPUT_ARG + (unsigned)atom->arg, 0, 64);
    struct bits mask = bits_constant(64, wide && !atom->narrow ? UINT64_MAX : UINT32_MAX);
    return bits_and(space, &whole, &mask);
}

static struct bits compared_value(struct diagram_space *space, const struct semantics *semantics,
                                  const struct atom *atom)
{
    if (atom->param == NO_PARAM)
        return bits_constant(64, atom->value);
    return bits_input(space, semantics->inputs,
                      INPUT_PARAM + (unsigned)semantics->param[atom->param], 0, 64);
}

static diagram masked_test(struct diagram_space *space, const struct atom *atom,
                           const struct bits *a)
{
    struct bits mask = bits_constant(64, atom->mask);
    if (atom->compare == COMPARE_IN) {
        struct bits outside = bits_constant(64, ~atom->mask);
        struct bits stray = bits_and(space, a, &outside);
        return diagram_not(space, bits_any(space, &stray));
    }
    struct bits masked = bits_and(space, a, &mask);
    if (atom->compare == COMPARE_ANY)
        return bits_any(space, &masked);
    struct bits value = bits_constant(64, atom->value);
    return bits_equal(space, &masked, &value);
}

static diagram atom_holds(struct diagram_space *space, const struct semantics *semantics,
                          const struct atom *atom, bool wide)
{
    struct bits a = argument(space, semantics, atom, wide);
    struct bits b = compared_value(space, semantics, atom);
    switch (atom->compare) {
    case COMPARE_EQ: return bits_equal(space, &a, &b);
    case COMPARE_NE: return diagram_not(space, bits_equal(space, &a, &b));
    case COMPARE_LT: return bits_less(space, &a, &b);
    case COMPARE_LE: return diagram_not(space, bits_less(space, &b, &a));
    case COMPARE_GT: return bits_less(space, &b, &a);
    case COMPARE_GE: return diagram_not(space, bits_less(space, &a, &b));
    case COMPARE_ANY:
    case COMPARE_MASKED_EQ:
    case COMPARE_IN: return masked_test(space, atom, &a);
    }
    diagram_bug("a policy has a compare that does not exist");
}

diagram semantics_expression(struct diagram_space *space, const struct semantics *semantics,
                             const struct expression *expression, bool wide)
{
    diagram any = DIAGRAM_FALSE;
    for (size_t i = 0; i < expression->count; i++) {
        const struct conjunction *conjunction = &expression->any[i];
        diagram all = DIAGRAM_TRUE;
        for (size_t j = 0; j < conjunction->count; j++)
            all =
                diagram_and(space, all, atom_holds(space, semantics, &conjunction->atoms[j], wide));
        any = diagram_or(space, any, all);
    }
    return any;
}

// From the last clause to the first, so that an earlier one overrides.
static diagram rule_function(struct diagram_space *space, const struct semantics *semantics,
                             const struct rule *rule, bool wide)
{
    diagram function = diagram_leaf(space, rule->otherwise);
    for (size_t i = rule->clause_count; i-- > 0;) {
        const struct clause *clause = &rule->clauses[i];
        diagram holds = semantics_expression(space, semantics, &clause->when, wide);
        function = diagram_choose(space, holds, diagram_leaf(space, clause->action), function);
    }
    return function;
}

static diagram input_is(struct diagram_space *space, const struct inputs *inputs, unsigned input,
                        uint32_t value)
{
    struct bits word = bits_input(space, inputs, input, 0, 32);
    struct bits constant = bits_constant(32, value);
    return bits_equal(space, &word, &constant);
}

static diagram is_x32(struct diagram_space *space, const struct inputs *inputs)
{
    struct bits nr = bits_input(space, inputs, INPUT_NR, 0, 32);
    struct bits from = bits_constant(32, X32_NUMBERS_FROM);
    diagram below = bits_less(space, &nr, &from);
    diagram skipped = input_is(space, inputs, INPUT_NR, SKIPPED_NUMBER);
    return diagram_not(space, diagram_or(space, below, skipped));
}

static diagram arch_function(struct diagram_space *space, const struct semantics *semantics,
                             size_t arch)
{
    const struct policy *policy = semantics->policy;
    bool wide = semantics_wide(policy->arch[arch]);
    diagram function = diagram_leaf(space, policy->default_action);
    for (size_t i = policy->rule_count; i-- > 0;) {
        const struct rule *rule = &policy->rules[i];
        if (!(rule->archs >> arch & 1) || rule->number[arch] < 0)
            continue;
        diagram named = input_is(space, semantics->inputs, INPUT_NR, (uint32_t)rule->number[arch]);
        function =
            diagram_choose(space, named, rule_function(space, semantics, rule, wide), function);
    }
    if (policy->arch[arch] != AUDIT_ARCH_X86_64)
        return function;
    return diagram_choose(space, is_x32(space, semantics->inputs),
                          diagram_leaf(space, policy->bad_arch_action), function);
}

diagram semantics_policy(struct diagram_space *space, const struct semantics *semantics)
{
    const struct policy *policy = semantics->policy;
    diagram function = diagram_leaf(space, policy->bad_arch_action);
    for (size_t i = policy->arch_count; i-- > 0;) {
        if (semantics->only_arch != 0 && policy->arch[i] != semantics->only_arch)
            continue;
        diagram here = input_is(space, semantics->inputs, INPUT_ARCH, policy->arch[i]);
        function = diagram_choose(space, here, arch_function(space, semantics, i), function);
    }
    return function;
}

diagram semantics_ranges(struct diagram_space *space, const struct inputs *inputs)
{
    diagram inside = DIAGRAM_TRUE;
    // From the last on: what lies deeper is there when the next one is put on top of it.
    for (size_t i = inputs->param_count; i-- > 0;) {
        struct bits value = bits_input(space, inputs, INPUT_PARAM + (unsigned)i, 0, 64);
        struct bits low = bits_constant(64, inputs->params[i].low);
        struct bits high = bits_constant(64, inputs->params[i].high);
        diagram outside =
            diagram_or(space, bits_less(space, &value, &low), bits_less(space, &high, &value));
        inside = diagram_and(space, inside, diagram_not(space, outside));
    }
    return inside;
}

static bool add_param(struct inputs *inputs, const struct param *param, size_t *place)
{
    size_t i = 0;
    while (i < inputs->param_count && strcmp(inputs->params[i].name, param->name) != 0)
        i++;
    if (i == INPUT_PARAMS_MAX)
        return false;
    struct input_param *known = &inputs->params[i];
    if (i == inputs->param_count) {
        inputs->param_count++;
        *known = (struct input_param){
            .name = param->name, .bits = param->bits, .low = param->low, .high = param->high};
    }
    if (param->bits > known->bits)
        known->bits = param->bits;
    if (param->low > known->low)
        known->low = param->low;
    if (param->high < known->high)
        known->high = param->high;
    *place = i;
    return known->low <= known->high;
}

void semantics_note_compares(struct inputs *inputs, const struct expression *expression,
                             const size_t *param)
{
    for (size_t i = 0; i < expression->count; i++)
        for (size_t j = 0; j < expression->any[i].count; j++) {
            const struct atom *atom = &expression->any[i].atoms[j];
            if (atom->param == NO_PARAM)
                continue;
            struct input_param *known = &inputs->params[param[atom->param]];
            known->compared = (uint8_t)(known->compared | 1u << atom->arg);
        }
}

bool semantics_add_params(struct inputs *inputs, const struct policy *policy, size_t *param)
{
    for (size_t i = 0; i < policy->param_count; i++)
        if (!add_param(inputs, &policy->params[i], &param[i]))
            return false;
    for (size_t i = 0; i < policy->rule_count; i++)
        for (size_t j = 0; j < policy->rules[i].clause_count; j++)
            semantics_note_compares(inputs, &policy->rules[i].clauses[j].when, param);
    return true;
}

// SPDX-License-Identifier: ISC
//
// evaluate.c: the meaning of a policy, written down once more as simply as it can be.
#include "evaluate.h"

#include <stddef.h>

#include "architecture.h"

bool policy_atom_holds(const struct atom *atom, const uint64_t *param_values, uint64_t argument,
                       bool wide)
{
    uint64_t a = atom->narrow || !wide ? (uint32_t)argument : argument;
    uint64_t b = atom->param == NO_PARAM ? atom->value : param_values[atom->param];
    switch (atom->compare) {
    case COMPARE_EQ: return a == b;
    case COMPARE_NE: return a != b;
    case COMPARE_LT: return a < b;
    case COMPARE_LE: return a <= b;
    case COMPARE_GT: return a > b;
    case COMPARE_GE: return a >= b;
    case COMPARE_ANY: return (a & atom->mask) != 0;
    case COMPARE_MASKED_EQ: return (a & atom->mask) == atom->value;
    case COMPARE_IN: return (a & ~atom->mask) == 0;
    }
    return false;
}

static bool conjunction_holds(const struct conjunction *conjunction, const uint64_t *param_values,
                              const struct seccomp_data *data, bool wide)
{
    for (size_t i = 0; i < conjunction->count; i++) {
        const struct atom *atom = &conjunction->atoms[i];
        if (!policy_atom_holds(atom, param_values, data->args[atom->arg], wide))
            return false;
    }
    return true;
}

static bool expression_holds(const struct expression *expression, const uint64_t *param_values,
                             const struct seccomp_data *data, bool wide)
{
    for (size_t i = 0; i < expression->count; i++)
        if (conjunction_holds(&expression->any[i], param_values, data, wide))
            return true;
    return false;
}

static const struct rule *rule_for(const struct policy *policy, size_t arch, int number)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        if ((rule->archs >> arch & 1) != 0 && rule->number[arch] == number)
            return rule;
    }
    return NULL;
}

static uint32_t evaluate_rule(const struct rule *rule, const uint64_t *param_values,
                              const struct seccomp_data *data, const struct clause **clause)
{
    bool wide = architecture_wide(data->arch);
    for (size_t i = 0; i < rule->clause_count; i++)
        if (expression_holds(&rule->clauses[i].when, param_values, data, wide)) {
            *clause = &rule->clauses[i];
            return rule->clauses[i].action;
        }
    return rule->otherwise;
}

uint32_t policy_evaluate(const struct policy *policy, const uint64_t *param_values,
                         const struct seccomp_data *data, const struct rule **rule,
                         const struct clause **clause)
{
    const struct rule *no_rule = NULL;
    const struct clause *no_clause = NULL;
    rule = rule == NULL ? &no_rule : rule;
    clause = clause == NULL ? &no_clause : clause;
    *rule = NULL;
    *clause = NULL;
    size_t arch = 0;
    while (arch < policy->arch_count && policy->arch[arch] != data->arch)
        arch++;
    if (arch == policy->arch_count || architecture_x32(data->arch, (uint32_t)data->nr))
        return policy->bad_arch_action;
    *rule = rule_for(policy, arch, data->nr);
    if (*rule == NULL)
        return policy->default_action;
    return evaluate_rule(*rule, param_values, data, clause);
}

// SPDX-License-Identifier: ISC
//
// variant.c: copies of the tree with one thing changed.
#include "variant.h"

#include <linux/seccomp.h>
#include <string.h>

#include "action.h"
#include "arena.h"

static struct policy *copy_policy(const struct policy *policy)
{
    struct policy *copy = arena_alloc(policy->arena, 1, sizeof(*copy));
    *copy = *policy;
    copy->rules = arena_alloc(policy->arena, policy->rule_count, sizeof(*copy->rules));
    if (policy->rule_count > 0)
        memcpy(copy->rules, policy->rules, policy->rule_count * sizeof(*copy->rules));
    return copy;
}

struct policy *policy_select_arch(const struct policy *policy, uint32_t arch)
{
    size_t index = 0;
    while (index < policy->arch_count && policy->arch[index] != arch)
        index++;
    if (index == policy->arch_count)
        return NULL;
    struct policy *copy = copy_policy(policy);
    copy->arch[0] = arch;
    copy->arch_count = 1;
    copy->rule_count = 0;
    for (size_t i = 0; i < policy->rule_count; i++) {
        struct rule rule = policy->rules[i];
        if ((rule.archs >> index & 1) == 0)
            continue;
        rule.number[0] = rule.number[index];
        for (size_t other = 1; other < POLICY_ARCH_MAX; other++)
            rule.number[other] = -1;
        rule.archs = 1;
        copy->rules[copy->rule_count++] = rule;
    }
    return copy;
}

static struct clause *copy_clauses(struct arena *arena, const struct rule *rule)
{
    struct clause *clauses = arena_alloc(arena, rule->clause_count, sizeof(*clauses));
    for (size_t i = 0; i < rule->clause_count; i++) {
        const struct clause *from = &rule->clauses[i];
        clauses[i] = *from;
        clauses[i].when.any = arena_alloc(arena, from->when.count, sizeof(struct conjunction));
        for (size_t j = 0; j < from->when.count; j++) {
            struct conjunction *to = &clauses[i].when.any[j];
            *to = from->when.any[j];
            to->atoms = arena_alloc(arena, to->count, sizeof(struct atom));
            memcpy(to->atoms, from->when.any[j].atoms, to->count * sizeof(struct atom));
        }
    }
    return clauses;
}

// A copy whose clauses may be changed. Rules that shared their clauses share the copies.
static struct policy *copy_deeply(const struct policy *policy)
{
    struct policy *copy = copy_policy(policy);
    for (size_t i = 0; i < policy->rule_count; i++) {
        bool shared = i > 0 && policy->rules[i].clauses == policy->rules[i - 1].clauses;
        copy->rules[i].clauses =
            shared ? copy->rules[i - 1].clauses : copy_clauses(policy->arena, &policy->rules[i]);
    }
    return copy;
}

static void bind_expression(struct expression *when, const uint64_t *values)
{
    for (size_t i = 0; i < when->count; i++)
        for (size_t j = 0; j < when->any[i].count; j++) {
            struct atom *atom = &when->any[i].atoms[j];
            if (atom->param == NO_PARAM)
                continue;
            atom->value = values[atom->param];
            atom->param = NO_PARAM;
        }
}

struct policy *policy_bind(const struct policy *policy, const uint64_t *values)
{
    struct policy *copy = copy_deeply(policy);
    for (size_t i = 0; i < copy->rule_count; i++)
        for (size_t j = 0; j < copy->rules[i].clause_count; j++)
            bind_expression(&copy->rules[i].clauses[j].when, values);
    copy->param_count = 0;
    return copy;
}

struct policy *policy_trap_twin(const struct policy *policy)
{
    struct policy *copy = copy_deeply(policy);
    copy->default_action = SECCOMP_RET_TRAP;
    for (size_t i = 0; i < copy->rule_count; i++) {
        struct rule *rule = &copy->rules[i];
        if (rule->defaulted || action_kills(rule->otherwise))
            rule->otherwise = SECCOMP_RET_TRAP;
        for (size_t j = 0; j < rule->clause_count; j++)
            if (action_kills(rule->clauses[j].action))
                rule->clauses[j].action = SECCOMP_RET_TRAP;
    }
    return copy;
}

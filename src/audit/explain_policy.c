// SPDX-License-Identifier: ISC
//
// explain_policy.c: rules as they stand in the text, in order of call numbers.
#include <stdlib.h>

#include "architecture.h"
#include "arena.h"
#include "explain.h"
#include "words.h"

static const char *condition(struct explanation *explanation, const struct rule *rule,
                             const struct clause *clause)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    if (stream == NULL)
        return "its condition holds";
    words_expression(stream, explanation->input->policy, explanation->arch, rule->name,
                     &clause->when);
    fclose(stream);
    const char *copy = arena_copy(explanation->arena, text, length);
    free(text);
    return copy;
}

static void add_rule(struct explanation *explanation, const struct rule *rule, size_t arch)
{
    struct account *account = &explanation->accounts[explanation->account_count++];
    uint32_t number = (uint32_t)rule->number[arch];
    account->name = rule->name;
    account->first = account->last = number;
    account->branches =
        arena_alloc(explanation->arena, rule->clause_count + 1, sizeof(struct branch));
    for (size_t i = 0; i < rule->clause_count; i++)
        account->branches[account->count++] =
            (struct branch){condition(explanation, rule, &rule->clauses[i]),
                            rule->clauses[i].action, rule->clauses[i].at};
    account->branches[account->count++] =
        (struct branch){NULL, rule->otherwise, rule->otherwise_at};
}

static int compare_accounts(const void *a, const void *b)
{
    const struct account *left = a, *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

static struct branch *bad_arch(struct explanation *explanation, size_t *count)
{
    const struct policy *policy = explanation->input->policy;
    struct branch *branch = arena_alloc(explanation->arena, 1, sizeof(*branch));
    *branch = (struct branch){NULL, policy->bad_arch_action, policy->bad_arch_at};
    *count = 1;
    return branch;
}

void explain_policy(struct explanation *explanation)
{
    const struct policy *policy = explanation->input->policy;
    size_t arch = 0;
    while (arch < policy->arch_count && policy->arch[arch] != explanation->arch)
        arch++;
    explanation->accounts =
        arena_alloc(explanation->arena, policy->rule_count + 1, sizeof(struct account));
    for (size_t i = 0; i < policy->rule_count; i++)
        if ((policy->rules[i].archs >> arch & 1) != 0)
            add_rule(explanation, &policy->rules[i], arch);
    qsort(explanation->accounts, explanation->account_count, sizeof(struct account),
          compare_accounts);
    explanation->other_call = (struct branch){NULL, policy->default_action, policy->default_at};
    explanation->other_arch = bad_arch(explanation, &explanation->other_arch_count);
    if (architecture_x32(explanation->arch, ARCHITECTURE_X32))
        explanation->x32 = bad_arch(explanation, &explanation->x32_count);
}

// SPDX-License-Identifier: ISC
//
// emit_order.c: counts how often each test stands in the policy.
#include "emit_order.h"

#include "arena.h"

enum { ORDERED_RULES_MAX = 512 }; // looking through all rules for each test is quadratic

static bool same_atom(const struct atom *a, const struct atom *b)
{
    return a->arg == b->arg && a->narrow == b->narrow && a->compare == b->compare &&
           a->mask == b->mask && a->value == b->value;
}

static size_t count_same(const struct expression *expression, const struct atom *atom)
{
    size_t count = 0;
    for (size_t i = 0; i < expression->count; i++)
        for (size_t j = 0; j < expression->any[i].count; j++)
            count += same_atom(&expression->any[i].atoms[j], atom);
    return count;
}

// How often the policy has this test, in a policy that is not too long to ask.
static size_t popularity(const struct policy *policy, const struct atom *atom)
{
    size_t count = 0;
    for (size_t i = 0; i < policy->rule_count && policy->rule_count <= ORDERED_RULES_MAX; i++)
        for (size_t j = 0; j < policy->rules[i].clause_count; j++)
            count += count_same(&policy->rules[i].clauses[j].when, atom);
    return count;
}

const struct atom **emit_order(const struct policy *policy, const struct conjunction *conjunction)
{
    struct arena *arena = policy->arena;
    const struct atom **ordered = arena_alloc(arena, conjunction->count, sizeof(const void *));
    size_t *popular = arena_alloc(arena, conjunction->count, sizeof(*popular));
    for (size_t i = 0; i < conjunction->count; i++) {
        size_t at = i;
        size_t own = popularity(policy, &conjunction->atoms[i]);
        for (; at > 0 && popular[at - 1] > own; at--) {
            popular[at] = popular[at - 1];
            ordered[at] = ordered[at - 1];
        }
        popular[at] = own;
        ordered[at] = &conjunction->atoms[i];
    }
    return ordered;
}

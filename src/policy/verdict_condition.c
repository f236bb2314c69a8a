// SPDX-License-Identifier: ISC
//
// verdict_condition.c: conditions as sets of inputs.
//
// Promise: NEVER and ALWAYS are proofs.
#include "verdict_condition.h"

#include <stdlib.h>

#include "semantics.h"

struct conditions {
    uint32_t archs;
    struct diagram_space *space;
    struct inputs inputs;
    struct semantics semantics;
    diagram ranges;
};

void conditions_end(struct conditions *conditions)
{
    if (conditions == NULL)
        return;
    diagram_space_free(conditions->space);
    free(conditions);
}

// A parameter that the conditions do not name might as well be a constant: its range would only
// make the diagrams larger.
static void settle_strangers(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->param_count; i++)
        if (inputs->params[i].compared == 0)
            inputs->params[i].high = inputs->params[i].low;
}

struct conditions *conditions_begin(const struct policy *policy, uint32_t archs,
                                    const struct clause *clauses, size_t count)
{
    struct conditions *conditions = calloc(1, sizeof *conditions);
    if (conditions == NULL)
        return NULL;
    conditions->archs = archs;
    conditions->space = diagram_space_new(DIAGRAM_NODE_LIMIT);
    conditions->semantics.policy = policy;
    conditions->semantics.inputs = &conditions->inputs;
    if (conditions->space == NULL ||
        !semantics_add_params(&conditions->inputs, policy, conditions->semantics.param)) {
        conditions_end(conditions);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        semantics_note_compares(&conditions->inputs, &clauses[i].when, conditions->semantics.param);
    settle_strangers(&conditions->inputs);
    inputs_arrange(&conditions->inputs);
    conditions->ranges = semantics_ranges(conditions->space, &conditions->inputs);
    return conditions;
}

// `set` among the inputs whose parameters are in range.
static enum truth judge(struct conditions *conditions, diagram set)
{
    diagram inside = diagram_and(conditions->space, conditions->ranges, set);
    diagram outside = diagram_choose(conditions->space, set, DIAGRAM_FALSE, conditions->ranges);
    if (inside == DIAGRAM_UNDECIDED || outside == DIAGRAM_UNDECIDED)
        return TRUTH_UNDECIDED;
    if (inside == DIAGRAM_FALSE)
        return TRUTH_NEVER;
    return outside == DIAGRAM_FALSE ? TRUTH_ALWAYS : TRUTH_SOMETIMES;
}

static enum truth unite(enum truth one, enum truth other)
{
    if (one == TRUTH_UNDECIDED || other == TRUTH_UNDECIDED)
        return TRUTH_UNDECIDED;
    return one == other ? one : TRUTH_SOMETIMES;
}

static bool has_width(const struct policy *policy, uint32_t archs, bool wide)
{
    for (size_t i = 0; i < policy->arch_count; i++)
        if ((archs >> i & 1) != 0 && semantics_wide(policy->arch[i]) == wide)
            return true;
    return false;
}

// What `status` says of the entries where registers have one width.
static void judge_chain(struct conditions *conditions, const struct clause *clauses, size_t count,
                        bool wide, enum truth *status)
{
    diagram left = DIAGRAM_TRUE; // what no earlier clause took
    for (size_t i = 0; i < count; i++) {
        diagram holds =
            semantics_expression(conditions->space, &conditions->semantics, &clauses[i].when, wide);
        status[i] = judge(conditions, diagram_and(conditions->space, left, holds));
        left = diagram_choose(conditions->space, holds, DIAGRAM_FALSE, left);
    }
    status[count] = judge(conditions, left);
}

void conditions_chain(struct conditions *conditions, const struct clause *clauses, size_t count,
                      enum truth *status)
{
    for (size_t i = 0; i <= count; i++)
        status[i] = TRUTH_UNDECIDED;
    enum truth *other = calloc(count + 1, sizeof *other);
    if (conditions == NULL || other == NULL) {
        free(other);
        return;
    }
    const struct policy *policy = conditions->semantics.policy;
    bool wide = has_width(policy, conditions->archs, true);
    judge_chain(conditions, clauses, count, wide, status);
    if (wide && has_width(policy, conditions->archs, false)) {
        judge_chain(conditions, clauses, count, false, other);
        for (size_t i = 0; i <= count; i++)
            status[i] = unite(status[i], other[i]);
    }
    free(other);
}

enum truth conditions_ask(struct conditions *conditions, const struct expression *expression)
{
    const struct clause clause = {.when = *expression};
    enum truth status[2];
    conditions_chain(conditions, &clause, 1, status);
    return status[0];
}

enum truth condition_status(const struct policy *policy, uint32_t archs,
                            const struct expression *expression)
{
    const struct clause clause = {.when = *expression};
    struct conditions *conditions = conditions_begin(policy, archs, &clause, 1);
    enum truth truth = conditions_ask(conditions, expression);
    conditions_end(conditions);
    return truth;
}

void condition_chain(const struct policy *policy, const struct rule *rule, enum truth *status)
{
    struct conditions *conditions =
        conditions_begin(policy, rule->archs, rule->clauses, rule->clause_count);
    conditions_chain(conditions, rule->clauses, rule->clause_count, status);
    conditions_end(conditions);
}

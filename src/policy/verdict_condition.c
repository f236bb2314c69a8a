// SPDX-License-Identifier: ISC
//
// verdict_condition.c: conditions as sets of inputs.
//
// Promise: NEVER and ALWAYS are proofs.
#include "verdict_condition.h"

#include <stdlib.h>

#include "semantics.h"

struct setting {
    struct diagram_space *space;
    struct inputs inputs;
    struct semantics semantics;
    diagram ranges;
};

static void setting_end(struct setting *setting)
{
    if (setting == NULL)
        return;
    diagram_space_free(setting->space);
    free(setting);
}

// A parameter that the conditions do not name might as well be a constant: its range would only make
// the diagrams larger.
static void settle_strangers(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->param_count; i++)
        if (inputs->params[i].compared == 0)
            inputs->params[i].high = inputs->params[i].low;
}

static struct setting *setting_begin(const struct policy *policy, const struct clause *clauses,
                                     size_t count)
{
    struct setting *setting = calloc(1, sizeof *setting);
    if (setting == NULL)
        return NULL;
    setting->space = diagram_space_new(DIAGRAM_NODE_LIMIT);
    setting->semantics.policy = policy;
    setting->semantics.inputs = &setting->inputs;
    if (setting->space == NULL ||
        !semantics_add_params(&setting->inputs, policy, setting->semantics.param)) {
        setting_end(setting);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        semantics_note_compares(&setting->inputs, &clauses[i].when, setting->semantics.param);
    settle_strangers(&setting->inputs);
    inputs_arrange(&setting->inputs);
    setting->ranges = semantics_ranges(setting->space, &setting->inputs);
    return setting;
}

// `set` among the inputs whose parameters are in range.
static enum truth judge(struct setting *setting, diagram set)
{
    diagram inside = diagram_and(setting->space, setting->ranges, set);
    diagram outside = diagram_choose(setting->space, set, DIAGRAM_FALSE, setting->ranges);
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
static void judge_chain(struct setting *setting, const struct clause *clauses, size_t count,
                        bool wide, enum truth *status)
{
    diagram left = DIAGRAM_TRUE; // what no earlier clause took
    for (size_t i = 0; i < count; i++) {
        diagram holds =
            semantics_expression(setting->space, &setting->semantics, &clauses[i].when, wide);
        status[i] = judge(setting, diagram_and(setting->space, left, holds));
        left = diagram_choose(setting->space, holds, DIAGRAM_FALSE, left);
    }
    status[count] = judge(setting, left);
}

static void judge_widths(struct setting *setting, uint32_t archs, const struct clause *clauses,
                         size_t count, enum truth *status)
{
    const struct policy *policy = setting->semantics.policy;
    bool wide = has_width(policy, archs, true), narrow = has_width(policy, archs, false);
    enum truth *other = calloc(count + 1, sizeof *other);
    if (other == NULL)
        return;
    judge_chain(setting, clauses, count, wide, status);
    if (wide && narrow) {
        judge_chain(setting, clauses, count, false, other);
        for (size_t i = 0; i <= count; i++)
            status[i] = unite(status[i], other[i]);
    }
    free(other);
}

static void judge_clauses(const struct policy *policy, uint32_t archs, const struct clause *clauses,
                          size_t count, enum truth *status)
{
    for (size_t i = 0; i <= count; i++)
        status[i] = TRUTH_UNDECIDED;
    struct setting *setting = setting_begin(policy, clauses, count);
    if (setting != NULL)
        judge_widths(setting, archs, clauses, count, status);
    setting_end(setting);
}

enum truth condition_status(const struct policy *policy, uint32_t archs,
                            const struct expression *expression)
{
    const struct clause clause = {.when = *expression};
    enum truth status[2];
    judge_clauses(policy, archs, &clause, 1, status);
    return status[0];
}

void condition_chain(const struct policy *policy, const struct rule *rule, enum truth *status)
{
    judge_clauses(policy, rule->archs, rule->clauses, rule->clause_count, status);
}

// SPDX-License-Identifier: ISC
//
// oci_combine.c: several entries for one call become one rule: oci.h says how.
#include <string.h>

#include "action.h"
#include "oci_read.h"
#include "verdict_condition.h"

// The conditions on a call that stand on some architectures.
struct group {
    const struct oci_call *call;
    uint32_t archs;
    const struct oci_condition *list[OCI_CONDITIONS];
    size_t count;
};

static void report_pair(struct oci_loader *loader, enum severity severity,
                        const struct oci_condition *at, const struct oci_condition *other,
                        const char *message)
{
    char text[ACTION_TEXT_BYTES];
    diagnose(loader->diagnostics, severity, at->at, at->width, "%s: here %s", message,
             action_text(at->action, text));
    diagnose(loader->diagnostics, SEVERITY_NOTE, other->at, other->width, "there %s",
             action_text(other->action, text));
}

static struct expression expression_of(struct oci_loader *loader,
                                       const struct oci_condition *condition)
{
    struct conjunction *all = arena_alloc(loader->arena, 1, sizeof(*all));
    all->atoms = condition->atoms;
    all->count = condition->count;
    return (struct expression){all, 1};
}

// Two equalities of one argument settle most pairs without a proof.
static bool clearly_disjoint(const struct oci_condition *one, const struct oci_condition *other)
{
    for (size_t i = 0; i < one->count; i++)
        for (size_t j = 0; j < other->count; j++) {
            const struct atom *a = &one->atoms[i], *b = &other->atoms[j];
            if (a->arg == b->arg && a->compare == COMPARE_EQ && b->compare == COMPARE_EQ &&
                a->value != b->value)
                return true;
        }
    return false;
}

// Can one call meet both? True also when that cannot be decided.
static bool overlap(struct oci_loader *loader, uint32_t archs, const struct oci_condition *one,
                    const struct oci_condition *other)
{
    struct atom *atoms = arena_alloc(loader->arena, one->count + other->count, sizeof(*atoms));
    struct conjunction all = {atoms, one->count + other->count};
    struct expression both = {&all, 1};
    if (clearly_disjoint(one, other))
        return false;
    memcpy(atoms, one->atoms, one->count * sizeof(*atoms));
    memcpy(atoms + one->count, other->atoms, other->count * sizeof(*atoms));
    return condition_status(loader->policy, archs, &both) != TRUTH_NEVER;
}

// One report a call: the first pair that disagrees.
static void report_conflict(struct oci_loader *loader, const struct group *group)
{
    for (size_t i = 1; i < group->count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct oci_condition *here = group->list[i], *there = group->list[j];
            if (here->action == there->action || !overlap(loader, group->archs, here, there))
                continue;
            report_pair(loader, SEVERITY_ERROR, here, there,
                        arena_format(loader->arena,
                                     "these entries for '%s' disagree on some calls, and which one "
                                     "counts depends on libseccomp's order",
                                     group->call->name));
            diagnose_hint(loader->diagnostics,
                          "make their args exclude each other, or give both the same action");
            return;
        }
}

static const struct oci_condition *unconditional(const struct group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->list[i]->count == 0)
            return group->list[i];
    return NULL;
}

// libseccomp db_rule_add(): the first entry without args stays, whatever comes before or after it.
static void build_plain(struct oci_loader *loader, const struct group *group, struct rule *rule,
                        const struct oci_condition *winner)
{
    rule->at = rule->otherwise_at = winner->at;
    rule->otherwise = winner->action;
    for (size_t i = 0; i < group->count; i++) {
        const struct oci_condition *other = group->list[i];
        if (other->action == winner->action)
            continue;
        report_pair(loader, SEVERITY_WARNING, other, winner,
                    arena_format(loader->arena, "this entry for '%s' has no effect: %s",
                                 group->call->name,
                                 other->count == 0 ? "of several without args the first counts"
                                                   : "one without args beats it"));
        return;
    }
}

// Clauses that decide no call are left out.
static void drop_idle(struct oci_loader *loader, const struct group *group, struct rule *rule)
{
    enum truth status[OCI_CONDITIONS + 1];
    size_t kept = 0;
    condition_chain(loader->policy, rule, status);
    for (size_t i = 0; i < rule->clause_count; i++) {
        if (status[i] != TRUTH_NEVER) {
            rule->clauses[kept++] = rule->clauses[i];
            continue;
        }
        if (group->list[i]->gated)
            continue; // one number stands for all that was said of a call
        diagnose(
            loader->diagnostics, SEVERITY_WARNING, group->list[i]->at, group->list[i]->width,
            "this entry for '%s' decides no call: the entries before it take all that it means",
            group->call->name);
    }
    rule->clause_count = kept;
}

static void build_clauses(struct oci_loader *loader, const struct group *group, struct rule *rule)
{
    rule->at = group->list[0]->at;
    rule->otherwise = loader->policy->default_action;
    rule->otherwise_at = loader->policy->default_at;
    rule->defaulted = true;
    rule->clause_count = group->count;
    rule->clauses = arena_alloc(loader->arena, group->count, sizeof(*rule->clauses));
    for (size_t i = 0; i < group->count; i++)
        rule->clauses[i] = (struct clause){
            group->list[i]->at, expression_of(loader, group->list[i]), group->list[i]->action};
    report_conflict(loader, group);
    drop_idle(loader, group, rule);
}

static void build_rule(struct oci_loader *loader, const struct group *group)
{
    struct policy *policy = loader->policy;
    const struct oci_condition *winner = unconditional(group);
    policy->rules =
        arena_room(loader->arena, policy->rules, policy->rule_count, sizeof(*policy->rules));
    struct rule *rule = &policy->rules[policy->rule_count++];
    *rule = (struct rule){.name = group->call->name, .archs = group->archs};
    for (size_t i = 0; i < POLICY_ARCH_MAX; i++)
        rule->number[i] = (group->archs >> i & 1) != 0 ? group->call->number[i] : -1;
    if (winner != NULL)
        build_plain(loader, group, rule, winner);
    else
        build_clauses(loader, group, rule);
}

// Do the same entries stand on both architectures?
static bool alike(const struct oci_call *call, size_t one, size_t other)
{
    for (size_t i = 0; i < call->count; i++)
        if ((call->conditions[i].archs >> one & 1) != (call->conditions[i].archs >> other & 1))
            return false;
    return true;
}

static void combine_from(struct oci_loader *loader, const struct oci_call *call, size_t arch,
                         uint32_t *done)
{
    struct group group = {.call = call};
    for (size_t i = arch; i < loader->policy->arch_count; i++)
        if ((call->archs >> i & 1) != 0 && alike(call, arch, i))
            group.archs |= UINT32_C(1) << i;
    *done |= group.archs;
    for (size_t i = 0; i < call->count; i++)
        if ((call->conditions[i].archs >> arch & 1) != 0)
            group.list[group.count++] = &call->conditions[i];
    if (group.count > 0)
        build_rule(loader, &group);
}

void oci_combine(struct oci_loader *loader)
{
    for (size_t i = 0; i < loader->call_count; i++) {
        uint32_t done = 0;
        for (size_t arch = 0; arch < loader->policy->arch_count; arch++)
            if (((loader->calls[i].archs & ~done) >> arch & 1) != 0)
                combine_from(loader, &loader->calls[i], arch, &done);
    }
}

// SPDX-License-Identifier: ISC
//
// resolve_rule.c: rules, one for each call that a line names.
#include "resolve.h"

#include <string.h>

#include "architecture.h"
#include "arena.h"
#include "nearest.h"
#include "syscalls.h"

static struct diagnostics *reports(const struct resolver *resolver)
{
    return resolver->loader->diagnostics;
}

static bool resolve_param(struct resolver *resolver, const struct syntax_atom *from,
                          struct atom *atom)
{
    struct syntax *syntax = resolver->loader->syntax;
    const struct syntax_name *name = &from->param;
    struct nearest nearest;
    nearest_start(&nearest, name->text);
    for (size_t i = 0; i < syntax->param_count; i++) {
        nearest_offer(&nearest, syntax->params[i].name.text);
        if (strcmp(syntax->params[i].name.text, name->text) != 0)
            continue;
        syntax->params[i].used = true;
        atom->param = (int)i;
        if (!from->narrow || syntax->params[i].bits == 32)
            return true;
        diagnose(reports(resolver), SEVERITY_ERROR, name->at, name->length,
                 "$%s is a u64, but only 32 bits are compared", name->text);
        return false;
    }
    diagnose(reports(resolver), SEVERITY_ERROR, name->at, name->length, "unknown parameter '$%s'",
             name->text);
    if (nearest.best != NULL)
        diagnose_hint(reports(resolver), "did you mean $%s?", nearest.best);
    return false;
}

static bool resolve_atom(struct resolver *resolver, const struct syntax_atom *from,
                         struct atom *atom)
{
    *atom = (struct atom){.at = from->at, .arg = from->arg, .narrow = from->narrow};
    atom->compare = from->compare;
    atom->param = NO_PARAM;
    if (from->param.text != NULL)
        return resolve_param(resolver, from, atom);
    bool good = true;
    if (from->mask != NULL)
        good = resolve_value(resolver, from->mask, from->narrow, &atom->mask);
    if (from->value != NULL)
        good = resolve_value(resolver, from->value, from->narrow, &atom->value) && good;
    return good;
}

static bool resolve_clause(struct resolver *resolver, const struct syntax_clause *from,
                           struct clause *clause)
{
    struct arena *arena = resolver->loader->arena;
    bool good = true;
    clause->at = from->at;
    clause->action = from->action;
    clause->when.count = from->count;
    clause->when.any = arena_alloc(arena, from->count, sizeof(struct conjunction));
    for (size_t i = 0; i < from->count; i++) {
        struct conjunction *to = &clause->when.any[i];
        to->count = from->any[i].count;
        to->atoms = arena_alloc(arena, to->count, sizeof(struct atom));
        for (size_t j = 0; j < to->count; j++)
            good = resolve_atom(resolver, &from->any[i].atoms[j], &to->atoms[j]) && good;
    }
    return good;
}

static void fail_call(struct resolver *resolver, const struct syntax_name *name, uint32_t arch)
{
    struct diagnostics *diagnostics = reports(resolver);
    if (syscalls_known(name->text)) {
        diagnose(diagnostics, SEVERITY_ERROR, name->at, name->length,
                 "there is no system call '%s' on %s", name->text, architecture_name(arch));
        diagnose_hint(diagnostics, "name the architectures that have it: %s[arch=...]", name->text);
        return;
    }
    diagnose(diagnostics, SEVERITY_ERROR, name->at, name->length, "unknown system call '%s'",
             name->text);
    const char *nearest = NULL;
    if (diagnostics->guesses > 0) {
        diagnostics->guesses--;
        nearest = syscalls_nearest(arch, name->text);
    }
    if (nearest != NULL)
        diagnose_hint(diagnostics, "did you mean %s?", nearest);
}

// The bit of an architecture in policy->arch, or 0 where the policy is not for it.
static uint32_t arch_bit(const struct policy *policy, uint32_t token)
{
    for (size_t i = 0; i < policy->arch_count; i++)
        if (policy->arch[i] == token)
            return UINT32_C(1) << i;
    return 0;
}

// The architectures of the policy that "[arch=...]" names. Without @arch the policy is for one
// architecture that the caller chose, and what is meant for others is none of its business; where
// @arch lists them, one that it does not list is a mistake.
static uint32_t call_archs(struct resolver *resolver, const struct syntax_call *call)
{
    const struct policy *policy = resolver->policy;
    if (call->arch_count == 0)
        return (uint32_t)((UINT64_C(1) << policy->arch_count) - 1);
    uint32_t archs = 0;
    for (size_t i = 0; i < call->arch_count; i++) {
        const struct syntax_name *name = &call->archs[i];
        const struct architecture *arch = resolve_arch(resolver, name);
        if (arch == NULL)
            continue;
        uint32_t bit = arch_bit(policy, arch->token);
        archs |= bit;
        if (bit == 0 && resolver->archs_given)
            diagnose(reports(resolver), SEVERITY_ERROR, name->at, name->length,
                     "@arch does not list %s", name->text);
        else if (bit == 0 && syscalls_number(arch->token, call->name.text) < 0)
            fail_call(resolver, &call->name, arch->token);
    }
    return archs;
}

// Remembers who defined the call on one architecture. False, with a report of both places, when
// somebody did before.
static bool own(struct resolver *resolver, size_t arch, const struct syscall_entry *entry,
                const struct syntax_name *name)
{
    const struct syscall_table *table = syscalls_of(resolver->policy->arch[arch]);
    if (resolver->owners[arch] == NULL)
        resolver->owners[arch] =
            arena_alloc(resolver->loader->arena, table->count, sizeof(struct position));
    struct position *owner = &resolver->owners[arch][entry - table->entries];
    if (owner->line == 0) {
        *owner = name->at;
        return true;
    }
    diagnose(reports(resolver), SEVERITY_ERROR, name->at, name->length,
             "'%s' is defined a second time for %s", name->text,
             architecture_name(resolver->policy->arch[arch]));
    diagnose(reports(resolver), SEVERITY_NOTE, *owner, name->length,
             "the first definition is here");
    return false;
}

// Fills in the numbers. False after an error, which is reported for one architecture only.
static bool resolve_call(struct resolver *resolver, const struct syntax_call *call,
                         struct rule *rule)
{
    const struct policy *policy = resolver->policy;
    rule->at = call->name.at;
    rule->name = call->name.text;
    rule->archs = call_archs(resolver, call);
    for (size_t i = 0; i < POLICY_ARCH_MAX; i++)
        rule->number[i] = -1;
    for (size_t i = 0; i < policy->arch_count; i++) {
        if ((rule->archs >> i & 1) == 0)
            continue;
        const struct syscall_entry *entry = syscalls_find(policy->arch[i], rule->name);
        if (entry == NULL) {
            fail_call(resolver, &call->name, policy->arch[i]);
            return false;
        }
        if (!own(resolver, i, entry, &call->name))
            return false;
        rule->number[i] = entry->number;
    }
    return rule->archs != 0;
}

// What all calls of the line share. False after an error.
static bool resolve_body(struct resolver *resolver, const struct syntax_rule *syntax,
                         struct rule *body)
{
    const struct policy *policy = resolver->policy;
    const struct syntax_clause *last = &syntax->clauses[syntax->clause_count - 1];
    bool good = true;
    body->clause_count = syntax->defaulted ? syntax->clause_count : syntax->clause_count - 1;
    body->clauses = arena_alloc(resolver->loader->arena, body->clause_count, sizeof(struct clause));
    for (size_t i = 0; i < body->clause_count; i++)
        good = resolve_clause(resolver, &syntax->clauses[i], &body->clauses[i]) && good;
    body->defaulted = syntax->defaulted;
    body->otherwise = syntax->defaulted ? policy->default_action : last->action;
    body->otherwise_at = syntax->defaulted ? policy->default_at : last->action_at;
    return good;
}

// A condition is looked at for each set of architectures that a call of the line stands for: what
// is sometimes true on two of them may never be on one.
static void check_later(struct resolver *resolver, const struct syntax_rule *syntax,
                        const struct rule *rule)
{
    size_t count = resolver->resolved_count;
    for (size_t i = count; i > 0 && resolver->resolved[i - 1].syntax == syntax; i--)
        if (resolver->resolved[i - 1].rule.archs == rule->archs)
            return;
    if (rule->archs == 0)
        return;
    resolver->resolved =
        arena_room(resolver->loader->arena, resolver->resolved, count, sizeof(*resolver->resolved));
    resolver->resolved[resolver->resolved_count++] = (struct resolved_rule){syntax, *rule};
}

void resolve_rule(struct resolver *resolver, const struct syntax_rule *syntax)
{
    struct policy *policy = resolver->policy;
    struct arena *arena = resolver->loader->arena;
    struct rule *rules = arena_alloc(arena, syntax->call_count, sizeof(*rules));
    size_t count = 0;
    resolver->rule_archs = 0;
    for (size_t i = 0; i < syntax->call_count; i++) {
        struct rule *rule = &rules[count];
        count += resolve_call(resolver, &syntax->calls[i], rule) ? 1 : 0;
        resolver->rule_archs |= rule->archs;
    }
    struct rule body = {.archs = resolver->rule_archs};
    bool good = resolve_body(resolver, syntax, &body);
    if (good && count == 0)
        check_later(resolver, syntax, &body);
    for (size_t i = 0; i < count; i++) {
        struct rule *rule = &rules[i];
        rule->clauses = body.clauses;
        rule->clause_count = body.clause_count;
        rule->otherwise = body.otherwise;
        rule->otherwise_at = body.otherwise_at;
        rule->defaulted = body.defaulted;
        if (good)
            check_later(resolver, syntax, rule);
        policy->rules = arena_room(arena, policy->rules, policy->rule_count, sizeof(*rule));
        policy->rules[policy->rule_count++] = *rule;
    }
}

// SPDX-License-Identifier: ISC
//
// resolve_check.c: what is legal but cannot be meant: tests that never fail, alternatives that
// never hold, clauses that are never reached. The smallest part that is at fault is reported, once.
#include "resolve.h"

#include "arena.h"
#include "verdict_condition.h"

struct check {
    struct diagnostics *diagnostics;
    struct conditions *conditions;
    bool found;
};

static void report(struct check *check, struct position at, size_t length, const char *what)
{
    diagnose(check->diagnostics, SEVERITY_ERROR, at, length, "%s", what);
    check->found = true;
}

// A policy with this one rule: a decision is as small as what it is about, and the parameters that
// the rule does not name play no part in it.
static struct policy only(const struct policy *policy, struct rule *rule)
{
    struct policy alone = *policy;
    alone.rules = rule;
    alone.rule_count = 1;
    return alone;
}

static enum truth ask(const struct check *check, struct conjunction *conjunction)
{
    struct expression alone = {conjunction, 1};
    return conditions_ask(check->conditions, &alone);
}

static void check_atom(struct check *check, const struct syntax_atom *syntax, struct atom *atom)
{
    struct conjunction alone = {atom, 1};
    enum truth truth = ask(check, &alone);
    if (truth == TRUTH_ALWAYS)
        report(check, syntax->at, syntax->length, "this is always true");
    if (truth == TRUTH_NEVER)
        report(check, syntax->at, syntax->length, "this is never true");
}

static size_t conjunction_length(const struct syntax_conjunction *syntax)
{
    const struct syntax_atom *first = &syntax->atoms[0];
    const struct syntax_atom *last = &syntax->atoms[syntax->count - 1];
    if (last->at.line != first->at.line)
        return first->length;
    return last->at.column + last->length - first->at.column;
}

static void check_conjunction(struct check *check, const struct syntax_conjunction *syntax,
                              struct conjunction *conjunction)
{
    bool outer = check->found;
    check->found = false;
    for (size_t i = 0; i < conjunction->count; i++)
        check_atom(check, &syntax->atoms[i], &conjunction->atoms[i]);
    if (!check->found && conjunction->count > 1 && ask(check, conjunction) == TRUTH_NEVER)
        report(check, syntax->atoms[0].at, conjunction_length(syntax),
               "these are never true together");
    check->found = check->found || outer;
}

// `truth` has an answer for each clause and one for what is left behind the last.
static void check_chain(struct check *check, const struct syntax_rule *syntax,
                        const struct rule *rule, const enum truth *truth)
{
    for (size_t i = 0; i < rule->clause_count; i++) {
        const struct syntax_clause *from = &syntax->clauses[i];
        size_t length = conjunction_length(&from->any[0]);
        if (truth[i] == TRUTH_NEVER)
            report(check, from->at, length,
                   "this is never reached: what stands before it takes every call that it means");
        if (truth[i] == TRUTH_ALWAYS)
            report(check, from->at, length, "this condition is always true");
    }
    const struct syntax_clause *last = &syntax->clauses[rule->clause_count - 1];
    if (!check->found && truth[rule->clause_count] == TRUTH_NEVER)
        report(check, last->at, conjunction_length(&last->any[0]),
               "with this every call is taken: the last action is never reached");
    if (!check->found && truth[rule->clause_count] == TRUTH_UNDECIDED)
        diagnose(check->diagnostics, SEVERITY_WARNING, last->at, conjunction_length(&last->any[0]),
                 "too large to decide whether this is always or never true");
}

static void check_rule(struct check *check, const struct syntax_rule *syntax,
                       const struct rule *rule, enum truth *truth)
{
    for (size_t i = 0; i < rule->clause_count; i++)
        for (size_t j = 0; j < rule->clauses[i].when.count; j++)
            check_conjunction(check, &syntax->clauses[i].any[j], &rule->clauses[i].when.any[j]);
    if (check->found)
        return;
    conditions_chain(check->conditions, rule->clauses, rule->clause_count, truth);
    check_chain(check, syntax, rule, truth);
}

void resolve_check(struct resolver *resolver, const struct syntax_rule *syntax,
                   const struct rule *rule)
{
    struct rule copy = *rule;
    const struct policy alone = only(resolver->policy, &copy);
    if (rule->clause_count == 0)
        return;
    struct check check = {.diagnostics = resolver->loader->diagnostics};
    check.conditions = conditions_begin(&alone, rule->archs, rule->clauses, rule->clause_count);
    enum truth *truth =
        arena_alloc(resolver->loader->arena, rule->clause_count + 1, sizeof(*truth));
    check_rule(&check, syntax, rule, truth);
    conditions_end(check.conditions);
}

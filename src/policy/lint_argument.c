// SPDX-License-Identifier: ISC
//
// lint_argument.c: does a rule see of an argument what the kernel sees?
//
// A 64-bit register may hold a value that the kernel cuts to 32 bits, or the other way round: the
// rule may cut what the kernel reads whole. On 32-bit architectures there is no upper half.
#include <string.h>

#include "lint_checks.h"
#include "lint_signature.h"

// One argument of one rule on one architecture.
struct view {
    struct lint *lint;
    struct question *question;
    const struct rule *rule;
    size_t arch;
    unsigned arg;
    diagram all;       // the call
    diagram permitted; // what of it is let through
};

// The first test of the argument in the rule, NULL when there is none. `narrow`: one that compares
// its low half in order or for equality.
static const struct atom *test_of(const struct rule *rule, unsigned arg, bool narrow)
{
    for (size_t i = 0; i < rule->clause_count; i++)
        for (size_t j = 0; j < rule->clauses[i].when.count; j++) {
            const struct conjunction *all = &rule->clauses[i].when.any[j];
            for (size_t k = 0; k < all->count; k++)
                if (all->atoms[k].arg == arg &&
                    (!narrow || (all->atoms[k].narrow && all->atoms[k].compare <= COMPARE_GE)))
                    return &all->atoms[k];
        }
    return NULL;
}

static size_t width_of(const struct atom *atom)
{
    return atom->narrow ? strlen("arg0:u32") : strlen("arg0");
}

// The values of an int as a register holds them: its upper half zero or, for a negative one, all
// ones.
static diagram is_clean(const struct view *view, bool negative)
{
    diagram upper = question_argument(view->question, view->arg, 32, 32, negative ? UINT32_MAX : 0);
    if (!negative)
        return upper;
    return diagram_and(view->question->proof->space, upper,
                       question_argument(view->question, view->arg, 31, 1, 1));
}

// Calls that are refused with a clean value, and let through with the same value in a form that no
// honest caller uses.
static diagram evasions(const struct view *view)
{
    struct diagram_space *space = view->question->proof->space;
    diagram plain = is_clean(view, false), negative = is_clean(view, true);
    diagram refused = question_without(view->question, view->all, view->permitted);
    diagram twins = diagram_or(
        space, question_some(view->question, diagram_and(space, refused, plain), view->arg, 32, 32),
        question_some(view->question, diagram_and(space, refused, negative), view->arg, 32, 32));
    diagram odd =
        question_without(view->question, view->permitted, diagram_or(space, plain, negative));
    return diagram_and(space, odd, twins);
}

// FALSE, or undecided, is no finding; the latter is noted.
static bool is_something(const struct view *view, diagram set)
{
    view->lint->undecided = view->lint->undecided || set == DIAGRAM_UNDECIDED;
    return set != DIAGRAM_FALSE && set != DIAGRAM_UNDECIDED;
}

static void check_int(const struct view *view, const struct atom *atom)
{
    diagram set = evasions(view);
    if (!is_something(view, set))
        return;
    struct assignment input = question_witness(view->question, view->arch, set);
    lint_report(view->lint, LINT_INT_COMPARE, atom->at, width_of(atom),
                "arg%u of %s is an int, and the rule refuses 0x%x but lets through %s", view->arg,
                view->rule->name, (uint32_t)input.data.args[view->arg],
                question_show(view->question, view->lint->arena, &input));
}

static void check_whole(const struct view *view)
{
    const struct atom *atom = test_of(view->rule, view->arg, true);
    if (atom == NULL)
        return;
    diagram small = question_argument(view->question, view->arg, 32, 32, 0);
    diagram set = question_without(view->question, view->permitted, small);
    if (!is_something(view, set))
        return;
    struct assignment input = question_witness(view->question, view->arch, set);
    lint_report(view->lint, LINT_NARROW_COMPARE, atom->at, width_of(atom),
                "arg%u of %s has 64 bits, of which the rule looks at 32 and lets through %s",
                view->arg, view->rule->name,
                question_show(view->question, view->lint->arena, &input));
}

static void check_pointer(const struct view *view, const struct atom *atom)
{
    struct question *question = view->question;
    struct diagram_space *space = question->proof->space;
    diagram null = question_null(question, view->arch, view->arg);
    diagram allowed = question_without(question, view->permitted, null);
    diagram refused =
        question_without(question, question_without(question, view->all, view->permitted), null);
    diagram some = question_some(question, refused, view->arg, 0, 64);
    diagram set = diagram_and(space, allowed, some);
    if (!is_something(view, set))
        return;
    struct assignment input = question_witness(question, view->arch, set);
    lint_report(view->lint, LINT_POINTER_COMPARE, atom->at, width_of(atom),
                "arg%u of %s is a pointer, of which the rule lets through some, such as in %s",
                view->arg, view->rule->name, question_show(question, view->lint->arena, &input));
}

static void check_argument(const struct view *view, char kind)
{
    const struct atom *atom = test_of(view->rule, view->arg, false);
    bool wide = semantics_wide(view->question->policy->arch[view->arch]);
    if (atom == NULL)
        return;
    if (kind == 'i')
        check_int(view, atom);
    if (kind == 'p')
        check_pointer(view, atom);
    if ((kind == 'p' || kind == 'l') && wide)
        check_whole(view);
}

static void check_rule(struct lint *lint, struct question *question, const struct rule *rule,
                       size_t arch)
{
    const char *signature = signature_of(rule->name);
    uint32_t number = (uint32_t)rule->number[arch];
    struct view view = {.lint = lint, .question = question, .rule = rule, .arch = arch};
    if (signature == NULL || rule->clause_count == 0)
        return;
    view.all = question_call(question, arch, number);
    view.permitted = question_permitted(question, arch, number);
    for (; signature[view.arg] != '\0'; view.arg++)
        check_argument(&view, signature[view.arg]);
}

void lint_arguments(struct lint *lint, struct question *question)
{
    const struct policy *policy = question->policy;
    for (size_t i = 0; i < policy->rule_count; i++)
        for (size_t arch = 0; arch < policy->arch_count; arch++)
            if ((policy->rules[i].archs >> arch & 1) != 0)
                check_rule(lint, question, &policy->rules[i], arch);
}

// SPDX-License-Identifier: ISC
//
// resolve_value.c: values in the width of the argument that they are compared with. A value that
// does not have one meaning in that width is refused: a negative number in 64 bits (the upper half
// of an int argument is not defined), or one of more than 32 bits beside ":u32".
#include "resolve.h"

#include <string.h>

#include "architecture.h"
#include "constants.h"

enum { WIDE = 0, NARROW = 1 };

struct evaluation {
    struct resolver *resolver;
    bool narrow;
    size_t consts;     // only the first so many are known yet
    bool silent_width; // misfits are reported where the value is used
    bool silent_names; // and unknown names were reported before
};

enum misfit { MISFIT_NEGATIVE, MISFIT_WIDE };

static bool fail_misfit(const struct evaluation *evaluation, const struct syntax_name *name,
                        enum misfit misfit)
{
    struct diagnostics *diagnostics = evaluation->resolver->loader->diagnostics;
    if (evaluation->silent_width)
        return false;
    diagnose(diagnostics, SEVERITY_ERROR, name->at, name->length, "'%s' %s", name->text,
             misfit == MISFIT_NEGATIVE ? "is negative, but all 64 bits are compared"
                                       : "does not fit in 32 bits");
    if (misfit == MISFIT_NEGATIVE)
        diagnose_hint(diagnostics, "compare the lower half: argN:u32");
    return false;
}

// A number given by its size and sign, as far as it fits.
static bool fit(const struct evaluation *evaluation, const struct syntax_name *name,
                uint64_t magnitude, bool negative, uint64_t *number)
{
    uint64_t most = evaluation->narrow ? UINT32_MAX : UINT64_MAX;
    *number = magnitude;
    if (negative && magnitude != 0) {
        *number = (uint32_t)-magnitude;
        if (!evaluation->narrow)
            return fail_misfit(evaluation, name, MISFIT_NEGATIVE);
        most = UINT64_C(0x80000000);
    }
    if (magnitude > most)
        return fail_misfit(evaluation, name, MISFIT_WIDE);
    return true;
}

static bool fail_unknown(const struct evaluation *evaluation, const struct syntax_name *name)
{
    struct diagnostics *diagnostics = evaluation->resolver->loader->diagnostics;
    if (evaluation->silent_names)
        return false;
    diagnose(diagnostics, SEVERITY_ERROR, name->at, name->length, "unknown constant '%s'",
             name->text);
    const char *nearest = NULL;
    if (diagnostics->guesses > 0) {
        diagnostics->guesses--;
        nearest = constants_nearest(name->text);
    }
    if (nearest != NULL)
        diagnose_hint(diagnostics, "did you mean %s?", nearest);
    return false;
}

static bool holds_everywhere(const struct evaluation *evaluation, const struct syntax_name *name,
                             const struct constant *constant)
{
    const struct resolver *resolver = evaluation->resolver;
    const struct policy *policy = resolver->policy;
    for (size_t i = 0; i < policy->arch_count; i++) {
        if ((resolver->rule_archs >> i & 1) == 0 || constants_hold(constant, policy->arch[i]))
            continue;
        if (evaluation->silent_names)
            return false;
        struct diagnostics *diagnostics = resolver->loader->diagnostics;
        diagnose(diagnostics, SEVERITY_ERROR, name->at, name->length,
                 "'%s' may have another value on %s than here", name->text,
                 architecture_name(policy->arch[i]));
        diagnose_hint(diagnostics, "write the number, or one rule for each architecture");
        return false;
    }
    return true;
}

static bool evaluate_name(const struct evaluation *evaluation, const struct syntax_name *name,
                          uint64_t *number)
{
    struct syntax *syntax = evaluation->resolver->loader->syntax;
    for (size_t i = 0; i < evaluation->consts; i++) {
        struct syntax_const *found = &syntax->consts[i];
        if (strcmp(found->name.text, name->text) != 0)
            continue;
        found->used = true;
        *number = found->number[evaluation->narrow];
        if (found->fits[evaluation->narrow] || found->value == NULL)
            return found->value != NULL;
        return fail_misfit(evaluation, name, evaluation->narrow ? MISFIT_WIDE : MISFIT_NEGATIVE);
    }
    const struct constant *constant = constants_find(name->text);
    if (constant == NULL)
        return fail_unknown(evaluation, name);
    if (!holds_everywhere(evaluation, name, constant))
        return false;
    uint64_t magnitude = constant->negative ? -constant->value : constant->value;
    return fit(evaluation, name, magnitude, constant->negative, number);
}

static bool evaluate(const struct evaluation *evaluation, const struct syntax_value *value,
                     uint64_t *number);

static bool evaluate_term(const struct evaluation *evaluation, const struct syntax_term *term,
                          uint64_t *number)
{
    bool good = false;
    switch (term->kind) {
    case TERM_NUMBER:
        good = fit(evaluation, &term->name, term->number.value, term->number.negative, number);
        break;
    case TERM_NAME: good = evaluate_name(evaluation, &term->name, number); break;
    case TERM_GROUP: good = evaluate(evaluation, term->group, number); break;
    }
    if (term->complement)
        *number = evaluation->narrow ? (uint32_t) ~*number : ~*number;
    return good;
}

// All terms are looked at, so that all that is wrong with them is reported.
static bool evaluate(const struct evaluation *evaluation, const struct syntax_value *value,
                     uint64_t *number)
{
    bool good = true;
    *number = 0;
    for (size_t i = 0; i < value->count; i++) {
        uint64_t term = 0;
        good = evaluate_term(evaluation, &value->terms[i], &term) && good;
        *number |= term;
    }
    return good;
}

bool resolve_value(struct resolver *resolver, const struct syntax_value *value, bool narrow,
                   uint64_t *number)
{
    struct evaluation evaluation = {resolver, narrow, resolver->loader->syntax->const_count, false,
                                    false};
    return evaluate(&evaluation, value, number);
}

// A name that C headers define too would mean one thing here and another to other readers.
static void check_name(struct resolver *resolver, struct syntax_const *constant)
{
    const struct syntax_name *name = &constant->name;
    if (constants_find(name->text) == NULL)
        return;
    diagnose(resolver->loader->diagnostics, SEVERITY_ERROR, name->at, name->length,
             "'%s' is a constant of the system and cannot be defined again", name->text);
    constant->used = true;
}

void resolve_consts(struct resolver *resolver)
{
    struct syntax *syntax = resolver->loader->syntax;
    resolver->rule_archs = UINT32_MAX;
    for (size_t i = 0; i < syntax->const_count; i++) {
        struct syntax_const *constant = &syntax->consts[i];
        size_t errors = resolver->loader->diagnostics->errors;
        if (constant->value == NULL)
            continue;
        check_name(resolver, constant);
        struct evaluation evaluation = {resolver, false, i, true, false};
        constant->fits[WIDE] = evaluate(&evaluation, constant->value, &constant->number[WIDE]);
        evaluation.narrow = true;
        evaluation.silent_names = true;
        constant->fits[NARROW] = evaluate(&evaluation, constant->value, &constant->number[NARROW]);
        if (resolver->loader->diagnostics->errors > errors)
            constant->value = NULL;
    }
}

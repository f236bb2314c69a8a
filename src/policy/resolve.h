// SPDX-License-Identifier: ISC
//
// resolve.h: from names to numbers: struct syntax becomes struct policy.
//
// resolve.c has the directives, resolve_value.c values, resolve_rule.c rules, resolve_check.c the
// conditions that cannot be meant.
#ifndef POLICY_RESOLVE_H
#define POLICY_RESOLVE_H

#include "parse.h"
#include "policy.h"

// A rule whose conditions are to be looked at once all rules are known.
struct resolved_rule {
    const struct syntax_rule *syntax;
    struct rule rule;
};

struct resolver {
    struct loader *loader;
    struct policy *policy;
    bool archs_given;                         // by @arch, not by the caller
    struct position *owners[POLICY_ARCH_MAX]; // first definition of each entry of syscalls_of()
    uint32_t rule_archs;                      // where the rule at hand stands, as in struct rule
    struct resolved_rule *resolved;
    size_t resolved_count;
};

// Fills `policy`, whose arena, path and text are set. What is wrong is in the diagnostics.
void resolve_policy(struct loader *loader, struct policy *policy);

// Works out all @const values.
void resolve_consts(struct resolver *resolver);

// The number that a value stands for, in 64 bits or, `narrow`, in 32. False after an error.
bool resolve_value(struct resolver *resolver, const struct syntax_value *value, bool narrow,
                   uint64_t *number);

void resolve_rule(struct resolver *resolver, const struct syntax_rule *syntax);

// Finds the architecture a name means, reporting an unknown one.
const struct architecture *resolve_arch(struct resolver *resolver, const struct syntax_name *name);

// Reports tests, alternatives and clauses of a rule that always or never hold on the architectures
// that it stands for.
void resolve_check(struct resolver *resolver, const struct syntax_rule *syntax,
                   const struct rule *rule);

#endif

// SPDX-License-Identifier: ISC
//
// evaluate.h: what a policy says to one call, read straight off the tree.
//
// Plain on purpose: this is what programs and proofs are held against.
#ifndef POLICY_EVALUATE_H
#define POLICY_EVALUATE_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy.h"

// The SECCOMP_RET_* value. `param_values` has a value for each of the policy's parameters (may be
// NULL when it has none). *rule is the rule that stands for the call, NULL for a call without one
// and for a bad architecture; *clause is the clause that decided, NULL for the rule's `otherwise`.
// Either pointer may be NULL.
//
// On a 32-bit architecture the upper half of each argument is left out of account: whatever it is,
// the call acts on the lower half.
uint32_t policy_evaluate(const struct policy *policy, const uint64_t *param_values,
                         const struct seccomp_data *data, const struct rule **rule,
                         const struct clause **clause);

// Does one test hold for this value of its argument? `wide`: the architecture has 64 bits.
bool policy_atom_holds(const struct atom *atom, const uint64_t *param_values, uint64_t argument,
                       bool wide);

#endif

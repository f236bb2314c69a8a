// SPDX-License-Identifier: ISC
//
// verdict_condition.h: what can be said about a condition of a policy without any program: is it
// ever true, is it ever false, and is an entry of a chain ever reached?
#ifndef POLICY_VERDICT_CONDITION_H
#define POLICY_VERDICT_CONDITION_H

#include "policy.h"

enum truth {
    TRUTH_UNDECIDED, // too large, or no memory
    TRUTH_NEVER,
    TRUTH_SOMETIMES,
    TRUTH_ALWAYS,
};

// Over all arguments, all values of the policy's parameters, and the architectures in `archs` (bits
// as in struct rule, not empty). Exact.
enum truth condition_status(const struct policy *policy, uint32_t archs,
                            const struct expression *expression);

// The same for each entry of a rule: does it decide for some call, for every call, or for none?
// `status` has room for clause_count + 1 results; the last is for `otherwise`.
void condition_chain(const struct policy *policy, const struct rule *rule, enum truth *status);

#endif

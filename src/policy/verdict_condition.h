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

// What conditions of one rule are asked in: the work on the first is not done again for the others.
struct conditions;

// For `count` clauses of a policy on the architectures in `archs` (bits as in struct rule, not
// empty). The policy and the clauses stay the caller's, and as they are. NULL when there is no
// memory; then everything is undecided: the functions below take NULL.
struct conditions *conditions_begin(const struct policy *policy, uint32_t archs,
                                    const struct clause *clauses, size_t count);
void conditions_end(struct conditions *conditions);

// Whether a condition made of tests of these clauses holds, over all arguments, all values of the
// policy's parameters, and the architectures. Exact.
enum truth conditions_ask(struct conditions *conditions, const struct expression *expression);

// The same for each of some of the clauses, as entries of a chain: does it decide for some call,
// for every call, or for none? `status` has room for count + 1 results; the last is for what is
// left.
void conditions_chain(struct conditions *conditions, const struct clause *clauses, size_t count,
                      enum truth *status);

// One question alone.
enum truth condition_status(const struct policy *policy, uint32_t archs,
                            const struct expression *expression);
void condition_chain(const struct policy *policy, const struct rule *rule, enum truth *status);

#endif

// SPDX-License-Identifier: ISC
//
// verdict_nearest.h: which values of a policy's parameters bring it closest to given programs that
// it equals for none?
#ifndef POLICY_VERDICT_NEAREST_H
#define POLICY_VERDICT_NEAREST_H

#include "verdict_subject.h"

// `policy` is a policy and `programs` are programs without holes. Takes the rules that name
// parameters one by one and keeps the values for which the programs do what the rule says; where
// there are none, those for which one of the two never allows more. False when no rule is met by
// any value, or nothing can be decided. `values` has room for the policy's parameters.
//
// This is a guess, good for a witness that says something: for these values the two still differ.
bool verdict_nearest(const struct subject *policy, const struct subject *programs, uint64_t *values,
                     size_t node_limit);

#endif

// SPDX-License-Identifier: ISC
//
// check_difference.h: a policy against its trapping twin, whose parameters have other ranges: two
// that differ, so that what is said of a difference can be held against the model.
#ifndef FUZZ_CHECK_DIFFERENCE_H
#define FUZZ_CHECK_DIFFERENCE_H

#include "model/calls_model.h"
#include "policy/compile_proven.h"

// What a call gets by the policy (0) and by its twin (1), with these values.
typedef uint32_t difference_judge(unsigned side, const struct seccomp_data *data,
                                  const uint64_t *values);

// What the whole policy means as a diagram, for calls and values that are tried.
void check_meaning(const struct policy *policy, const uint64_t *values, difference_judge *judge,
                   const struct seccomp_data *calls, size_t count);

// `policy` is for one architecture, `attempt` is its program, proven; `values` are within the
// ranges of the policy.
// `calls` are tried.
void check_difference(const struct policy *policy, const struct attempt *attempt,
                      const uint64_t *values, struct dice *dice, difference_judge *judge,
                      const struct seccomp_data *calls, size_t count);

#endif

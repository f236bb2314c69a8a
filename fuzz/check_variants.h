// SPDX-License-Identifier: ISC
//
// check_variants.h: a policy with its parameters bound, its trapping twin, and its meaning as a
// whole.
//
// `model` is what was read, `policy` the same, `values` its parameters', within their ranges.
#ifndef FUZZ_CHECK_VARIANTS_H
#define FUZZ_CHECK_VARIANTS_H

#include "model/calls_model.h"
#include "policy/compile_proven.h"

// Bound, and as a twin, it says what it must.
void check_variants(const struct policy_model *model, const struct policy *policy,
                    const uint64_t *values, struct dice *dice);

// So does what the whole policy is proven to mean; large policies are not asked.
void check_whole(const struct policy_model *model, const struct policy *policy,
                 const uint64_t *values, struct dice *dice);

// `policy` is for the `arch`th architecture alone, `attempt` its program, proven: what is said of
// how it differs from its twin is right (check_difference.h). Large programs are not looked at.
void check_twin(const struct policy_model *model, const struct policy *policy,
                const struct attempt *attempt, size_t arch, const uint64_t *values,
                struct dice *dice);

#endif

// SPDX-License-Identifier: ISC
//
// check_recovery.h: a program's parameters, found again in the program.
#ifndef FUZZ_CHECK_RECOVERY_H
#define FUZZ_CHECK_RECOVERY_H

#include "model/calls_model.h"
#include "policy/compile_proven.h"

// `attempt` is the program, proven, of `policy`, which is what `model` read for the `arch`th
// architecture alone. Filled with `values` it gives them back where the policy pins them, and
// others that mean the same where it does not. Large programs are not looked at.
void check_recovery(const struct policy_model *model, const struct policy *policy,
                    const struct attempt *attempt, size_t arch, const uint64_t *values,
                    struct dice *dice);

#endif

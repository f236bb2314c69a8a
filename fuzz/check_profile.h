// SPDX-License-Identifier: ISC
//
// check_profile.h: a policy written as a container profile.
#ifndef FUZZ_CHECK_PROFILE_H
#define FUZZ_CHECK_PROFILE_H

#include "model/calls_model.h"
#include "policy/policy.h"

// `policy` is what `model` read. Either it is said why it cannot be written as a profile, or what
// is written can be read, and says the same to every call that is tried.
void check_profile(const struct policy_model *model, const struct policy *policy,
                   const uint64_t *values, struct dice *dice);

#endif

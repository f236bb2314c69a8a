// SPDX-License-Identifier: ISC
//
// check_policy.h: holds a policy of src/policy against the model's reading of the same text.
#ifndef FUZZ_CHECK_POLICY_H
#define FUZZ_CHECK_POLICY_H

#include "model/policy_model.h"
#include "policy/policy.h"

// Every field of every part; with `places` also where each stands. Any difference is an oracle's
// failure.
void check_policy(const struct policy_model *model, const struct policy *policy, bool places);

#endif

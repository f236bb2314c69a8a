// SPDX-License-Identifier: ISC
//
// policy_compare.h: holds a policy of src/policy against the model's reading of the same text.
#ifndef FUZZ_POLICY_COMPARE_H
#define FUZZ_POLICY_COMPARE_H

#include "policy.h"
#include "policy_model.h"

// Every field of every part; with `places` also where each stands. Any difference is an oracle's
// failure.
void policy_compare(const struct policy_model *model, const struct policy *policy, bool places);

#endif

// SPDX-License-Identifier: ISC
//
// variant.h: policies that are derived from another: for one architecture, with its parameters
// bound, or as a trapping twin.
//
// A variant lives in the arena of the policy that it was made from, shares with it what is the
// same, and is never freed by itself.
#ifndef POLICY_VARIANT_H
#define POLICY_VARIANT_H

#include <stdint.h>

#include "policy.h"

// The policy for one of its architectures alone; every other one is then a bad architecture. NULL
// when the policy does not list it.
struct policy *policy_select_arch(const struct policy *policy, uint32_t arch);

// The policy with each parameter replaced by a number. `values` has one for each; ranges are not
// looked at.
struct policy *policy_bind(const struct policy *policy, const uint64_t *values);

// The policy that tells its process of a refusal instead of ending it: @default, and every kill
// that a rule says, become "trap". What happens to a bad architecture stays.
struct policy *policy_trap_twin(const struct policy *policy);

#endif

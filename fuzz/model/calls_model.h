// SPDX-License-Identifier: ISC
//
// calls_model.h: the calls with which a policy is asked: those for which its conditions hold, and
// their neighbours, one step to each side.
#ifndef FUZZ_CALLS_MODEL_H
#define FUZZ_CALLS_MODEL_H

#include "policy_model.h"

// Where the next number comes from: the same input gives the same calls.
struct dice {
    uint64_t state;
};

struct dice dice_from(const void *bytes, size_t size);
uint64_t dice_roll(struct dice *dice);

// A value for each parameter, within its range: often its first or last.
void calls_values(const struct policy_model *model, struct dice *dice, uint64_t *values);

// A call on one of the policy's architectures (mostly) to one of its rules (mostly), whose
// arguments are at a border of what the rule tests.
struct seccomp_data calls_next(const struct policy_model *model, struct dice *dice,
                               const uint64_t *values);

// The same on one of the policy's architectures (mostly).
struct seccomp_data calls_on(const struct policy_model *model, size_t arch, struct dice *dice,
                             const uint64_t *values);

// A value for which the test holds, or nearly; and a neighbour of a value.
uint64_t calls_meet(const struct model_test *test, struct dice *dice, const uint64_t *values);
uint64_t calls_aside(uint64_t value, struct dice *dice);

#endif

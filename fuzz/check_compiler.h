// SPDX-License-Identifier: ISC
//
// check_compiler.h: a compiler that does not answer, and one that forgets what it was asked.
#ifndef FUZZ_CHECK_COMPILER_H
#define FUZZ_CHECK_COMPILER_H

#include "model/calls_model.h"
#include "policy/policy.h"

// Whatever befalls the child that asks libseccomp, there is its whole program or none, and then our
// own compiler takes its place. The policy is for one architecture, and has no parameters.
void check_children(const struct policy *policy);

// Our own compiler makes another program in its second pass, at a place that `dice` choose: that is
// refused, or is the same program as without.
void check_passes(const struct policy *policy, struct dice *dice);

#endif

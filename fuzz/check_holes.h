// SPDX-License-Identifier: ISC
//
// check_holes.h: where in a program a parameter may stand.
#ifndef FUZZ_CHECK_HOLES_H
#define FUZZ_CHECK_HOLES_H

#include "policy/policy.h"

// The proof takes a parameter of this policy where the kernel takes a value, at one place each, and
// nowhere else. Nothing is looked at when it has none.
void check_holes(const struct policy *policy);

#endif

// SPDX-License-Identifier: ISC
//
// boundary.h: runs a compiled policy against its tree, at the values where compilers go wrong.
//
// This is no proof: what it does not find may still be there. It is a second opinion on compilers,
// which shares nothing with the prover.
#ifndef TESTS_UNIT_BOUNDARY_H
#define TESTS_UNIT_BOUNDARY_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

#include "compile.h"
#include "policy.h"

// A call for which the two differ.
struct boundary_difference {
    struct seccomp_data data;
    uint64_t params[LOAD_PARAMS];
    uint32_t expected; // what the policy says
    uint32_t actual;   // what the program does
};

// Compares an accepted program with the policy it was compiled from: every number that a rule
// names and its neighbours, foreign architectures and x32, and for each rule the arguments around
// every number in its text, in both halves; a million calls at most for each choice of parameters.
// True when they agree; else *difference is set.
bool boundary_agrees(const struct policy *policy, const struct compiled *compiled,
                     struct boundary_difference *difference);

#endif

// SPDX-License-Identifier: ISC
//
// test_proof_generator.h: a plain code generator for policies, one test after the other, nothing
// shared and nothing clever: what the prover should find EQUAL.
#ifndef TESTS_UNIT_TEST_PROOF_GENERATOR_H
#define TESTS_UNIT_TEST_PROOF_GENERATOR_H

#include "policy/machine.h"
#include "policy/policy.h"

struct generated {
    struct sock_filter insns[BPF_MAXINSNS];
    struct program program; // its instructions are `insns`
    struct hole holes[256];
    size_t hole_count;
};

void generate_program(const struct policy *policy, struct generated *generated);

#endif

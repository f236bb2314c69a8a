// SPDX-License-Identifier: ISC
//
// test_proof_random.h: random programs, random policies, and inputs near the numbers in them.
//
// All of it follows from one seed, so that a failure comes again.
#ifndef TESTS_UNIT_TEST_PROOF_RANDOM_H
#define TESTS_UNIT_TEST_PROOF_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/diagram_inputs.h"
#include "policy/policy.h"
#include "policy/program.h"

void random_seed(uint64_t seed);
uint32_t random_u32(void);
uint32_t random_below(uint32_t bound); // bound > 0

// Numbers of which inputs are made; what a test is about is put in here.
struct pool {
    uint64_t number[512];
    size_t count;
};
void pool_start(struct pool *pool);
void pool_add(struct pool *pool, uint64_t number); // and its neighbours
uint64_t pool_draw(const struct pool *pool);

// An input whose words are mostly from the pool, for one of the architectures of these tests.
struct assignment random_input(const struct pool *pool);

// An accepted program of 4 to `size` instructions, with its constants put into the pool. `insns`
// has room for `size`, which is at least 8. It loads, stores, computes and branches at will; what
// it multiplies or divides, and shifts by X, happens only when `hard`.
struct program random_program(struct sock_filter *insns, size_t size, bool hard, struct pool *pool);

// A complete policy over three architectures, 0 to 3 parameters, with its numbers put into the
// pool. It is static and the next call overwrites it.
const struct policy *random_policy(struct pool *pool);

// Values for the policy's parameters, in range, from the pool where it has some.
void random_params(const struct policy *policy, const struct pool *pool, uint64_t *values);

#endif

// SPDX-License-Identifier: ISC
//
// test_policy_random.h: random policies as text, and the values worth trying on them.
#ifndef TEST_POLICY_RANDOM_H
#define TEST_POLICY_RANDOM_H

#include <stdint.h>

// The same sequence for the same seed, on every machine; the seed is not 0.
uint64_t random_next(uint64_t *seed);

// A policy for x86_64 and aarch64 with rules of every shape that the language has, which loads
// without a finding. `simple`: only what libseccomp can express. The caller frees the text.
char *random_policy(uint64_t *seed, int simple);

#endif

// SPDX-License-Identifier: ISC
//
// truth_model.h: which tests of a call's arguments can hold together?
//
// By counting on fingers: an argument is read bit by bit from the top, and all that the tests can
// have seen of it so far is a set of a few states. Exact, and nothing like a decision diagram.
#ifndef FUZZ_TRUTH_MODEL_H
#define FUZZ_TRUTH_MODEL_H

#include "policy_model.h"

enum { TRUTH_TESTS = 64, TRUTH_ROWS = 4096 };

// All combinations of answers that some call gives, each once: bit i of a row is the answer of
// tests[i].
struct truth_table {
    uint64_t rows[TRUTH_ROWS];
    size_t count;
};

// `wide`: registers have 64 bits. False when it is too large.
bool truth_model(const struct model_test *tests, size_t count, const struct model_param *params,
                 bool wide, struct truth_table *table);

#endif

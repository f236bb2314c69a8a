// SPDX-License-Identifier: ISC
//
// check_proof.h: holds the prover's word on two programs against calls that are tried.
#ifndef FUZZ_CHECK_PROOF_H
#define FUZZ_CHECK_PROOF_H

#include "model/calls_model.h"
#include "model/program_model.h"

#include "policy/program.h"

struct proof_pair {
    struct program left, right;
    bool stacked; // the left side is `left` and, newer, `right`
    bool same;    // by construction
    bool poor;    // memory runs out as well
};

// A call that is close to what the program compares with.
struct seccomp_data check_proof_call(const struct sock_filter *insns, size_t count,
                                     struct dice *dice);

// What the kernel refuses is proven nothing of, for the same reason and at the same place.
void check_proof_refused(struct program *refused, struct program *other);

// Both programs are acceptable.
void check_proof(struct proof_pair *pair, struct dice *dice);

#endif

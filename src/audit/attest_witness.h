// SPDX-License-Identifier: ISC
//
// attest_witness.h: one call that filters and a policy treat differently, for people and as JSON.
#ifndef AUDIT_ATTEST_WITNESS_H
#define AUDIT_ATTEST_WITNESS_H

#include "attest.h"

// Three lines, indented. `filters` is how many filters were looked at together.
void witness_print_text(const struct witness *witness, const struct policy *policy, size_t filters);

// An object with difference ("stricter", "weaker", "data"), arch, call (null when the number has no
// name), number, args (six numbers), instruction_pointer, filters and policy (what each says, as in
// a policy), filter (the number of the filter that decided, 1 is the oldest), instructions (the
// ones that it ran), and file, line and column of what decided in the policy.
void witness_print_json(const struct witness *witness, const struct policy *policy);

#endif

// SPDX-License-Identifier: ISC
//
// check_poor.h: a proof for which memory runs out, at each of its allocations in turn.
#ifndef FUZZ_CHECK_POOR_H
#define FUZZ_CHECK_POOR_H

#include "policy/verdict.h"

// The process lives, and what is still decided is given to `judge`. All that was allocated must be
// freed: that is for LeakSanitizer to say.
void check_poor(const struct subject *left, const struct subject *right, size_t nodes,
                void (*judge)(void *context, const struct verdict *verdict), void *context);

#endif

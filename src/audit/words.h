// SPDX-License-Identifier: ISC
//
// words.h: conditions and actions in plain words.
#ifndef AUDIT_WORDS_H
#define AUDIT_WORDS_H

#include <stdio.h>

#include "policy.h"
#include "verdict_regions.h"

// What follows for who makes the call: "the process is killed". "" for an action without words.
const char *words_action(uint32_t action);

// A condition of a policy: "arg0 is AF_UNIX and arg3 has no bits but MSG_DONTWAIT".
void words_expression(FILE *stream, const struct policy *policy, uint32_t arch, const char *call,
                      const struct expression *expression);

// Regions of one call that differ in one argument at most: "arg0 is one of 1, 5 to 9". False, with
// nothing written, when every value of every argument is meant. `call` may be NULL.
bool words_regions(FILE *stream, uint32_t arch, const char *call, const struct region *regions,
                   size_t count);

// How many of the regions, from the first on, can stand in one such sentence: at least one.
size_t words_run(const struct region *regions, size_t count);

// One span as an object: kind ("any", "range", "low-range", "mask") and low, high or mask, bits.
void words_span_json(FILE *stream, const struct span *span);

#endif

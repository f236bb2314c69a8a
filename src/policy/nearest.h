// SPDX-License-Identifier: ISC
//
// nearest.h: the name that a misspelt one was probably meant to be.
#ifndef POLICY_NEAREST_H
#define POLICY_NEAREST_H

#include <stddef.h>
#include <stdint.h>

enum { NEAREST_NAME_BYTES = 64 }; // nothing is near to what is longer

// A name without the case of its letters, and which bytes it has (modulo 64).
struct folded_name {
    size_t length;
    uint64_t bytes;
    char text[NEAREST_NAME_BYTES];
};

// Offers candidates one by one and remembers the closest.
struct nearest {
    struct folded_name wanted;
    const char *best; // NULL until one is close enough to be worth a hint
    size_t distance;  // edits between `wanted` and `best`
};

// Starts a search. Nothing further than a third of the name's length, or 4 edits, is remembered:
// nothing at all for names of two letters, which are near to everything.
void nearest_start(struct nearest *nearest, const char *wanted);

// `candidate` must live as long as the search. Edits are insertion, deletion, replacement and the
// swap of two neighbours; upper and lower case count as equal but for a tie.
void nearest_offer(struct nearest *nearest, const char *candidate);

#endif

// SPDX-License-Identifier: ISC
//
// number.h: what a run of digits in a policy stands for.
#ifndef POLICY_NUMBER_H
#define POLICY_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

struct number {
    uint64_t value; // of the digits, without the sign
    bool negative;
};

// Reads a decimal or 0x number, with or without a "-" in front. Octal-looking numbers are refused,
// since some readers of this dialect take 010 for ten and others for eight. NULL when it is a
// number, else one sentence that says why not.
const char *number_read(const char *text, struct number *number);

#endif

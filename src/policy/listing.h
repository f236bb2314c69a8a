// SPDX-License-Identifier: ISC
//
// listing.h: one instruction of a seccomp program in words, for comments and listings.
#ifndef POLICY_LISTING_H
#define POLICY_LISTING_H

#include <linux/filter.h>
#include <stddef.h>

enum { LISTING_BYTES = 96 };

// `at` is the instruction's index: jumps are shown with the index they go to. Loads are named by
// the field of struct seccomp_data that a little-endian machine has there.
const char *listing_insn(const struct sock_filter *insn, size_t at, char text[LISTING_BYTES]);

#endif

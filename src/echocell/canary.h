// SPDX-License-Identifier: ISC
//
// canary.h: a new stack-protector canary. Must be called from a function that has no canary check
// itself and never returns into one that has: their saved values are the old canary.
#ifndef ECHOCELL_CANARY_H
#define ECHOCELL_CANARY_H

// Before the first renewal, while memory can still be re-protected: makes the canary writable where
// the C library keeps it in read-only memory. Returns 0 or a positive errno.
int canary_prepare(void);

// Draws a new canary from getrandom(2). Returns 0 or a positive errno.
int canary_renew(void);

#endif

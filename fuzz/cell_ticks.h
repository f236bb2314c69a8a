// SPDX-License-Identifier: ISC
//
// cell_ticks.h: how often in a row a session's call has come back with nothing, which is how it
// tells the time. The real transport_receive() and transport_send() are called; what they return is
// counted in memory that the session shares.
#ifndef FUZZ_CELL_TICKS_H
#define FUZZ_CELL_TICKS_H

// Once in each process that forks sessions.
void ticks_prepare(void);

// Before each fork.
void ticks_reset(void);

// After the wait: of receiving, and of sending.
unsigned ticks_silent(void);
unsigned ticks_stalled(void);

#endif

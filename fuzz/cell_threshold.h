// SPDX-License-Identifier: ISC
//
// cell_threshold.h: a session as it is when it asks for its filter, seen from within.
//
// The last moment at which a process can still look at itself, and it costs a few calls: so every
// session is looked at, where looking from outside (cell_inspect.h) is for some. The real
// filter_install() follows. Nothing here is instrumented.
#ifndef FUZZ_CELL_THRESHOLD_H
#define FUZZ_CELL_THRESHOLD_H

#include "cell.h"

// Once in each process that forks sessions, when it has all its descriptors.
void threshold_prepare(void);

// Before each fork. `ends`: of the socket between the client and the session.
void threshold_arm(const struct cell *cell, const int ends[2]);

// After the wait: fails when the session was not as it must be, or has not asked `least` to `most`
// times.
void threshold_judge(unsigned least, unsigned most);

#endif

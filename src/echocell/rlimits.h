// SPDX-License-Identifier: ISC
//
// rlimits.h: resource limits of zero, setrlimit(2). Most are set once in the listener and
// inherited; what the listener itself needs is taken from each session.
#ifndef ECHOCELL_RLIMITS_H
#define ECHOCELL_RLIMITS_H

#include <stdbool.h>

// All that neither listener nor session needs: no core file, no more memory, no locks, queues or
// priorities. After it the listener cannot allocate. Returns 0 or a positive errno.
int rlimits_listener(void);

// No descriptor, no process, and (unless `may_write`: --trace to a file) no file growth. The soft
// and the hard limit, so there is no way back. Returns 0 or a positive errno.
int rlimits_session(bool may_write);

#endif

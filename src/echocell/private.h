// SPDX-License-Identifier: ISC
//
// private.h: memory of the listener's own. A fork does not copy it (madvise(2), MADV_DONTFORK), so
// a session cannot read what the listener knows of other clients, and a fork has less to do.
#ifndef ECHOCELL_PRIVATE_H
#define ECHOCELL_PRIVATE_H

#include <stddef.h>

// `count` zeroed elements of `size` bytes, for the life of the process. Does not return on failure.
void *private_allocate(size_t count, size_t size);

#endif

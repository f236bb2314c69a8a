// SPDX-License-Identifier: ISC
//
// table_memory.h: in the place of echocell/private.c: the same memory again in each run, so that a
// run costs no system call. Each table is a block of its own, so that ASan sees the first byte
// beyond it. It is built without instrumentation: which block it takes depends on the runs before.
#ifndef FUZZ_TABLE_MEMORY_H
#define FUZZ_TABLE_MEMORY_H

#include <stddef.h>

// From here on everything may be given out again.
void table_memory_reuse(void);

// The block of that size that was given out first.
void *table_memory_of(size_t bytes);

#endif

// SPDX-License-Identifier: ISC
//
// memory_script.h: memory that runs out, bound at link time below the code under test.
#ifndef FUZZ_MEMORY_SCRIPT_H
#define FUZZ_MEMORY_SCRIPT_H

#include <stdbool.h>

// From here on the `number`th allocation (from 1) fails, and `more` says whether all behind it do.
// 0: none fails.
void memory_script_begin(unsigned number, bool more);

// There is memory again. Returns how many allocations failed.
unsigned memory_script_end(void);

#endif

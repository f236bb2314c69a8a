// SPDX-License-Identifier: ISC
//
// cases.h: from the rows of a verdict table to single calls.
//
// The interpreter and the live probe are given the same calls in the same order; `live` says which
// of them the live probe makes too.
#ifndef TESTS_POLICY_CASES_H
#define TESTS_POLICY_CASES_H

#include "table.h"

#include <linux/seccomp.h>

// Call numbers are swept from 0 to this one; the kernel's highest is well below.
#define SWEEP_NUMBER_MAX 600

// What an argument holds that is of no matter: a bad pointer (not canonical), a bad descriptor (-1
// as an int), no known flag word, and junk in the high half.
#define JUNK 0x5a5a5a5affffffffULL

// x32's mark (asm/unistd.h __X32_SYSCALL_BIT): its calls have the architecture token of x86-64.
#define X32_BIT 0x40000000

typedef void case_visit(void *context, const struct seccomp_data *call, bool live);

// Each call that the row stands for.
void cases_of_row(const struct table *table, const struct row *row, case_visit *visit,
                  void *context);

// "everything else", in parts.
enum rest {
    REST_NUMBERS, // every other number of the architecture
    REST_NEAR,    // the allowed numbers with one bit changed, and numbers far out
    REST_X32,     // every number as its x32 twin
    REST_I386,    // every number through the 32-bit entry
    REST_FOREIGN, // every number under every other architecture token: interpreter only
    REST_PARTS,
};

const char *rest_name(enum rest part);

// Each call of one part. All are to be killed.
void cases_of_rest(const struct table *table, enum rest part, case_visit *visit, void *context);

#endif

// SPDX-License-Identifier: ISC
//
// value.h: the numbers behind the names of a verdict table.
//
// They come from the C library's headers, and call numbers from libseccomp; the policy compiler has
// tables of its own, so that a wrong number there is seen here.
#ifndef TESTS_POLICY_VALUE_H
#define TESTS_POLICY_VALUE_H

#include <stdbool.h>
#include <stdint.h>

// Reads a whole VALUE (table.h). False when any of it is not understood.
bool value_parse(const char *text, uint64_t *value);

// A name that is a constant on both architectures, as SIGILL or ENXIO. False when it is unknown.
bool value_constant(const char *name, uint64_t *value);

// The number of system call `name` on the architecture (AUDIT_ARCH_*), or -1 when it has none
// there.
int value_call(const char *name, uint32_t arch);

#endif

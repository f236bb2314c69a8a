// SPDX-License-Identifier: ISC
//
// constants.h: the C constants that a policy may name, with their widths.
//
// They are this machine's, taken from its headers when the tool was built. For another
// architecture only those hold that are the same there: see constants_hold().
#ifndef POLICY_CONSTANTS_H
#define POLICY_CONSTANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct constant {
    const char *name;
    uint64_t value; // sign-extended when negative
    uint8_t bits;   // of its C type: 32 or 64
    bool negative;  // its C type is signed and the value below zero
};

// One entry's fields, for the generated table.
#define CONSTANT_VALUE(expression)                                                                 \
    (uint64_t)(expression), sizeof(expression) > 4 ? 64 : 32, (expression) < 0

// The generated tables: the kernel's headers and libc's. Each is sorted by name and ends with a
// NULL name, which is not counted; they have no name in common.
extern const struct constant constants_group_0[];
extern const struct constant constants_group_1[];
extern const size_t constants_count_0;
extern const size_t constants_count_1;

// NULL when there is none of that name.
const struct constant *constants_find(const char *name);

// Is the constant's value the same on `arch` (an AUDIT_ARCH_* token) as on the machine that the
// tool was built for? Says no where it may not be.
bool constants_hold(const struct constant *constant, uint32_t arch);

// The number of an errno name, 1 to 4095, or 0 when it is none.
unsigned constants_errno(const char *name);

// The closest name, or NULL.
const char *constants_nearest(const char *name);

#endif

// SPDX-License-Identifier: ISC
//
// architecture.h: the architectures that seccomp can name, by libseccomp's names.
//
// Tokens are AUDIT_ARCH_* (linux/audit.h). x32 is none of them: it shares x86-64's token and is
// told apart by a bit of the call number, so it cannot be listed in @arch; see ARCHITECTURE_X32.
#ifndef POLICY_ARCHITECTURE_H
#define POLICY_ARCHITECTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// On x86-64 every call number from here up, compared unsigned, is taken to be an x32 number and
// gets the action for bad architectures; but 0xffffffff is what a tracer writes to have a call
// skipped (seccomp(2)), and is a number like any other.
#define ARCHITECTURE_X32 UINT32_C(0x40000000)

struct architecture {
    const char *name;
    const char *alias; // another name in use (minijail's), or NULL
    uint32_t token;
    uint32_t first_call; // numbers start here (MIPS)
};

// In a fixed order; NULL past the last one.
const struct architecture *architecture_at(size_t index);

const struct architecture *architecture_named(const char *name);
const struct architecture *architecture_find(uint32_t token);

// The token of the machine this runs on, as its 64-bit (or only) ABI.
uint32_t architecture_native(void);

// "x86_64", or "unknown" for a token that is none of ours.
const char *architecture_name(uint32_t token);

// Its registers are 64 bits wide. Otherwise only the lower half of an argument counts for the call,
// though the upper half that a filter is shown need not be zero (int 0x80 on x86-64 passes what the
// caller left there).
bool architecture_wide(uint32_t token);

bool architecture_big_endian(uint32_t token);

// Is this call number, on this architecture, an x32 number?
bool architecture_x32(uint32_t token, uint32_t number);

#endif

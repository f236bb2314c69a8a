// SPDX-License-Identifier: ISC
//
// entry.h: the ways into the kernel.
#ifndef TESTS_POLICY_ENTRY_H
#define TESTS_POLICY_ENTRY_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

// The AUDIT_ARCH_* token of this machine's own calls.
uint32_t entry_native_arch(void);

// Can this program enter the kernel as that architecture? (x86-64 only: i386 too, by int $0x80.)
bool entry_exists(uint32_t arch);

// Makes the call raw. Returns what the kernel returns: an error number is negative.
long entry_call(const struct seccomp_data *call);

#endif

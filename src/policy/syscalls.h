// SPDX-License-Identifier: ISC
//
// syscalls.h: the system calls of each architecture, by name and by number.
//
// The names and numbers are libseccomp's, plus the calls that are younger than it. Only calls that
// have a number of their own on the architecture are listed: `socket` on x86 is 359, not the
// pseudo number by which libseccomp says "or through socketcall".
#ifndef POLICY_SYSCALLS_H
#define POLICY_SYSCALLS_H

#include <stddef.h>
#include <stdint.h>

struct syscall_entry {
    const char *name;
    int number;
};

struct syscall_table {
    const struct syscall_entry *entries; // sorted by number
    size_t count;
    const struct syscall_entry **by_name; // the same, sorted by name
};

// The calls of an architecture that architecture.h knows; empty for any other token. Built at the
// first use and kept until the process ends. Not for several threads at once.
const struct syscall_table *syscalls_of(uint32_t arch);

// The entry of a call in that table, or NULL when this architecture has no such call.
const struct syscall_entry *syscalls_find(uint32_t arch, const char *name);

// Its number, or -1 when this architecture has no such call.
int syscalls_number(uint32_t arch, const char *name);

// The name, or NULL when the number is none.
const char *syscalls_name(uint32_t arch, int number);

// Does any architecture have a call of this name?
int syscalls_known(const char *name);

// The closest name that the architecture has, or NULL.
const char *syscalls_nearest(uint32_t arch, const char *name);

#endif

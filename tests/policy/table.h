// SPDX-License-Identifier: ISC
//
// table.h: a verdict table, policy/NAME.expect, as rows for one architecture.
//
// A table is the promise in plain text, written by hand and independently of the policy:
//
//     NAME {NAME} {COLUMN} [flip argN {argN} [but VALUE]] -> VERDICT
//     everything else -> kill
//     include FILE but NAME
//
// NAME     a system call, or nr=NUMBER where no header has a name for it
// COLUMN   argN=VALUE: what the 64-bit register holds; an argument that is not named may hold
//          anything. arch=ARCH: the row stands for that architecture only
// flip     instead of the call as written: for each bit of each argument named, but the bits of
//          VALUE, the same call with that one bit changed; and with the low, the high and both
//          halves of the register changed
// VERDICT  allow; kill (the process); or "kill or NAME {or NAME}" where some kernels let no filter
//          judge the call and answer it themselves, with that signal or error number
//
// VALUE is a number or a constant, "|"-joined, "~" for the complement of what follows; $listener
// is LISTENER_PID. "#" starts a comment. Whatever is not understood ends the run.
#ifndef TESTS_POLICY_TABLE_H
#define TESTS_POLICY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The $listener for which the programs under test are built. The live probe makes itself process
// 4242 of a PID namespace of its own, so that the kernel judges the very bytes that were
// interpreted.
#define LISTENER_PID 4242

#define ARGUMENTS  6
#define OTHERS_MAX 2

struct row {
    const char *file;
    unsigned line;
    const char *text; // the row as written, without comment
    int number;       // of the system call on the table's architecture
    uint64_t args[ARGUMENTS];
    uint8_t named;          // bit N: argN has a value
    uint8_t flipped;        // bit N: argN is to be flipped; 0: the call as written
    uint64_t but;           // the bits that are not flipped
    uint32_t want;          // SECCOMP_RET_ALLOW or SECCOMP_RET_KILL_PROCESS
    int others[OTHERS_MAX]; // "or": a signal as it is, an error number negative; 0: none
};

struct table {
    uint32_t arch; // AUDIT_ARCH_*
    struct row *rows;
    size_t count;
    bool closed;  // "everything else -> kill" was read
    char **texts; // all that the rows point to
    size_t text_count;
};

// Reads `path` for the architecture with the name `arch` (x86_64, aarch64), or ends the run with
// the place and the reason. A table without rows, or without its closing line, is refused. Nothing
// in it is ever freed: it lives as long as the run.
void table_load(struct table *table, const char *path, const char *arch);

// Is there a row that lets this native number pass, or that a kernel may answer itself? Then it is
// not part of "everything else".
bool table_names(const struct table *table, int number);

// The AUDIT_ARCH_* token of an architecture name, or 0.
uint32_t table_arch(const char *name);

#endif

// SPDX-License-Identifier: ISC
//
// filter.h: the built-in seccomp programs, and the one way to put them on.
//
// The programs come from policy/*.policy through seccomp-audit at build time; the daemon holds the
// finished instructions and fills in the parameters. filter_enter() returns only when the kernel
// enforces the program: locked or dead, so no caller can forget to look.
#ifndef ECHOCELL_FILTER_H
#define ECHOCELL_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The `k` of instruction `insn` holds one 32-bit half of parameter `param`.
struct filter_hole {
    uint16_t insn;
    uint8_t param;
    bool high;
};

// A value that is known only at start; low to high, inclusive.
struct filter_param {
    const char *name;
    uint64_t low;
    uint64_t high;
};

struct filter_call {
    int number;
    const char *name;
};

struct filter_program {
    const char *name;
    const char *text; // the policy, byte for byte
    size_t text_length;
    const char *sha256; // of the text, 64 hexadecimal digits
    const struct sock_filter *insns;
    size_t count;
    const struct filter_hole *holes;
    size_t hole_count;
    const struct filter_param *params;
    size_t param_count;
};

enum filter_kind { FILTER_SESSION, FILTER_LISTENER, FILTER_SESSION_TRACE, FILTER_KINDS };

// The built-in program; its trapping twin (every kill is a SIGSYS that a handler sees) where
// `trapping`. For a session to trap, the listener's program must be a twin too: of all filters the
// most severe verdict counts, and no handler sees a kill.
const struct filter_program *filter_program(enum filter_kind kind, bool trapping);

// The name of a system call of this architecture, or NULL.
const char *filter_call_name(int number);

// A program with its parameters filled in, ready for the kernel.
struct filter {
    struct sock_filter insns[BPF_MAXINSNS];
    struct sock_fprog program;
};

// Fills in `values` (one for each parameter, in the policy's order). A value out of its range is a
// bug in the caller and ends the process (exit 70).
void filter_bind(struct filter *filter, const struct filter_program *program,
                 const uint64_t *values);

// Puts the filter on the calling thread, for ever and for all its children (seccomp(2),
// SECCOMP_SET_MODE_FILTER; no_new_privs must be set). Returns 0 or a positive errno.
int filter_install(const struct filter *filter);

#endif

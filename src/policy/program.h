// SPDX-License-Identifier: ISC
//
// program.h: classic BPF programs as the kernel's seccomp takes them.
//
// Acceptance follows the kernel to the letter (net/core/filter.c bpf_check_classic(), kernel/
// seccomp.c seccomp_check_filter()); execution follows the kernel's semantics of classic BPF over
// struct seccomp_data. Nothing here knows of policies.
#ifndef POLICY_PROGRAM_H
#define POLICY_PROGRAM_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct program {
    struct sock_filter *insns;
    size_t count; // 1 to BPF_MAXINSNS (4096) when accepted
};

// Why a program is not acceptable: the instruction and one sentence.
struct program_fault {
    size_t index;
    const char *reason; // static
};

// Would the kernel's seccomp(SECCOMP_SET_MODE_FILTER) take these instructions?
bool program_accept(const struct sock_filter *insns, size_t count, struct program_fault *fault);

// What one run did: the 32-bit return value, and which instructions ran, in order, when `path` is
// not NULL (room for `count` indices; loop-free, so it never needs more).
struct program_run {
    uint32_t result;
    size_t steps;
};

// Runs an accepted program over `data`. Total: every accepted program returns.
struct program_run program_execute(const struct sock_filter *insns, size_t count,
                                   const struct seccomp_data *data, uint16_t *path);

// Exchanges the two halves of each 64-bit field in the loads of an accepted program, and back. What
// was made for a machine of the other byte order then reads here what it would read there.
void program_swap_halves(struct sock_filter *insns, size_t count);

#endif

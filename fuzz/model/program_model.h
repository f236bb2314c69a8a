// SPDX-License-Identifier: ISC
//
// program_model.h: classic BPF for seccomp, told a second time.
//
// Which programs the kernel takes: net/core/filter.c bpf_check_classic() and
// check_load_and_stores(), kernel/seccomp.c seccomp_check_filter(). What they return: the same
// files and kernel/bpf/core.c. Shares no code with src/policy.
#ifndef FUZZ_PROGRAM_MODEL_H
#define FUZZ_PROGRAM_MODEL_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROGRAM_INSNS = BPF_MAXINSNS + 8 };

// Would the kernel take it? `fault`, with room for each instruction, is told which of them could be
// the reason (all, when it is the number of them).
bool program_model_accept(const struct sock_filter *insns, size_t count, bool *fault);

// Makes every instruction one that the kernel takes, and changes none that it takes already.
void program_model_repair(struct sock_filter *insns, size_t count);

// Runs an accepted program. `path` has room for each instruction.
uint32_t program_model_run(const struct sock_filter *insns, size_t count,
                           const struct seccomp_data *data, uint16_t *path, size_t *steps);

// The rank of a result's action, 0 the most severe, as the kernel acts on it.
unsigned program_model_rank(uint32_t result);

// Does the program hold arithmetic of which a prover may say that it cannot follow it?
bool program_model_is_hard(const struct sock_filter *insns, size_t count);

#endif

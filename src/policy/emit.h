// SPDX-License-Identifier: ISC
//
// emit.h: our own code generator, for the policies that libseccomp cannot express.
//
// It favours being right over being short: a binary search by call number, then the conditions as
// they stand in the text, each 64-bit compare as two of 32 bits.
#ifndef POLICY_EMIT_H
#define POLICY_EMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "policy.h"
#include "program.h"

// Compiles a policy for one architecture (arch_count is 1) and without parameters. The
// instructions are in the policy's arena, in the byte order of this machine. False when they are
// more than the kernel takes (BPF_MAXINSNS); *needed then tells how many, or 0 when unknown.
bool emit_program(const struct policy *policy, struct program *program, size_t *needed);

#endif

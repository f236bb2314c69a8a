// SPDX-License-Identifier: ISC
//
// emit.h: our own code generator, for the policies that libseccomp cannot express, and for those
// whose program is to be short.
//
// A binary search by call number, then the conditions, each 64-bit compare as two of 32 bits; what
// several rules have in common at their ends is there once.
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

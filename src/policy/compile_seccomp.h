// SPDX-License-Identifier: ISC
//
// compile_seccomp.h: policies that libseccomp can express, compiled by it.
#ifndef POLICY_COMPILE_SECCOMP_H
#define POLICY_COMPILE_SECCOMP_H

#include <stdbool.h>

#include "policy.h"
#include "program.h"

// Compiles a policy (one architecture, no parameters), in a child of this process with a limit on
// its time. The instructions are in the policy's arena.
//
// False when libseccomp is not asked, refused, failed or took too long; *why then is a sentence
// that names the rule, its place, the reason and a way out. It is asked for policies with at most
// one rule a call, each a single conjunction with no argument twice, and only for the 64-bit
// little-endian architectures whose calls have no second way in (socketcall): there its rules mean
// what ours do.
bool compile_seccomp(const struct policy *policy, struct program *program, const char **why);

#endif

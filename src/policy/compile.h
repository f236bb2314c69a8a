// SPDX-License-Identifier: ISC
//
// compile.h: from a policy to a BPF program with holes for its parameters.
#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load.h"
#include "machine.h" // struct hole
#include "policy.h"
#include "program.h"

enum compiler {
    COMPILER_ANY,     // libseccomp where it can express the policy, else our own
    COMPILER_SECCOMP, // libseccomp or nothing
    COMPILER_OWN,     // our own generator (emit.h)
    COMPILER_BOTH,    // each or nothing; the shorter program is taken (compile_proven.h)
};

struct compiled {
    enum compiler by; // COMPILER_SECCOMP or COMPILER_OWN
    struct program program;
    struct hole *holes;
    size_t hole_count;
};

// Compiles a policy for one architecture (arch_count is 1). The result is in the policy's arena.
// The instructions are in this machine's byte order, whatever the architecture. False on failure,
// with one sentence in *why.
//
// Nothing is proven here: a program goes nowhere before somebody has.
bool compile_policy(const struct policy *policy, enum compiler compiler, struct compiled *compiled,
                    const char **why);

// Fills the holes in: `insns` has room for program.count instructions, `values` one value for each
// parameter, within its range.
void compile_fill(const struct compiled *compiled, const uint64_t *values,
                  struct sock_filter *insns);

#endif

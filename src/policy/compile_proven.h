// SPDX-License-Identifier: ISC
//
// compile_proven.h: programs that were proven to be the policy, and no others.
#ifndef POLICY_COMPILE_PROVEN_H
#define POLICY_COMPILE_PROVEN_H

#include "compile.h"
#include "verdict.h"

// What compile_policy() is; a test may give a worse one.
typedef bool compile_function(const struct policy *policy, enum compiler compiler,
                              struct compiled *compiled, const char **why);

enum attempt_end {
    ATTEMPT_NOT_MADE,
    ATTEMPT_NOT_BUILT, // `why` says why
    ATTEMPT_REFUSED,   // the kernel would not take it: `why`, at instruction `insn`
    ATTEMPT_REFUTED,   // it is not the policy: `verdict` has the witness, or why it is undecided
    ATTEMPT_PROVEN,
};

// One compiler's program, and what became of it.
struct attempt {
    enum attempt_end end;
    struct compiled compiled;
    struct program here; // the program as this machine would read it
    const char *why;
    size_t insn;
    struct verdict *verdict; // left is the program, right the policy; NULL where there is none
};

// Holds attempt->compiled against its policy (one architecture, parameters left open) for every
// input and every value of the parameters, and sets everything else. True when it is
// ATTEMPT_PROVEN.
bool attempt_prove(const struct policy *policy, struct attempt *attempt);

// With COMPILER_ANY libseccomp's program where there is one and it stands the proof, else our own.
// With COMPILER_BOTH both must, and the shorter is returned, libseccomp's when they are as long.
// attempts[0] is libseccomp's and attempts[1] our own. The one that is proven, or NULL. To be ended
// by attempts_free() in any case.
struct attempt *compile_proven(const struct policy *policy, enum compiler compiler,
                               compile_function *compile, struct attempt attempts[2]);
void attempts_free(struct attempt attempts[2]);

#endif

// SPDX-License-Identifier: ISC
//
// compile_proven.c: build, accept, prove, in this order; the next compiler where one of them fails.
#include "compile_proven.h"

#include <string.h>

#include "architecture.h"
#include "arena.h"

bool attempt_prove(const struct policy *policy, struct attempt *attempt)
{
    const struct compiled *compiled = &attempt->compiled;
    struct program_fault fault;
    size_t count = compiled->program.count;
    if (!program_accept(compiled->program.insns, count, &fault)) {
        attempt->end = ATTEMPT_REFUSED;
        attempt->why = fault.reason;
        attempt->insn = fault.index;
        return false;
    }
    struct sock_filter *insns = arena_alloc(policy->arena, count, sizeof(*insns));
    memcpy(insns, compiled->program.insns, count * sizeof(*insns));
    if (architecture_big_endian(policy->arch[0]) != architecture_big_endian(architecture_native()))
        program_swap_halves(insns, count);
    attempt->here = (struct program){insns, count};
    struct subject left = {.programs = &attempt->here,
                           .program_count = 1,
                           .holes = compiled->holes,
                           .hole_count = compiled->hole_count};
    struct subject right = {.policy = policy};
    attempt->verdict = verdict_prove(&left, &right, policy->arch[0], DIAGRAM_NODE_LIMIT);
    bool proven = attempt->verdict != NULL && attempt->verdict->relation == RELATION_EQUAL;
    attempt->end = proven ? ATTEMPT_PROVEN : ATTEMPT_REFUTED;
    return proven;
}

static bool make(const struct policy *policy, enum compiler compiler, compile_function *compile,
                 struct attempt *attempt)
{
    attempt->end = ATTEMPT_NOT_BUILT;
    return compile(policy, compiler, &attempt->compiled, &attempt->why) &&
           attempt_prove(policy, attempt);
}

static struct attempt *shorter(struct attempt attempts[2])
{
    bool own = attempts[1].compiled.program.count < attempts[0].compiled.program.count;
    return &attempts[own];
}

struct attempt *compile_proven(const struct policy *policy, enum compiler compiler,
                               compile_function *compile, struct attempt attempts[2])
{
    memset(attempts, 0, 2 * sizeof(*attempts));
    if (compiler == COMPILER_BOTH) {
        bool both = make(policy, COMPILER_SECCOMP, compile, &attempts[0]) &&
                    make(policy, COMPILER_OWN, compile, &attempts[1]);
        return both ? shorter(attempts) : NULL;
    }
    if (compiler != COMPILER_OWN && make(policy, COMPILER_SECCOMP, compile, &attempts[0]))
        return &attempts[0];
    if (compiler != COMPILER_SECCOMP && make(policy, COMPILER_OWN, compile, &attempts[1]))
        return &attempts[1];
    return NULL;
}

void attempts_free(struct attempt attempts[2])
{
    for (size_t i = 0; i < 2; i++)
        verdict_free(attempts[i].verdict);
}

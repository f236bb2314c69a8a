// SPDX-License-Identifier: ISC
//
// compile.c: chooses the compiler, and finds the holes.
//
// A policy with parameters is compiled twice, with different numbers in their places that occur
// nowhere else; where the two programs differ, there is a hole. Anything else that differs is an
// error, and so is a parameter without a hole.
#include "compile.h"

#include <string.h>

#include "arena.h"
#include "compile_seccomp.h"
#include "emit.h"
#include "variant.h"

// A number for parameter `index` whose halves belong to it alone, in pass 0 or 1. The pattern is
// one that no flag word or descriptor has.
static uint64_t placeholder(const struct param *param, size_t index, unsigned pass)
{
    uint32_t low = UINT32_C(0x5ec0a001) + ((uint32_t)index << 16) + (pass << 11);
    uint32_t high = param->bits == 64 ? low ^ UINT32_C(0x21000550) : 0;
    return (uint64_t)high << 32 | low;
}

static bool build(const struct policy *policy, enum compiler compiler, struct program *program,
                  const char **why)
{
    size_t needed;
    if (compiler == COMPILER_SECCOMP)
        return compile_seccomp(policy, program, why);
    if (emit_program(policy, program, &needed))
        return true;
    *why = arena_format(policy->arena,
                        "the program would have %zu instructions; the kernel takes 4096", needed);
    return false;
}

static bool build_pass(const struct policy *policy, enum compiler compiler, unsigned pass,
                       struct program *program, const char **why)
{
    uint64_t values[LOAD_PARAMS];
    for (size_t i = 0; i < policy->param_count; i++)
        values[i] = placeholder(&policy->params[i], i, pass);
    return build(policy_bind(policy, values), compiler, program, why);
}

// Finds the parameter whose half stood here in both passes.
static bool find_hole(const struct policy *policy, uint32_t first, uint32_t second,
                      struct hole *hole)
{
    for (size_t i = 0; i < policy->param_count; i++) {
        uint64_t a = placeholder(&policy->params[i], i, 0);
        uint64_t b = placeholder(&policy->params[i], i, 1);
        hole->param = i;
        hole->high = first == (uint32_t)(a >> 32) && second == (uint32_t)(b >> 32);
        if (hole->high || (first == (uint32_t)a && second == (uint32_t)b))
            return true;
    }
    return false;
}

static bool same_but_k(const struct sock_filter *a, const struct sock_filter *b)
{
    return a->code == b->code && a->jt == b->jt && a->jf == b->jf;
}

static bool find_holes(const struct policy *policy, const struct program *second,
                       struct compiled *compiled)
{
    const struct program *first = &compiled->program;
    if (first->count != second->count)
        return false;
    for (size_t i = 0; i < first->count; i++) {
        const struct sock_filter *a = &first->insns[i];
        const struct sock_filter *b = &second->insns[i];
        struct hole hole = {.insn = i};
        if (!same_but_k(a, b))
            return false;
        if (a->k == b->k)
            continue;
        if (!find_hole(policy, a->k, b->k, &hole))
            return false;
        compiled->holes = arena_room(policy->arena, compiled->holes, compiled->hole_count,
                                     sizeof(*compiled->holes));
        compiled->holes[compiled->hole_count++] = hole;
    }
    return true;
}

static bool expression_names(const struct expression *when, size_t param)
{
    for (size_t i = 0; i < when->count; i++)
        for (size_t j = 0; j < when->any[i].count; j++)
            if (when->any[i].atoms[j].param == (int)param)
                return true;
    return false;
}

// A policy for one architecture of several need not name every parameter.
static bool policy_names(const struct policy *policy, size_t param)
{
    for (size_t i = 0; i < policy->rule_count; i++)
        for (size_t j = 0; j < policy->rules[i].clause_count; j++)
            if (expression_names(&policy->rules[i].clauses[j].when, param))
                return true;
    return false;
}

static bool every_param_has_a_hole(const struct policy *policy, const struct compiled *compiled)
{
    for (size_t i = 0; i < policy->param_count; i++) {
        size_t hole = 0;
        while (hole < compiled->hole_count && compiled->holes[hole].param != i)
            hole++;
        if (hole == compiled->hole_count && policy_names(policy, i))
            return false;
    }
    return true;
}

static bool compile_by(const struct policy *policy, enum compiler compiler,
                       struct compiled *compiled, const char **why)
{
    struct program second = {0};
    *compiled = (struct compiled){.by = compiler};
    if (!build_pass(policy, compiler, 0, &compiled->program, why))
        return false;
    if (policy->param_count == 0)
        return true;
    if (!build_pass(policy, compiler, 1, &second, why))
        return false;
    *why = "the program's shape depends on the value of a parameter";
    return find_holes(policy, &second, compiled) && every_param_has_a_hole(policy, compiled);
}

bool compile_policy(const struct policy *policy, enum compiler compiler, struct compiled *compiled,
                    const char **why)
{
    if (compiler != COMPILER_OWN && compile_by(policy, COMPILER_SECCOMP, compiled, why))
        return true;
    if (compiler == COMPILER_SECCOMP)
        return false;
    return compile_by(policy, COMPILER_OWN, compiled, why);
}

void compile_fill(const struct compiled *compiled, const uint64_t *values,
                  struct sock_filter *insns)
{
    memcpy(insns, compiled->program.insns, compiled->program.count * sizeof(*insns));
    for (size_t i = 0; i < compiled->hole_count; i++) {
        const struct hole *hole = &compiled->holes[i];
        uint64_t value = values[hole->param];
        insns[hole->insn].k = (uint32_t)(hole->high ? value >> 32 : value);
    }
}

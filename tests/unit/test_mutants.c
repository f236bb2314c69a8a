// SPDX-License-Identifier: ISC
//
// test_mutants.c: the three shipped programs, with each instruction changed in each small way that
// there is. The prover calls every mutant different, with a witness that reproduces, or EQUAL, and
// then no input near the program's constants shows otherwise.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/architecture.h"
#include "policy/compile_proven.h"
#include "policy/evaluate.h"
#include "policy/variant.h"
#include "test_proof_random.h"

#define INPUTS_PER_MUTANT 1000

enum { LISTENER = 4242, MUTATIONS_MAX = 24 };

struct tally {
    size_t different;
    size_t equal;
    size_t refused; // by the kernel's rules
};

struct target {
    const struct policy *policy; // bound, for one architecture
    struct program program;
    struct pool pool;
};

// Every instruction that stands beside `insn` by one edit.
static size_t mutate(struct sock_filter insn, struct sock_filter *mutants)
{
    static const uint16_t jumps[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
    static const uint16_t operations[] = {BPF_AND, BPF_OR, BPF_XOR, BPF_ADD, BPF_SUB};
    size_t count = 0;
    const uint32_t constants[] = {insn.k + 1, insn.k - 1, insn.k ^ 0x80000000, insn.k + 4,
                                  insn.k - 4, ~insn.k,    insn.k ^ 0x00010000};
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        mutants[count] = insn;
        mutants[count++].k = constants[i];
    }
    for (int by = -1; by <= 1; by += 2) {
        mutants[count] = mutants[count + 1] = insn;
        mutants[count++].jt = (uint8_t)(insn.jt + by);
        mutants[count++].jf = (uint8_t)(insn.jf + by);
    }
    mutants[count] = insn;
    mutants[count].jt = insn.jf;
    mutants[count++].jf = insn.jt;
    bool jump = BPF_CLASS(insn.code) == BPF_JMP, compute = BPF_CLASS(insn.code) == BPF_ALU;
    for (size_t i = 0; jump && i < sizeof jumps / sizeof jumps[0]; i++) {
        mutants[count] = insn;
        mutants[count++].code = (uint16_t)(BPF_JMP | jumps[i] | BPF_SRC(insn.code));
    }
    for (size_t i = 0; compute && i < sizeof operations / sizeof operations[0]; i++) {
        mutants[count] = insn;
        mutants[count++].code = (uint16_t)(BPF_ALU | operations[i] | BPF_SRC(insn.code));
    }
    mutants[count] = insn;
    mutants[count++].code = BPF_LD | BPF_IMM;
    assert_true(count <= MUTATIONS_MAX);
    return count;
}

static void assert_reproduces(const struct target *target, const struct witness *witness)
{
    const struct seccomp_data *data = &witness->input.data;
    uint32_t ran = program_execute(target->program.insns, target->program.count, data, NULL).result;
    uint32_t said = policy_evaluate(target->policy, NULL, data, NULL, NULL);
    assert_int_not_equal(ran, said);
    assert_int_equal(ran, witness->by[0].result);
    assert_int_equal(said, witness->by[1].result);
    assert_int_equal(verdict_difference(ran, said), witness->difference);
}

static void assert_not_refuted(const struct target *target)
{
    for (size_t i = 0; i < INPUTS_PER_MUTANT; i++) {
        struct assignment input = random_input(&target->pool);
        uint32_t ran =
            program_execute(target->program.insns, target->program.count, &input.data, NULL).result;
        assert_int_equal(ran, policy_evaluate(target->policy, NULL, &input.data, NULL, NULL));
    }
}

static void judge(const struct target *target, struct tally *tally)
{
    if (!program_accept(target->program.insns, target->program.count, NULL)) {
        tally->refused++;
        return;
    }
    const struct subject left = {.programs = &target->program, .program_count = 1};
    const struct subject right = {.policy = target->policy};
    struct verdict *verdict =
        verdict_prove(&left, &right, target->policy->arch[0], DIAGRAM_NODE_LIMIT);
    assert_non_null(verdict);
    assert_int_not_equal(verdict->relation, RELATION_UNDECIDED);
    for (size_t i = 0; i < verdict->witness_count; i++)
        assert_reproduces(target, &verdict->witness[i]);
    if (verdict->relation == RELATION_EQUAL)
        assert_not_refuted(target);
    else
        assert_true(verdict->witness_count > 0);
    tally->equal += verdict->relation == RELATION_EQUAL;
    tally->different += verdict->relation != RELATION_EQUAL;
    verdict_free(verdict);
}

static void judge_mutants(struct target *target, struct tally *tally)
{
    for (size_t i = 0; i < target->program.count; i++) {
        struct sock_filter mutants[MUTATIONS_MAX];
        struct sock_filter *insn = &target->program.insns[i], original = *insn;
        size_t count = mutate(original, mutants);
        for (size_t j = 0; j < count; j++) {
            *insn = mutants[j];
            if (memcmp(insn, &original, sizeof original) != 0)
                judge(target, tally);
        }
        *insn = original;
    }
}

static struct policy *load(const char *name)
{
    char path[4096];
    struct diagnostics diagnostics;
    const struct load_options options = {0};
    const char *directory = getenv("POLICIES");
    assert_non_null(directory);
    snprintf(path, sizeof path, "%s/%s.policy", directory, name);
    diagnostics_create(&diagnostics);
    struct policy *policy = policy_load(path, &options, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    diagnostics_destroy(&diagnostics);
    assert_non_null(policy);
    return policy;
}

static void fill_pool(struct target *target)
{
    pool_start(&target->pool);
    for (size_t i = 0; i < target->program.count; i++)
        if (target->pool.count < 400)
            pool_add(&target->pool, target->program.insns[i].k);
}

// A policy's mutants for one architecture are at least ten for each instruction.
static void judge_policy(const char *name, const char *arch)
{
    struct tally tally = {0};
    struct attempt attempts[2];
    struct policy *policy = load(name);
    const uint64_t values[LOAD_PARAMS] = {LISTENER};
    assert_in_range(policy->param_count, 0, 1);
    struct target target = {
        .policy = policy_bind(policy_select_arch(policy, architecture_named(arch)->token), values)};
    struct attempt *good = compile_proven(target.policy, COMPILER_ANY, compile_policy, attempts);
    assert_non_null(good);
    target.program = good->compiled.program;
    fill_pool(&target);
    random_seed(51);
    assert_not_refuted(&target);
    judge_mutants(&target, &tally);
    assert_true(tally.different + tally.equal + tally.refused > 10 * target.program.count);
    assert_true(tally.different > tally.equal);
    attempts_free(attempts);
    policy_free(policy);
}

static void no_mutant_of_the_session_program_is_missed(void **state)
{
    (void)state;
    judge_policy("session", "x86_64");
    judge_policy("session", "aarch64");
}

static void no_mutant_of_the_session_trace_program_is_missed(void **state)
{
    (void)state;
    judge_policy("session-trace", "x86_64");
    judge_policy("session-trace", "aarch64");
}

static void no_mutant_of_the_listener_program_is_missed(void **state)
{
    (void)state;
    judge_policy("listener", "x86_64");
    judge_policy("listener", "aarch64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_mutant_of_the_session_program_is_missed),
        cmocka_unit_test(no_mutant_of_the_session_trace_program_is_missed),
        cmocka_unit_test(no_mutant_of_the_listener_program_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

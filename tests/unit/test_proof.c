// SPDX-License-Identifier: ISC
//
// test_proof.c: the prover against plain interpretation, on random programs and policies.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#include "policy/evaluate.h"
#include "policy/verdict.h"
#include "test_proof_generator.h"
#include "test_proof_random.h"

#define SMALL_LIMIT ((size_t)30000) // nodes: what does not fit is undecided and soon so
#define FAIR_LIMIT  ((size_t)2000000)

struct tally {
    size_t pairs;
    size_t undecided;
    size_t equal;
    size_t different;
};

static void compare_program(const struct program *program, const struct pool *pool,
                            struct tally *tally)
{
    struct subject subject = {.programs = program, .program_count = 1};
    struct proof *proof = proof_begin(&subject, NULL, NULL, SMALL_LIMIT);
    assert_non_null(proof);
    assert_true(program_accept(program->insns, program->count, NULL));
    tally->undecided += proof->reason != NULL;
    for (size_t i = 0; proof->reason == NULL && i < 100; i++) {
        struct assignment input = random_input(pool);
        uint32_t ran = program_execute(program->insns, program->count, &input.data, NULL).result;
        assert_int_equal(inputs_evaluate(&proof->inputs, proof->space, proof->function[0], &input),
                         ran);
        tally->pairs++;
    }
    proof_end(proof);
}

static void every_decided_program_is_its_diagram(void **state)
{
    (void)state;
    struct tally tally = {0};
    random_seed(1);
    for (size_t round = 0; round < 1500; round++) {
        struct pool pool;
        struct sock_filter insns[48];
        pool_start(&pool);
        struct program program = random_program(insns, 8 + round % 40, round % 3 == 0, &pool);
        compare_program(&program, &pool, &tally);
    }
    assert_true(tally.pairs > 100000);
    assert_true(tally.undecided < 300);
}

static uint32_t evaluate(const struct policy *policy, const struct proof *proof,
                         const uint64_t *values, struct assignment *input)
{
    for (size_t i = 0; i < policy->param_count; i++)
        input->params[proof->semantics[0].param[i]] = values[i];
    const struct rule *rule;
    const struct clause *clause;
    return policy_evaluate(policy, values, &input->data, &rule, &clause);
}

static void every_decided_policy_is_its_diagram(void **state)
{
    (void)state;
    struct tally tally = {0};
    random_seed(2);
    for (size_t round = 0; round < 1000; round++) {
        struct pool pool;
        pool_start(&pool);
        const struct policy *policy = random_policy(&pool);
        struct subject subject = {.policy = policy};
        struct proof *proof = proof_begin(&subject, NULL, NULL, SMALL_LIMIT);
        assert_non_null(proof);
        tally.undecided += proof->reason != NULL;
        for (size_t i = 0; proof->reason == NULL && i < 100; i++) {
            struct assignment input = random_input(&pool);
            uint64_t values[8];
            random_params(policy, &pool, values);
            uint32_t expected = evaluate(policy, proof, values, &input);
            assert_int_equal(
                inputs_evaluate(&proof->inputs, proof->space, proof->function[0], &input),
                expected);
            tally.pairs++;
        }
        proof_end(proof);
    }
    assert_true(tally.pairs > 90000);
    assert_true(tally.undecided < 50);
}

static void a_faithful_program_is_equal_for_all_parameters(void **state)
{
    (void)state;
    static struct generated generated;
    size_t holes = 0, decided = 0;
    random_seed(3);
    for (size_t round = 0; round < 600; round++) {
        struct pool pool;
        pool_start(&pool);
        const struct policy *policy = random_policy(&pool);
        generate_program(policy, &generated);
        struct subject text = {.policy = policy};
        struct subject built = {.programs = &generated.program,
                                .program_count = 1,
                                .holes = generated.holes,
                                .hole_count = generated.hole_count};
        struct verdict *verdict = verdict_prove(&text, &built, 0, FAIR_LIMIT);
        assert_non_null(verdict);
        if (verdict->relation != RELATION_UNDECIDED) {
            assert_int_equal(verdict->relation, RELATION_EQUAL);
            decided++;
            holes += generated.hole_count;
        }
        verdict_free(verdict);
    }
    assert_true(decided > 590);
    assert_true(holes > 500);
}

// One edit of one instruction that the kernel still accepts.
static void mutate(struct program *program)
{
    struct sock_filter *insn, kept;
    do {
        insn = &program->insns[random_below((uint32_t)program->count)];
        kept = *insn;
        switch (random_below(5)) {
        case 0: insn->k ^= 1u << random_below(32); break;
        case 1: insn->k = random_below(8); break;
        case 2: insn->jt = (uint8_t)random_below(6); break;
        case 3: insn->jf = (uint8_t)random_below(6); break;
        default: insn->code ^= (uint16_t)(1u << random_below(8));
        }
        if (memcmp(&kept, insn, sizeof kept) != 0 &&
            program_accept(program->insns, program->count, NULL))
            return;
        *insn = kept;
    } while (true);
}

static bool sampling_refutes(const struct program *one, const struct program *other,
                             const struct pool *pool)
{
    for (size_t i = 0; i < 200; i++) {
        struct assignment input = random_input(pool);
        if (program_execute(one->insns, one->count, &input.data, NULL).result !=
            program_execute(other->insns, other->count, &input.data, NULL).result)
            return true;
    }
    return false;
}

// Runs the witnesses again, here and by hand, and sees that they are what the verdict says.
static void check_witnesses(const struct verdict *verdict, const struct program *one,
                            const struct program *other)
{
    assert_true(verdict->witness_count > 0);
    for (size_t i = 0; i < verdict->witness_count; i++) {
        const struct witness *witness = &verdict->witness[i];
        uint16_t path[BPF_MAXINSNS];
        const struct seccomp_data *data = &witness->input.data;
        uint32_t left = program_execute(one->insns, one->count, data, path).result;
        uint32_t right = program_execute(other->insns, other->count, data, NULL).result;
        assert_int_not_equal(left, right);
        assert_int_equal(witness->by[0].result, left);
        assert_int_equal(witness->by[1].result, right);
        assert_int_equal(verdict_difference(left, right), witness->difference);
        assert_memory_equal(path, witness->by[0].path, witness->by[0].steps * sizeof path[0]);
    }
}

static void judge_mutant(const struct program *one, const struct program *other,
                         const struct pool *pool, struct tally *tally)
{
    struct subject left = {.programs = one, .program_count = 1};
    struct subject right = {.programs = other, .program_count = 1};
    struct verdict *verdict = verdict_prove(&left, &right, AUDIT_ARCH_X86_64, SMALL_LIMIT);
    assert_non_null(verdict);
    if (verdict->relation == RELATION_UNDECIDED) {
        assert_non_null(verdict->reason);
        tally->undecided++;
    } else if (verdict->relation == RELATION_EQUAL) {
        assert_false(sampling_refutes(one, other, pool));
        tally->equal++;
    } else {
        check_witnesses(verdict, one, other);
        tally->different++;
    }
    verdict_free(verdict);
}

static void each_mutant_differs_by_its_witness_or_is_never_refuted(void **state)
{
    (void)state;
    static struct generated generated;
    struct sock_filter copy[BPF_MAXINSNS], small[40];
    struct tally tally = {0};
    random_seed(4);
    for (size_t round = 0; round < 1200; round++) {
        struct pool pool;
        pool_start(&pool);
        struct program program;
        if (round % 2) {
            program = random_program(small, 8 + round % 30, round % 5 == 0, &pool);
        } else {
            generate_program(random_policy(&pool), &generated);
            program = generated.program;
        }
        memcpy(copy, program.insns, program.count * sizeof copy[0]);
        struct program mutant = {.insns = copy, .count = program.count};
        mutate(&mutant);
        judge_mutant(&program, &mutant, &pool, &tally);
    }
    assert_true(tally.different > 200);
    assert_true(tally.equal > 100);
    assert_true(tally.undecided < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_decided_program_is_its_diagram),
        cmocka_unit_test(every_decided_policy_is_its_diagram),
        cmocka_unit_test(a_faithful_program_is_equal_for_all_parameters),
        cmocka_unit_test(each_mutant_differs_by_its_witness_or_is_never_refuted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

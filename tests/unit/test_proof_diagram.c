// SPDX-License-Identifier: ISC
//
// test_proof_diagram.c: what the prover rests on: one node for one function, work that does not
// grow with the number of paths, and limits that end in UNDECIDED.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#include "policy/diagram_bits.h"
#include "policy/verdict.h"
#include "test_proof_random.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define TABLE_BITS 6
#define TABLE      (1u << TABLE_BITS)

// From a table of all values, in whatever order the rows are taken.
static diagram from_table(struct diagram_space *space, const uint32_t *table, uint32_t start)
{
    diagram function = diagram_leaf(space, table[start]);
    for (uint32_t i = 1; i < TABLE; i++) {
        uint32_t row = (start + i * 37) % TABLE;
        diagram here = DIAGRAM_TRUE;
        for (uint32_t bit = 0; bit < TABLE_BITS; bit++) {
            diagram set = diagram_bit(space, bit * 3);
            here = diagram_and(space, here, row >> bit & 1 ? set : diagram_not(space, set));
        }
        function = diagram_choose(space, here, diagram_leaf(space, table[row]), function);
    }
    return function;
}

static void equal_functions_are_the_same_node(void **state)
{
    (void)state;
    struct diagram_space *space = diagram_space_new(1000000);
    random_seed(11);
    for (size_t round = 0; round < 200; round++) {
        uint32_t table[TABLE];
        for (size_t i = 0; i < TABLE; i++)
            table[i] = random_below(3);
        diagram one = from_table(space, table, random_below(TABLE));
        assert_int_equal(from_table(space, table, random_below(TABLE)), one);
        table[random_below(TABLE)] += 1;
        assert_int_not_equal(from_table(space, table, random_below(TABLE)), one);
    }
    assert_false(diagram_exhausted(space));
    diagram_space_free(space);
}

static struct diagram_space *plain_space(struct inputs *inputs, size_t limit)
{
    memset(inputs, 0, sizeof *inputs);
    inputs_arrange(inputs);
    return diagram_space_new(limit);
}

static void laws_of_arithmetic_hold_as_node_identity(void **state)
{
    (void)state;
    static struct inputs inputs;
    struct diagram_space *space = plain_space(&inputs, 1000000);
    struct bits a = bits_input(space, &inputs, INPUT_ARG, 0, 64);
    random_seed(12);
    for (size_t round = 0; round < 20; round++) {
        uint64_t value = (uint64_t)random_u32() << 32 | random_u32();
        struct bits k = bits_constant(64, value), next = bits_constant(64, value + 1);
        struct bits sum = bits_add(space, &a, &k), back = bits_subtract(space, &sum, &k);
        assert_memory_equal(&back, &a, sizeof a);
        struct bits inverted = bits_not(space, &a), all = bits_constant(64, UINT64_MAX);
        struct bits minus = bits_subtract(space, &all, &a);
        assert_memory_equal(&minus, &inverted, sizeof minus);
        diagram at_most = diagram_not(space, bits_less(space, &k, &a));
        assert_int_equal(at_most, bits_less(space, &a, &next));
        struct bits difference = bits_xor(space, &a, &k);
        assert_int_equal(diagram_not(space, bits_any(space, &difference)),
                         bits_equal(space, &a, &k));
    }
    assert_false(diagram_exhausted(space));
    diagram_space_free(space);
}

static void quantifying_is_by_the_levels_named(void **state)
{
    (void)state;
    struct diagram_space *space = diagram_space_new(1000);
    diagram f = diagram_or(space, diagram_bit(space, 0), diagram_bit(space, 1));
    const bool first[] = {true, false}, second[] = {false, true}, both[] = {true, true};
    assert_int_equal(diagram_for_all(space, f, first), diagram_bit(space, 1));
    assert_int_equal(diagram_for_all(space, f, second), diagram_bit(space, 0));
    assert_int_equal(diagram_for_all(space, f, both), DIAGRAM_FALSE);
    diagram_space_free(space);
}

// 40 forks one after the other, each of which leaves a bit in what is carried on.
static size_t forked_program(struct sock_filter *insns, bool carry, uint32_t expected)
{
    size_t n = 0;
    insns[n++] = (struct sock_filter)BPF_STMT(BPF_ST, 0);
    for (uint32_t i = 0; i < 40; i++) {
        insns[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16 + 4 * (i / 8));
        insns[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1u << i % 32, 0, 3);
        insns[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_MEM, 0);
        insns[n++] = (struct sock_filter)BPF_STMT(
            (uint16_t)(BPF_ALU | (carry ? BPF_OR : BPF_AND) | BPF_K), carry ? 1u << i % 31 : 0);
        insns[n++] = (struct sock_filter)BPF_STMT(BPF_ST, 0);
    }
    insns[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_MEM, 0);
    insns[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, expected, 0, 1);
    insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    return n;
}

static struct verdict *compare(struct sock_filter *one, size_t one_count, struct sock_filter *other,
                               size_t other_count, size_t limit)
{
    struct program programs[] = {{one, one_count}, {other, other_count}};
    struct subject left = {.programs = &programs[0], .program_count = 1};
    struct subject right = {.programs = &programs[1], .program_count = 1};
    struct verdict *verdict = verdict_prove(&left, &right, AUDIT_ARCH_X86_64, limit);
    assert_non_null(verdict);
    return verdict;
}

static void the_number_of_paths_does_not_matter(void **state)
{
    (void)state;
    for (int carry = 0; carry < 2; carry++) {
        struct sock_filter one[256], other[256];
        size_t count = forked_program(one, carry, carry ? 5 : 0);
        forked_program(other, carry, carry ? 5 : 0);
        struct verdict *verdict = compare(one, count, other, count, 20000);
        assert_int_equal(verdict->relation, RELATION_EQUAL);
        verdict_free(verdict);
        forked_program(other, carry, 1u << 30);
        verdict = compare(one, count, other, count, 50000);
        assert_int_not_equal(verdict->relation, RELATION_EQUAL);
        assert_int_not_equal(verdict->relation, RELATION_UNDECIDED);
        verdict_free(verdict);
    }
}

static void a_limit_gives_undecided_at_every_size(void **state)
{
    (void)state;
    struct sock_filter one[256], other[256];
    size_t count = forked_program(one, true, 5), decided = 0;
    forked_program(other, true, 7);
    for (size_t limit = 1; limit < 40000; limit += 1 + limit / 20) {
        struct verdict *verdict = compare(one, count, other, count, limit);
        assert_int_not_equal(verdict->relation, RELATION_EQUAL);
        if (verdict->relation == RELATION_UNDECIDED) {
            assert_non_null(verdict->reason);
            assert_int_equal(verdict->witness_count, 0);
        }
        decided += verdict->relation != RELATION_UNDECIDED;
        verdict_free(verdict);
    }
    assert_true(decided > 0);
}

static void what_cannot_be_decided_names_its_instruction(void **state)
{
    (void)state;
    struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16), BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_X, 0), BPF_STMT(BPF_RET | BPF_A, 0)};
    static const uint16_t operations[] = {BPF_MUL, BPF_DIV, BPF_LSH, BPF_RSH};
    for (size_t i = 0; i < COUNT(operations); i++) {
        insns[2].code = (uint16_t)(BPF_ALU | operations[i] | BPF_X);
        struct verdict *verdict = compare(insns, COUNT(insns), insns, COUNT(insns), 100000);
        assert_int_equal(verdict->relation, RELATION_UNDECIDED);
        assert_int_equal(verdict->insn, 2);
        assert_int_equal(verdict->culprit, 0);
        verdict_free(verdict);
    }
}

static void a_program_that_the_kernel_refuses_is_undecided(void **state)
{
    (void)state;
    struct sock_filter insns[] = {BPF_STMT(BPF_LD | BPF_MEM, 0), BPF_STMT(BPF_RET | BPF_A, 0)};
    struct verdict *verdict = compare(insns, COUNT(insns), insns, COUNT(insns), 100000);
    assert_int_equal(verdict->relation, RELATION_UNDECIDED);
    assert_int_equal(verdict->insn, 0);
    verdict_free(verdict);
}

static void which_instructions_run_is_known_exactly(void **state)
{
    (void)state;
    static struct inputs inputs;
    struct diagram_space *space = plain_space(&inputs, 100000);
    struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 10, 0, 1),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 8, 1, 0), // always, after at least 10
        BPF_STMT(BPF_RET | BPF_K, 1), BPF_STMT(BPF_RET | BPF_K, 2)};
    insns[1].jf = 2;
    struct program program = {insns, COUNT(insns)};
    bool reached[COUNT(insns)];
    struct machine_result result = machine_run(space, &inputs, &program, NULL, 0, reached);
    const bool expected[] = {true, true, true, false, true};
    assert_memory_equal(reached, expected, sizeof expected);
    assert_int_equal(result.function, diagram_leaf(space, 2));
    diagram_space_free(space);
}

static void a_parameter_is_small_beside_its_arguments(void **state)
{
    (void)state;
    static struct inputs inputs;
    memset(&inputs, 0, sizeof inputs);
    inputs.param_count = 2;
    inputs.params[0] = (struct input_param){"p", 64, 1 | 4, 0, UINT64_MAX};
    inputs.params[1] = (struct input_param){"q", 32, 2, 0, UINT32_MAX};
    inputs_arrange(&inputs);
    struct diagram_space *space = diagram_space_new(20000);
    struct bits p = bits_input(space, &inputs, INPUT_PARAM, 0, 64);
    struct bits q = bits_input(space, &inputs, INPUT_PARAM + 1, 0, 64);
    diagram all = DIAGRAM_TRUE;
    for (unsigned arg = 0; arg < 3; arg++) {
        struct bits a = bits_input(space, &inputs, INPUT_ARG + arg, 0, 64);
        all = diagram_and(space, all, bits_less(space, &a, arg == 1 ? &q : &p));
    }
    assert_false(diagram_exhausted(space));
    assert_int_not_equal(all, DIAGRAM_FALSE);
    diagram_space_free(space);
}

static void each_bit_has_one_level(void **state)
{
    (void)state;
    static struct inputs inputs;
    random_seed(13);
    for (size_t round = 0; round < 200; round++) {
        memset(&inputs, 0, sizeof inputs);
        inputs.param_count = random_below(6);
        uint32_t bits = 512;
        for (size_t i = 0; i < inputs.param_count; i++) {
            uint8_t width = random_below(2) ? 32 : 64;
            inputs.params[i] = (struct input_param){"p", width, (uint8_t)random_below(64), 0, 1};
            bits += width;
        }
        inputs_arrange(&inputs);
        assert_int_equal(inputs.level_count, bits);
        for (uint32_t level = 0; level < bits; level++)
            assert_int_equal(inputs.level[inputs.input_at[level]][inputs.bit_at[level]], level);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_functions_are_the_same_node),
        cmocka_unit_test(laws_of_arithmetic_hold_as_node_identity),
        cmocka_unit_test(quantifying_is_by_the_levels_named),
        cmocka_unit_test(the_number_of_paths_does_not_matter),
        cmocka_unit_test(a_limit_gives_undecided_at_every_size),
        cmocka_unit_test(what_cannot_be_decided_names_its_instruction),
        cmocka_unit_test(a_program_that_the_kernel_refuses_is_undecided),
        cmocka_unit_test(which_instructions_run_is_known_exactly),
        cmocka_unit_test(a_parameter_is_small_beside_its_arguments),
        cmocka_unit_test(each_bit_has_one_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: ISC
//
// test_proof_nearest.c: parameters of programs that are not quite their policy; the values of a
// diagram; programs for the other byte order; what a listing knows of the accumulator.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/audit.h>
#include <string.h>

#include "policy/diagram.h"
#include "policy/disasm_context.h"
#include "policy/load.h"
#include "policy/verdict_nearest.h"
#include "policy/verdict_params.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define LIMIT        ((size_t)1000000)

static struct policy *load(const char *text)
{
    struct diagnostics diagnostics;
    const struct load_options options = {.arch = AUDIT_ARCH_X86_64};
    diagnostics_create(&diagnostics);
    struct policy *policy = policy_load_text("test", text, strlen(text), &options, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    diagnostics_destroy(&diagnostics);
    assert_non_null(policy);
    return policy;
}

// kill: arg0 == `pid` and, unless `any`, arg1 == 10. With `extra` that call too.
static struct program program_for(struct sock_filter *insns, uint32_t pid, bool any, uint32_t extra)
{
    const struct sock_filter text[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 12),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, extra, 11, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 62, 0, 9),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 20),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 7),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, pid, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 28),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, any ? 4 : 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 24),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 10, 2, any ? 2 : 1),
        BPF_STMT(BPF_JMP | BPF_JA, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    memcpy(insns, text, sizeof text);
    assert_true(program_accept(insns, COUNT(text), NULL));
    return (struct program){insns, COUNT(text)};
}

static void the_nearest_values_are_those_of_the_rule_that_still_holds(void **state)
{
    (void)state;
    struct policy *policy = load("@arch x86_64\n@default kill\n@param $p: u32 in 1..99999\n"
                                 "kill: arg0 == $p && arg1 == 10\n");
    const struct subject left = {.policy = policy};
    for (int any = 0; any < 2; any++)
        for (uint32_t pid = 5; pid < 50000; pid += 12345) {
            struct sock_filter insns[32];
            struct program program = program_for(insns, pid, any, 1);
            const struct subject right = {.programs = &program, .program_count = 1};
            uint64_t values[LOAD_PARAMS] = {0};
            assert_int_equal(verdict_recover(&left, &right, values, LIMIT), RECOVERY_NONE);
            assert_true(verdict_nearest(&left, &right, values, LIMIT));
            assert_int_equal(values[0], pid);
        }
    policy_free(policy);
}

static void no_nearest_value_is_made_up(void **state)
{
    (void)state;
    struct policy *policy = load("@arch x86_64\n@default kill\n@param $p: u32 in 1..9\n"
                                 "kill: { arg0 == $p; return EIO, arg0 == 77; allow, kill }\n");
    struct sock_filter insns[32];
    struct program program = program_for(insns, 78, false, 1);
    const struct subject left = {.policy = policy};
    const struct subject right = {.programs = &program, .program_count = 1};
    uint64_t values[LOAD_PARAMS];
    assert_false(verdict_nearest(&left, &right, values, LIMIT));
    assert_false(verdict_nearest(&left, &right, values, 20)); // nothing can be decided
    policy_free(policy);
}

static void a_diagram_lists_each_value_once_in_order(void **state)
{
    (void)state;
    struct diagram_space *space = diagram_space_new(1000);
    diagram f = diagram_leaf(space, 7);
    const uint32_t values[] = {900, 3, 7, 900, 12};
    for (uint32_t level = 0; level < COUNT(values); level++)
        f = diagram_choose(space, diagram_bit(space, 10 - level),
                           diagram_leaf(space, values[level]), f);
    uint32_t found[8];
    size_t count;
    assert_true(diagram_values(space, f, found, 8, &count));
    assert_int_equal(count, 4);
    const uint32_t expected[] = {3, 7, 12, 900};
    assert_memory_equal(found, expected, sizeof expected);
    assert_true(diagram_values(space, f, found, 4, &count));
    assert_false(diagram_values(space, f, found, 3, &count));
    assert_false(diagram_values(space, DIAGRAM_UNDECIDED, found, 8, &count));
    diagram_space_free(space);
}

static void swapping_halves_reads_what_the_other_byte_order_reads(void **state)
{
    (void)state;
    struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 8),  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 60), BPF_STMT(BPF_LD | BPF_IMM, 16),
        BPF_STMT(BPF_RET | BPF_K, 16)};
    const uint32_t expected[] = {0, 4, 12, 20, 56, 16, 16};
    program_swap_halves(insns, COUNT(insns));
    for (size_t i = 0; i < COUNT(insns); i++)
        assert_int_equal(insns[i].k, expected[i]);
}

static void a_listing_knows_where_numbers_are_compared(void **state)
{
    (void)state;
    struct sock_filter insns[32];
    struct program program = program_for(insns, 4, false, 1);
    for (size_t i = 0; i < program.count; i++) {
        bool is_number = i >= 3 && i <= 5; // before the load at 5 it is still there
        assert_int_equal(disasm_number_arch(&program, i), is_number ? AUDIT_ARCH_X86_64 : 0);
    }
    insns[1].jf = insns[1].jt; // now any architecture gets there
    assert_int_equal(disasm_number_arch(&program, 3), 0);
    struct sock_filter two[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_AARCH64, 0, 1),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct program either = {two, COUNT(two)};
    assert_int_equal(disasm_number_arch(&either, 4), 0); // the number of one or the other
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_values_are_those_of_the_rule_that_still_holds),
        cmocka_unit_test(no_nearest_value_is_made_up),
        cmocka_unit_test(a_diagram_lists_each_value_once_in_order),
        cmocka_unit_test(swapping_halves_reads_what_the_other_byte_order_reads),
        cmocka_unit_test(a_listing_knows_where_numbers_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: ISC
//
// test_policy_compile.c: what comes out of either compiler does what the tree says.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "architecture.h"
#include "boundary.h"
#include "compile.h"
#include "evaluate.h"
#include "load.h"
#include "syscalls.h"
#include "test_policy_random.h"
#include "variant.h"

static const char *const both[] = {"x86_64", "aarch64"};

static struct policy *load(const char *text)
{
    struct diagnostics diagnostics;
    struct load_options options = {.arch = architecture_named("x86_64")->token};
    diagnostics_create(&diagnostics);
    struct policy *policy = policy_load_text("test", text, strlen(text), &options, &diagnostics);
    diagnostics_destroy(&diagnostics);
    return policy;
}

static const struct policy *select_arch(const struct policy *policy, const char *arch)
{
    const struct policy *selected = policy_select_arch(policy, architecture_named(arch)->token);
    assert_non_null(selected);
    return selected;
}

static void assert_compiles(const struct policy *policy, enum compiler compiler,
                            struct compiled *compiled)
{
    struct program_fault fault;
    struct boundary_difference difference;
    const char *why = "";
    if (!compile_policy(policy, compiler, compiled, &why))
        fail_msg("%s", why);
    assert_int_equal(compiled->by, compiler);
    assert_true(program_accept(compiled->program.insns, compiled->program.count, &fault));
    if (boundary_agrees(policy, compiled, &difference))
        return;
    fail_msg("%s: call %d on 0x%08x, args %llx %llx %llx: policy 0x%08x, program 0x%08x",
             policy->text, difference.data.nr, difference.data.arch,
             (unsigned long long)difference.data.args[0],
             (unsigned long long)difference.data.args[1],
             (unsigned long long)difference.data.args[2], difference.expected, difference.actual);
}

static void compile_random(size_t count, int simple, enum compiler compiler)
{
    uint64_t seed = 0x1234567;
    for (size_t i = 0; i < count; i++) {
        struct compiled compiled;
        char *text = random_policy(&seed, simple);
        struct policy *policy = load(text);
        assert_non_null(policy);
        for (size_t arch = 0; arch < 2; arch++)
            assert_compiles(select_arch(policy, both[arch]), compiler, &compiled);
        policy_free(policy);
        free(text);
    }
}

static void own_compiler_does_what_random_policies_say(void **state)
{
    (void)state;
    compile_random(60, 0, COMPILER_OWN);
}

static void both_compilers_do_what_simple_policies_say(void **state)
{
    (void)state;
    compile_random(20, 1, COMPILER_SECCOMP);
    compile_random(20, 1, COMPILER_OWN);
}

static void every_architecture_compiles(void **state)
{
    (void)state;
    for (size_t i = 0; architecture_at(i) != NULL; i++) {
        struct compiled compiled;
        char text[512];
        // What needs more than 32 bits is never true where registers have no more.
        bool wide = architecture_wide(architecture_at(i)->token);
        snprintf(text, sizeof(text),
                 "@arch %s\n@default kill\n@badarch trap\n"
                 "write: arg0 == 1 && arg1 > %s || arg2:u32 <= 7 || arg3 & ~0xf == 0x20\n"
                 "read: arg0 == %s || arg0 in 0xf000000f && arg1 != 3\nexit: allow\n",
                 architecture_at(i)->name, wide ? "0x500000003" : "0x3",
                 wide ? "0x100000000" : "0x80000000");
        struct policy *policy = load(text);
        assert_non_null(policy);
        assert_compiles(select_arch(policy, architecture_at(i)->name), COMPILER_OWN, &compiled);
        policy_free(policy);
    }
}

static void holes_are_the_halves_of_the_parameters(void **state)
{
    (void)state;
    struct policy *policy = load("@arch x86_64, aarch64\n@default kill\n"
                                 "@param $a: u32 in 1..9\n@param $b: u64 in 0..0xffffffffffff\n"
                                 "kill: arg0 == $a && arg1 == 10\nread: arg0 <= $b\n");
    assert_non_null(policy);
    for (size_t i = 0; i < 4; i++) {
        struct compiled compiled;
        size_t halves[2][2] = {{0}};
        assert_compiles(select_arch(policy, both[i % 2]), i < 2 ? COMPILER_OWN : COMPILER_SECCOMP,
                        &compiled);
        for (size_t hole = 0; hole < compiled.hole_count; hole++)
            halves[compiled.holes[hole].param][compiled.holes[hole].high]++;
        assert_int_equal(halves[0][0], 1);
        assert_int_equal(halves[0][1], 0); // the upper half of a u32 is the constant 0
        assert_true(halves[1][0] >= 1);
        assert_true(halves[1][1] >= 1);
    }
    policy_free(policy);
}

static void a_parameter_for_one_architecture_needs_no_hole_on_the_other(void **state)
{
    (void)state;
    struct compiled compiled;
    struct policy *policy = load("@arch x86_64, aarch64\n@default kill\n@param $a: u32 in 1..9\n"
                                 "kill[arch=x86_64]: arg0 == $a\nread: allow\n");
    assert_non_null(policy);
    assert_compiles(select_arch(policy, "aarch64"), COMPILER_OWN, &compiled);
    assert_int_equal(compiled.hole_count, 0);
    policy_free(policy);
}

// Every call of the architecture, and one of them with hundreds of alternatives.
static char *large_policy(size_t alternatives)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    const struct syscall_table *table = syscalls_of(architecture_named("x86_64")->token);
    assert_non_null(stream);
    fputs("@default kill\n", stream);
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->entries[i].name, "ioctl") != 0)
            fprintf(stream, "%s: arg%zu == %zu\n", table->entries[i].name, i % 6, i);
    }
    fputs("ioctl: arg1 == 1", stream);
    for (size_t i = 0; i < alternatives; i++)
        fprintf(stream, " || \\\n arg1 == 0x%zx", 0x5400 + 2 * i);
    fputs("\n", stream);
    fclose(stream);
    return text;
}

static void far_targets_are_reached(void **state)
{
    (void)state;
    struct compiled compiled;
    char *text = large_policy(300);
    struct policy *policy = load(text);
    assert_non_null(policy);
    assert_compiles(select_arch(policy, "x86_64"), COMPILER_OWN, &compiled);
    assert_true(compiled.program.count > 2000);
    policy_free(policy);
    free(text);
}

static void a_program_too_long_for_the_kernel_is_refused(void **state)
{
    (void)state;
    struct compiled compiled;
    const char *why = NULL;
    char *text = large_policy(1000);
    struct policy *policy = load(text);
    assert_non_null(policy);
    assert_false(compile_policy(select_arch(policy, "x86_64"), COMPILER_ANY, &compiled, &why));
    assert_non_null(strstr(why, "4096"));
    policy_free(policy);
    free(text);
}

// The guard of all tests above: a program with one wrong action is told from its policy.
static void a_wrong_action_anywhere_is_noticed(void **state)
{
    (void)state;
    struct policy *policy = load("@default kill\nread: arg0 == 3 && arg1 > 0x200000001\n"
                                 "write: { arg0:u32 == 1; log, arg2 & 6; trap, return EPERM }\n");
    assert_non_null(policy);
    struct compiled compiled;
    size_t returns = 0;
    assert_compiles(select_arch(policy, "x86_64"), COMPILER_OWN, &compiled);
    for (size_t i = 0; i < compiled.program.count; i++) {
        struct sock_filter *insn = &compiled.program.insns[i];
        struct boundary_difference difference;
        if (insn->code != (BPF_RET | BPF_K))
            continue;
        insn->k ^= 0x00010000;
        assert_false(boundary_agrees(policy, &compiled, &difference));
        assert_int_not_equal(difference.expected, difference.actual);
        insn->k ^= 0x00010000;
        returns++;
    }
    assert_int_equal(returns, 5); // kill, allow, log, trap, return EPERM
    policy_free(policy);
}

static void libseccomp_is_not_given_what_it_cannot_express(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "read: arg0 == 1 || arg1 == 2",
        "read: arg0 > 1 && arg0 < 5",
        "read: arg0:u32 < 5",
        "read: arg0 & 6",
        "read: { arg0 == 1; log, allow }",
        "read: arg0 == 1; trap",
    };
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct compiled compiled;
        const char *why;
        char text[128];
        snprintf(text, sizeof(text), "@default kill\n%s\n", rules[i]);
        struct policy *policy = load(text);
        assert_non_null(policy);
        assert_false(compile_policy(policy, COMPILER_SECCOMP, &compiled, &why));
        assert_non_null(strstr(why, "read at "));
        assert_true(compile_policy(policy, COMPILER_ANY, &compiled, &why));
        assert_int_equal(compiled.by, COMPILER_OWN);
        policy_free(policy);
    }
}

static void the_trapping_twin_traps_where_the_policy_kills(void **state)
{
    (void)state;
    struct policy *policy = load("@default return EPERM\n@badarch kill-thread\nread: arg0 == 1\n"
                                 "write: { arg0 == 1; kill, arg0 == 2; return EIO, allow }\n");
    assert_non_null(policy);
    const struct policy *twin = policy_trap_twin(policy);
    uint32_t arch = policy->arch[0];
    const struct {
        struct seccomp_data data;
        uint32_t action;
    } calls[] = {
        {{.nr = 0, .arch = arch, .args = {1}}, SECCOMP_RET_ALLOW},
        {{.nr = 0, .arch = arch, .args = {2}}, SECCOMP_RET_TRAP},
        {{.nr = 1, .arch = arch, .args = {1}}, SECCOMP_RET_TRAP},
        {{.nr = 1, .arch = arch, .args = {2}}, SECCOMP_RET_ERRNO | 5},
        {{.nr = 1, .arch = arch, .args = {3}}, SECCOMP_RET_ALLOW},
        {{.nr = 2, .arch = arch}, SECCOMP_RET_TRAP},
        {{.nr = 0x40000000, .arch = arch}, SECCOMP_RET_KILL_THREAD},
        {{.nr = 0, .arch = 0}, SECCOMP_RET_KILL_THREAD},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        assert_int_equal(policy_evaluate(twin, NULL, &calls[i].data, NULL, NULL), calls[i].action);
    policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_compiler_does_what_random_policies_say),
        cmocka_unit_test(both_compilers_do_what_simple_policies_say),
        cmocka_unit_test(every_architecture_compiles),
        cmocka_unit_test(holes_are_the_halves_of_the_parameters),
        cmocka_unit_test(a_parameter_for_one_architecture_needs_no_hole_on_the_other),
        cmocka_unit_test(far_targets_are_reached),
        cmocka_unit_test(a_program_too_long_for_the_kernel_is_refused),
        cmocka_unit_test(a_wrong_action_anywhere_is_noticed),
        cmocka_unit_test(libseccomp_is_not_given_what_it_cannot_express),
        cmocka_unit_test(the_trapping_twin_traps_where_the_policy_kills),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

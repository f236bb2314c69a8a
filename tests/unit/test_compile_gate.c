// SPDX-License-Identifier: ISC
//
// test_compile_gate.c: a wrong program never reaches a file, whichever compiler it comes from.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "architecture.h"
#include "audit/compile_gate.h"

static const char text[] = "@arch x86_64\n@default kill\n@param $a: u32 in 1..9\n"
                           "read: arg0 == $a\nwrite: allow\nexit_group: allow\n";

struct files {
    char policy[64];
    char output[80];
};

static int make_files(void **state)
{
    struct files *files = calloc(1, sizeof *files);
    snprintf(files->policy, sizeof files->policy, "/tmp/compile-gate.XXXXXX");
    int fd = mkstemp(files->policy);
    if (fd < 0 || write(fd, text, sizeof text - 1) != (ssize_t)(sizeof text - 1))
        return -1;
    close(fd);
    snprintf(files->output, sizeof files->output, "%s.out", files->policy);
    *state = files;
    return 0;
}

static int remove_files(void **state)
{
    struct files *files = *state;
    unlink(files->policy);
    unlink(files->output);
    free(files);
    return 0;
}

// Exactly one action of one of libseccomp's and all of our own programs is wrong.
static enum compiler wrong_compiler;

static bool compile_wrongly(const struct policy *policy, enum compiler compiler,
                            struct compiled *compiled, const char **why)
{
    if (!compile_policy(policy, compiler, compiled, why))
        return false;
    if (wrong_compiler != COMPILER_ANY && wrong_compiler != compiler)
        return true;
    for (size_t i = 0; i < compiled->program.count; i++)
        if (compiled->program.insns[i].code == (BPF_RET | BPF_K) &&
            compiled->program.insns[i].k != SECCOMP_RET_ALLOW)
            compiled->program.insns[i].k = SECCOMP_RET_ERRNO | 1;
    return true;
}

// Only the trapping twin is compiled wrongly.
static bool compile_twin_wrongly(const struct policy *policy, enum compiler compiler,
                                 struct compiled *compiled, const char **why)
{
    if (policy->default_action == SECCOMP_RET_TRAP)
        return compile_wrongly(policy, compiler, compiled, why);
    return compile_policy(policy, compiler, compiled, why);
}

// A program that the kernel would not take.
static bool compile_endlessly(const struct policy *policy, enum compiler compiler,
                              struct compiled *compiled, const char **why)
{
    if (!compile_policy(policy, compiler, compiled, why))
        return false;
    compiled->program.insns[compiled->program.count - 1] =
        (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0);
    return true;
}

static int compile_with(struct files *files, bool header, enum compiler compiler,
                        compile_function *function)
{
    char *operands[] = {files->policy};
    struct options options = {.command = "compile",
                              .operands = operands,
                              .operand_count = 1,
                              .arch = architecture_named("x86_64")->token,
                              .output = files->output,
                              .compiler = compiler,
                              .header = header,
                              .trap = header,
                              .name = header ? "test" : NULL};
    if (!header) {
        options.params[0] = (struct option_param){"a", 1, 5};
        options.param_count = 1;
    }
    return compile_through_gate(&options, function);
}

static int compile(struct files *files, bool header, compile_function *function)
{
    return compile_with(files, header, COMPILER_ANY, function);
}

static void a_miscompiled_program_is_never_written(void **state)
{
    struct files *files = *state;
    wrong_compiler = COMPILER_ANY;
    for (int header = 0; header < 2; header++) {
        assert_int_equal(compile(files, header, compile_wrongly), EXIT_FOUND);
        assert_int_not_equal(access(files->output, F_OK), 0);
    }
}

static void a_miscompiled_twin_keeps_the_whole_header_from_being_written(void **state)
{
    struct files *files = *state;
    wrong_compiler = COMPILER_ANY;
    assert_int_equal(compile(files, true, compile_twin_wrongly), EXIT_FOUND);
    assert_int_not_equal(access(files->output, F_OK), 0);
}

static void a_program_that_the_kernel_would_refuse_is_never_written(void **state)
{
    struct files *files = *state;
    assert_int_equal(compile(files, false, compile_endlessly), EXIT_FOUND);
    assert_int_not_equal(access(files->output, F_OK), 0);
}

static void the_other_compiler_gets_its_chance_and_is_proven_too(void **state)
{
    struct files *files = *state;
    wrong_compiler = COMPILER_SECCOMP;
    for (int header = 0; header < 2; header++) {
        assert_int_equal(compile(files, header, compile_wrongly), EXIT_CLEAN);
        assert_int_equal(access(files->output, F_OK), 0);
        assert_int_equal(unlink(files->output), 0);
    }
}

static void one_wrong_compiler_of_both_is_enough_to_write_nothing(void **state)
{
    static const enum compiler each[] = {COMPILER_SECCOMP, COMPILER_OWN};
    struct files *files = *state;
    for (size_t i = 0; i < 4; i++) {
        wrong_compiler = each[i % 2];
        assert_int_equal(compile_with(files, i < 2, COMPILER_BOTH, compile_wrongly), EXIT_FOUND);
        assert_int_not_equal(access(files->output, F_OK), 0);
    }
    assert_int_equal(compile_with(files, true, COMPILER_BOTH, compile_policy), EXIT_CLEAN);
}

static void what_was_there_before_stays_when_nothing_is_proven(void **state)
{
    struct files *files = *state;
    wrong_compiler = COMPILER_SECCOMP;
    assert_int_equal(compile(files, false, compile_policy), EXIT_CLEAN);
    struct sock_filter before[64], after[64];
    FILE *stream = fopen(files->output, "r");
    assert_non_null(stream);
    size_t count = fread(before, sizeof before[0], 64, stream);
    fclose(stream);
    wrong_compiler = COMPILER_ANY;
    assert_int_equal(compile(files, false, compile_wrongly), EXIT_FOUND);
    stream = fopen(files->output, "r");
    assert_non_null(stream);
    assert_int_equal(fread(after, sizeof after[0], 64, stream), count);
    fclose(stream);
    assert_memory_equal(before, after, count * sizeof before[0]);
}

// A hole that is filled with the wrong half, or not at all, is a wrong program too.
static bool compile_without_holes(const struct policy *policy, enum compiler compiler,
                                  struct compiled *compiled, const char **why)
{
    bool good = compile_policy(policy, compiler, compiled, why);
    compiled->hole_count = 0;
    return good;
}

static void a_lost_hole_is_noticed(void **state)
{
    struct files *files = *state;
    assert_int_equal(compile(files, true, compile_without_holes), EXIT_FOUND);
    assert_int_not_equal(access(files->output, F_OK), 0);
    assert_int_equal(compile(files, true, compile_policy), EXIT_CLEAN);
    assert_int_equal(access(files->output, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_miscompiled_program_is_never_written, make_files,
                                        remove_files),
        cmocka_unit_test_setup_teardown(
            a_miscompiled_twin_keeps_the_whole_header_from_being_written, make_files, remove_files),
        cmocka_unit_test_setup_teardown(a_program_that_the_kernel_would_refuse_is_never_written,
                                        make_files, remove_files),
        cmocka_unit_test_setup_teardown(the_other_compiler_gets_its_chance_and_is_proven_too,
                                        make_files, remove_files),
        cmocka_unit_test_setup_teardown(one_wrong_compiler_of_both_is_enough_to_write_nothing,
                                        make_files, remove_files),
        cmocka_unit_test_setup_teardown(what_was_there_before_stays_when_nothing_is_proven,
                                        make_files, remove_files),
        cmocka_unit_test_setup_teardown(a_lost_hole_is_noticed, make_files, remove_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: ISC
//
// test_policy_meaning.c: what the language means, and that its printed form means the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "architecture.h"
#include "evaluate.h"
#include "load.h"
#include "print.h"
#include "test_policy_random.h"

// The native architecture must not matter.
static struct policy *load(const char *text)
{
    struct diagnostics diagnostics;
    struct load_options options = {.arch = architecture_named("x86_64")->token};
    diagnostics_create(&diagnostics);
    struct policy *policy = policy_load_text("t", text, strlen(text), &options, &diagnostics);
    if (diagnostics.count > 0)
        diagnostics_print(&diagnostics, stderr);
    diagnostics_destroy(&diagnostics);
    return policy;
}

// A verdict of x86_64's read under "@default kill\n" and the text.
struct verdict {
    const char *text;
    uint64_t args[2];
    uint32_t action;
};

#define ALLOW SECCOMP_RET_ALLOW
#define KILL  SECCOMP_RET_KILL_PROCESS

static const struct verdict verdicts[] = {
    {"read: 1", {0}, ALLOW},
    {"read:1", {0}, ALLOW},
    {"read :allow", {0}, ALLOW},
    {"read:\\\n1", {0}, ALLOW},
    {"write: 1", {0}, KILL},
    {"read: return ENOENT", {0}, SECCOMP_RET_ERRNO | 2},
    {"read: kill-thread", {0}, SECCOMP_RET_KILL_THREAD},
    {"read: user-notify", {0}, SECCOMP_RET_USER_NOTIF},
    {"read: trace", {0}, SECCOMP_RET_TRACE},
    {"read: log", {0}, SECCOMP_RET_LOG},
    {"read: arg0 == 3", {3}, ALLOW},
    {"read: arg0 == 3", {UINT64_C(0x100000003)}, KILL},
    {"read: arg0:u32 == 3", {UINT64_C(0x100000003)}, ALLOW},
    {"read: arg0:u32 == -3", {UINT64_C(0xfffffffd)}, ALLOW},
    {"read: arg0:u32 == AT_FDCWD", {UINT64_C(0xffffffffffffff9c)}, ALLOW},
    {"read: arg0 == 3; return 7", {4}, SECCOMP_RET_ERRNO | 7},
    {"read: arg0 != 3", {UINT64_C(0x100000003)}, ALLOW},
    {"read: arg0 < 0x100000000", {UINT64_C(0xffffffff)}, ALLOW},
    {"read: arg0 > 0x7fffffffffffffff", {UINT64_C(0x8000000000000000)}, ALLOW},
    {"read: arg0 <= 7", {8}, KILL},
    {"read: arg0 & 6", {8}, KILL},
    {"read: arg0 & 6", {10}, ALLOW},
    {"read: arg0 & ~1 == 2", {3}, ALLOW},
    {"read: arg0 & ~1 == 2", {4}, KILL},
    {"read: arg0 & ~1 == 2", {UINT64_C(0x100000002)}, KILL},
    {"read: arg0 in ~PROT_EXEC", {4}, KILL},
    {"read: arg0 in ~PROT_EXEC", {UINT64_C(0xfffffffffffffffb)}, ALLOW},
    {"read: arg0:u32 in ~4", {UINT64_C(0x400000000)}, ALLOW},
    {"read: arg0 in O_RDONLY|O_CREAT", {0x40}, ALLOW},
    {"read: arg0 == ~(1 | 2)", {UINT64_C(0xfffffffffffffffc)}, ALLOW},
    {"read: arg0:u32 == ~(1|2)", {UINT64_C(0x5fffffffc)}, ALLOW},
    {"@const A = 1|2\n@const B = ~A\nread: arg0:u32 == B", {UINT64_C(0xfffffffc)}, ALLOW},
    {"read: arg0 == 0 && arg1 == 1 || arg0 == 1", {1, 9}, ALLOW},
    {"read: arg0 == 0 && arg1 == 1 || arg0 == 1", {0, 9}, KILL},
    {"read: { arg0 == 1; log, arg0 < 3; allow, return EIO }", {1}, SECCOMP_RET_LOG},
    {"read: { arg0 == 1; log, arg0 < 3; allow, return EIO }", {2}, ALLOW},
    {"read: { arg0 == 1; log, arg0 < 3; allow, return EIO }", {3}, SECCOMP_RET_ERRNO | 5},
    {"@frequency ./not-there.frequency\n{write, read}: 1 # why", {0}, ALLOW},
    {"read[arch=arm]: 1\nread[arch=x86_64]: trap", {0}, SECCOMP_RET_TRAP},
    {"read: arg0 \\\nin\\\n   \\\n5", {5}, ALLOW},
};

static void the_language_means_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        struct seccomp_data data = {.arch = architecture_named("x86_64")->token};
        char *whole = NULL;
        assert_true(asprintf(&whole, "@default kill\n%s\n", verdicts[i].text) > 0);
        struct policy *policy = load(whole);
        assert_non_null(policy);
        memcpy(data.args, verdicts[i].args, sizeof(verdicts[i].args));
        uint32_t action = policy_evaluate(policy, NULL, &data, NULL, NULL);
        if (action != verdicts[i].action)
            fail_msg("'%s': 0x%08x", verdicts[i].text, action);
        policy_free(policy);
        free(whole);
    }
}

static void foreign_numbers_get_the_action_for_bad_architectures(void **state)
{
    (void)state;
    struct policy *policy = load("@default return EPERM\n@badarch trap\nread: 1\n");
    assert_non_null(policy);
    uint32_t here = architecture_named("x86_64")->token;
    const struct {
        uint32_t arch;
        uint32_t number;
        uint32_t action;
    } calls[] = {
        {here, 0, ALLOW},
        {here, 1, SECCOMP_RET_ERRNO | 1},
        {here, 0x3fffffff, SECCOMP_RET_ERRNO | 1},
        {here, 0x40000000, SECCOMP_RET_TRAP},
        {here, 0xfffffffe, SECCOMP_RET_TRAP},
        {here, 0xffffffff, SECCOMP_RET_ERRNO | 1}, // a call that a tracer skips
        {architecture_named("x86")->token, 0, SECCOMP_RET_TRAP},
        {0, 0, SECCOMP_RET_TRAP},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct seccomp_data data = {.nr = (int)calls[i].number, .arch = calls[i].arch};
        assert_int_equal(policy_evaluate(policy, NULL, &data, NULL, NULL), calls[i].action);
    }
    policy_free(policy);
}

static char *print(const struct policy *policy)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    policy_print(stream, policy);
    fclose(stream);
    return text;
}

static bool same_atom(const struct atom *a, const struct atom *b)
{
    return a->arg == b->arg && a->narrow == b->narrow && a->compare == b->compare &&
           a->mask == b->mask && a->value == b->value && a->param == b->param;
}

static void assert_same_expression(const struct expression *a, const struct expression *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->any[i].count, b->any[i].count);
        for (size_t j = 0; j < a->any[i].count; j++)
            assert_true(same_atom(&a->any[i].atoms[j], &b->any[i].atoms[j]));
    }
}

static void assert_same_rule(const struct rule *a, const struct rule *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->archs, b->archs);
    assert_memory_equal(a->number, b->number, sizeof(a->number));
    assert_int_equal(a->otherwise, b->otherwise);
    assert_int_equal(a->defaulted, b->defaulted);
    assert_int_equal(a->clause_count, b->clause_count);
    for (size_t i = 0; i < a->clause_count; i++) {
        assert_int_equal(a->clauses[i].action, b->clauses[i].action);
        assert_same_expression(&a->clauses[i].when, &b->clauses[i].when);
    }
}

static void assert_same_policy(const struct policy *a, const struct policy *b)
{
    assert_int_equal(a->arch_count, b->arch_count);
    assert_memory_equal(a->arch, b->arch, sizeof(a->arch));
    assert_int_equal(a->default_action, b->default_action);
    assert_int_equal(a->bad_arch_action, b->bad_arch_action);
    assert_int_equal(a->param_count, b->param_count);
    for (size_t i = 0; i < a->param_count; i++) {
        assert_string_equal(a->params[i].name, b->params[i].name);
        assert_int_equal(a->params[i].bits, b->params[i].bits);
        assert_int_equal(a->params[i].low, b->params[i].low);
        assert_int_equal(a->params[i].high, b->params[i].high);
    }
    assert_int_equal(a->rule_count, b->rule_count);
    for (size_t i = 0; i < a->rule_count; i++)
        assert_same_rule(&a->rules[i], &b->rules[i]);
}

static void a_printed_policy_parses_to_itself(void **state)
{
    (void)state;
    uint64_t seed = 0x5eed;
    for (size_t i = 0; i < 60; i++) {
        char *text = random_policy(&seed, 0);
        struct policy *policy = load(text);
        assert_non_null(policy);
        char *printed = print(policy);
        struct policy *again = load(printed);
        assert_non_null(again);
        assert_same_policy(policy, again);
        policy_free(again);
        policy_free(policy);
        free(printed);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_language_means_what_it_says),
        cmocka_unit_test(foreign_numbers_get_the_action_for_bad_architectures),
        cmocka_unit_test(a_printed_policy_parses_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: ISC
//
// test_oci_machine.c: which entries stand on which machine, and what a profile is compiled and
// printed as.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "architecture.h"
#include "compile.h"
#include "diagram.h"
#include "evaluate.h"
#include "load.h"
#include "test_oci_support.h"
#include "variant.h"
#include "verdict.h"

static void the_map_gives_the_architectures_of_the_machine(void **state)
{
    (void)state;
    static const struct {
        const char *asked, *first, *second;
    } cases[] = {{"x86_64", "x86_64", "x86"},   {"x86", "x86_64", "x86"},
                 {"aarch64", "aarch64", "arm"}, {"arm", "aarch64", "arm"},
                 {"riscv64", "riscv64", NULL},  {"s390x", "s390x", NULL}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        oci_setup.arch = architecture_named(cases[i].asked)->token;
        struct policy *policy = oci_take(MAPPED(""));
        assert_int_equal(policy->arch_count, cases[i].second == NULL ? 1 : 2);
        assert_int_equal(policy->arch[0], architecture_named(cases[i].first)->token);
        if (cases[i].second != NULL)
            assert_int_equal(policy->arch[1], architecture_named(cases[i].second)->token);
        assert_int_equal(policy->bad_arch_action, SECCOMP_RET_KILL_THREAD);
        policy_free(policy);
    }
}

static void x32_is_refused_and_said(void **state)
{
    (void)state;
    struct policy *policy = oci_take(MAPPED(FILTERED("read", "\"comment\": \"\"")));
    const struct seccomp_data data = {.arch = policy->arch[0], .nr = 0x40000000};
    assert_found(SEVERITY_WARNING, "x32 calls: ");
    assert_int_equal(policy_evaluate(policy, NULL, &data, NULL, NULL), SECCOMP_RET_KILL_THREAD);
    policy_free(policy);
}

static bool stands(const char *filter)
{
    char text[2048];
    snprintf(text, sizeof(text), MAPPED(FILTERED("read", "%s")), filter);
    struct policy *policy = oci_take(text);
    bool result = policy->rule_count == 1;
    policy_free(policy);
    return result;
}

static void includes_and_excludes_decide_what_stands(void **state)
{
    (void)state;
    oci_setup.caps[0] = "CAP_SYS_ADMIN";
    oci_setup.caps[1] = "CAP_BPF";
    oci_setup.cap_count = 2;
    assert_true(stands("\"includes\": {}, \"excludes\": null"));
    assert_true(stands("\"includes\": {\"caps\": [\"CAP_SYS_ADMIN\", \"CAP_BPF\"]}"));
    assert_false(stands("\"includes\": {\"caps\": [\"CAP_SYS_ADMIN\", \"CAP_CHOWN\"]}"));
    assert_false(stands("\"excludes\": {\"caps\": [\"CAP_CHOWN\", \"CAP_BPF\"]}"));
    assert_true(stands("\"excludes\": {\"caps\": [\"CAP_CHOWN\"]}"));
    assert_true(stands("\"includes\": {\"arches\": [\"arm64\", \"amd64\"]}"));
    assert_false(stands("\"includes\": {\"arches\": [\"x86\"]}")); // the machine, not the ABI
    assert_false(stands("\"excludes\": {\"arches\": [\"amd64\"]}"));
    assert_true(stands("\"includes\": {\"minKernel\": \"6.1\"}"));
    assert_false(stands("\"includes\": {\"minKernel\": \"6.2\"}"));
    assert_false(stands("\"excludes\": {\"minKernel\": \"5.19\"}"));
    assert_true(stands("\"excludes\": {\"minKernel\": \"10.0\"}"));
    assert_false(stands("\"includes\": {\"minKernel\": \"4.8\", \"caps\": [\"CAP_CHOWN\"]}"));
    assert_true(
        stands("\"includes\": {\"minKernel\": \"4.8\"}, \"excludes\": {\"arches\": [\"s390\"]}"));
    assert_false(stands("\"includes\": {\"caps\": [\"CAP_NOSUCH\"]}"));
    assert_found(SEVERITY_WARNING, "unknown capability \"CAP_NOSUCH\"");
}

static void kernel_versions_are_two_small_numbers(void **state)
{
    (void)state;
    assert_int_equal(oci_kernel_read("4.8"), OCI_KERNEL(4, 8));
    assert_true(oci_kernel_read("4.19") > oci_kernel_read("4.8"));
    assert_true(oci_kernel_read("10.0") > oci_kernel_read("6.18"));
    static const char *const bad[] = {"",    "6",     "6.",    ".6",   "6.1.2",
                                      "6.x", "256.0", "6.999", "-6.1", "0.0"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(oci_kernel_read(bad[i]), 0);
}

static void a_runtime_configuration_holds_a_profile(void **state)
{
    (void)state;
    struct policy *policy = oci_take(
        "{\"ociVersion\": \"1.2.0\", \"process\": {\"args\": [\"sh\"]}, \"linux\": {\"seccomp\": "
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"], "
        "\"listenerPath\": \"/run/agent\", \"listenerMetadata\": \"x\", \"syscalls\": "
        "[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", "
        "\"includes\": {\"caps\": [\"CAP_BPF\"]}}]}}}");
    assert_found(SEVERITY_WARNING, "runtimes do not know the key \"includes\"");
    assert_int_equal(oci_ask(policy, "x86_64", "read", 0, 0), ALLOW);
    policy_free(policy);
}

// The policy's own program, or libseccomp's, is the policy for all inputs.
static void assert_compiles_equal(const struct policy *policy, enum compiler compiler)
{
    struct compiled compiled;
    const char *why = "";
    const struct policy *selected = policy_select_arch(policy, policy->arch[0]);
    if (!compile_policy(selected, compiler, &compiled, &why))
        fail_msg("%s", why);
    const struct subject left = {.policy = selected};
    const struct subject right = {.programs = &compiled.program, .program_count = 1};
    struct verdict *verdict = verdict_prove(&left, &right, 0, DIAGRAM_NODE_LIMIT);
    assert_non_null(verdict);
    assert_int_equal(verdict->relation, RELATION_EQUAL);
    verdict_free(verdict);
}

static void both_compilers_build_a_profile_proven_equal(void **state)
{
    (void)state;
    struct policy *policy = oci_take(
        PROFILE(ALLOWED("read", "") "," ALLOWED("clone", MASKED(0, "2114060288", "0")) "," DENIED(
            "clone3", "") "," ALLOWED("socket", ARG(0, "NE", "40"))));
    assert_compiles_equal(policy, COMPILER_SECCOMP);
    assert_compiles_equal(policy, COMPILER_OWN);
    policy_free(policy);
}

static void what_is_printed_reads_back_the_same(void **state)
{
    (void)state;
    // Both architectures are wide: where one is not, it compares another number.
    static const char text[] =
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X86_64\", "
        "\"SCMP_ARCH_AARCH64\"], \"syscalls\": [" ALLOWED("read", "") "," ALLOWED(
            "personality",
            ARG(0, "EQ", "18446744073709551615")) "," ALLOWED("personality",
                                                              ARG(0, "EQ", "8") "," MASKED(
                                                                  1, "12",
                                                                  "4")) "," DENIED("clone3",
                                                                                   "") "]}";
    struct policy *policy = oci_take(text);
    char *printed = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&printed, &length);
    assert_non_null(stream);
    assert_true(oci_print(stream, policy, &oci_found));
    assert_int_equal(fclose(stream), 0);
    struct policy *again = oci_take(printed);
    const struct subject left = {.policy = policy}, right = {.policy = again};
    struct verdict *verdict = verdict_prove(&left, &right, 0, DIAGRAM_NODE_LIMIT);
    assert_non_null(verdict);
    assert_int_equal(verdict->relation, RELATION_EQUAL);
    verdict_free(verdict);
    policy_free(again);
    policy_free(policy);
    free(printed);
}

static void what_no_profile_can_say_is_not_printed(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "read: arg0 > 3 && arg0 < 9",     "read: arg0 & 3",           "read: arg0:u32 > 3",
        "read: arg0 == 1; return EINVAL", "read[arch=x86_64]: allow",
    };
    const struct load_options language = {.arch = oci_setup.arch};
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        char text[256], *printed = NULL;
        size_t length = 0;
        snprintf(text, sizeof(text), "@arch x86_64, aarch64\n@default kill-process\n%s\n",
                 rules[i]);
        struct policy *policy = policy_load_text("p", text, strlen(text), &language, &oci_found);
        FILE *stream = open_memstream(&printed, &length);
        assert_non_null(policy);
        assert_non_null(stream);
        size_t errors = oci_found.errors;
        assert_false(oci_print(stream, policy, &oci_found));
        assert_int_equal(oci_found.errors, errors + 1);
        assert_non_null(strstr(oci_found.list[oci_found.count - 1].message, "'read'"));
        assert_int_equal(fclose(stream), 0);
        assert_int_equal(length, 0);
        policy_free(policy);
        free(printed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_map_gives_the_architectures_of_the_machine),
        TEST(x32_is_refused_and_said),
        TEST(includes_and_excludes_decide_what_stands),
        TEST(kernel_versions_are_two_small_numbers),
        TEST(a_runtime_configuration_holds_a_profile),
        TEST(both_compilers_build_a_profile_proven_equal),
        TEST(what_is_printed_reads_back_the_same),
        TEST(what_no_profile_can_say_is_not_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

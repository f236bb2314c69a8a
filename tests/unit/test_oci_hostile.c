// SPDX-License-Identifier: ISC
//
// test_oci_hostile.c: what is no profile is refused, with its place, whatever it holds.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "test_oci_support.h"

static void text_that_is_not_json_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"", "expected a value"},
        {"{", "expected a key"},
        {"{\"a\" 1}", "expected ':'"},
        {"{\"a\": 1,}", "expected a key"},
        {"[1 2]", "expected ',' or ']'"},
        {"[1,]", "expected a value"},
        {"{} {}", "something follows"},
        {"// {}", "expected a value"},
        {"[01]", "expected ','"},
        {"[1.]", "not complete"},
        {"[-]", "not complete"},
        {"[1e]", "not complete"},
        {"[nul]", "expected a value"},
        {"[\"a", "has no end"},
        {"[\"a\\", "no such escape"},
        {"[\"\\x\"]", "no such escape"},
        {"[\"\\u12g4\"]", "hexadecimal"},
        {"[\"\\u12", "hexadecimal"},
        {"[\"\\u0000\"]", "NUL"},
        {"[\"\\ud800\"]", "surrogate"},
        {"[\"\\ud800\\u0041\"]", "surrogate"},
        {"[\"\\udc00\"]", "surrogate"},
        {"[\"\n\"]", "control character"},
        {"[\"\xff\"]", "not UTF-8"},
        {"[\"\xc0\x80\"]", "not UTF-8"},
        {"[\"\xed\xa0\x80\"]", "not UTF-8"},
        {"[\"\xf4\x90\x80\x80\"]", "not UTF-8"},
        {"[\"\xe2\x82\"]", "not UTF-8"},
        {"{\"a\": 1, \"a\": 2}", "a second time"},
        {"{\"a\": 1, \"\\u0061\": 2}", "a second time"},
        {"[]", "expected an object"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(cases[i].text, cases[i].why);
}

static void a_nul_byte_ends_nothing(void **state)
{
    (void)state;
    static const char text[] = "{\"defaultAction\": \"SCMP_ACT_ERRNO\"}\0{}";
    assert_null(oci_load_text("test.json", text, sizeof(text) - 1, &oci_setup, &oci_found));
    assert_found(SEVERITY_ERROR, "something follows");
}

static void depth_size_and_members_are_bounded(void **state)
{
    (void)state;
    char *text = calloc(1, (size_t)2 << 20);
    assert_non_null(text);
    memset(text, '[', 100000);
    assert_refused(text, "more than 32 levels");
    memset(text, ' ', ((size_t)1 << 20) + 1);
    assert_refused(text, "larger than 1 MiB");
    char *at = text;
    for (int i = 0; i <= 1000; i++)
        at += sprintf(at, "%c\"k%d\": 0", i == 0 ? '{' : ',', i);
    strcpy(at, "}");
    assert_refused(text, "more than 1000 members");
    free(text);
}

static void errors_have_line_column_and_pointer(void **state)
{
    (void)state;
    assert_refused(
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\",\n \"syscalls\": [{\"names\": [\"read\"],\n"
        "   \"action\": \"SCMP_ACT_MAYBE\"}]}",
        "/syscalls/0/action: unknown action \"SCMP_ACT_MAYBE\"");
    assert_int_equal(oci_found.list[0].at.line, 3);
    assert_int_equal(oci_found.list[0].at.column, 14);
}

static void what_is_wrong_in_a_profile_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"{}", "no \"defaultAction\""},
        {"{\"defaultAction\": null}", "no \"defaultAction\""},
        {"{\"defaultAction\": 1}", "expected a string"},
        {"{\"ociVersion\": \"1.0\"}", "no \"linux\""},
        {"{\"linux\": {}}", "no \"seccomp\""},
        {"{\"DefaultAction\": \"SCMP_ACT_KILL\", \"defaultAction\": \"SCMP_ACT_KILL\"}",
         "not spelled like this"},
        {"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 4096}", "from 0 to 4095"},
        {"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": -1}", "from 0 to 4095"},
        {"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrno\": \"ENOPE\"}", "unknown errno"},
        {"{\"defaultAction\": \"SCMP_ACT_KILL\", \"flags\": [\"FAST\"]}", "unknown flag"},
        {"{\"defaultAction\": \"SCMP_ACT_KILL\", \"listenerPath\": 1}", "expected a string"},
        {"{\"defaultAction\": \"SCMP_ACT_KILL\", \"architectures\": [\"x86_64\"]}",
         "unknown architecture"},
        {"{\"defaultAction\": \"SCMP_ACT_KILL\", \"architectures\": [\"SCMP_ARCH_M68K\"]}",
         "not supported"},
        {"{\"defaultAction\": \"SCMP_ACT_KILL\", \"architectures\": [\"SCMP_ARCH_S390X\"]}",
         "byte order"},
        {"{\"defaultAction\": \"SCMP_ACT_KILL\", \"architectures\": [\"SCMP_ARCH_X86\"], "
         "\"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\"}]}",
         "exclude each other"},
        {PROFILE("1"), "expected an object"},
        {PROFILE("{\"action\": \"SCMP_ACT_ALLOW\"}"), "no \"names\""},
        {PROFILE("{\"names\": [], \"action\": \"SCMP_ACT_ALLOW\"}"), "no \"names\""},
        {PROFILE("{\"names\": [\"read\"], \"name\": \"read\", \"action\": \"SCMP_ACT_ALLOW\"}"),
         "exclude each other"},
        {PROFILE("{\"names\": [\"\"], \"action\": \"SCMP_ACT_ALLOW\"}"), "an empty name"},
        {PROFILE("{\"names\": [7], \"action\": \"SCMP_ACT_ALLOW\"}"), "expected a string"},
        {PROFILE("{\"names\": [\"read\"]}"), "no \"action\""},
        {PROFILE(ALLOWED("read", ARG(6, "EQ", "1"))), "from 0 to 5"},
        {PROFILE(ALLOWED("read", ARG(9, "EQ", "1"))), "from 0 to 5"},
        {PROFILE(ALLOWED("read", ARG(0, "XX", "1"))), "unknown compare"},
        {PROFILE(ALLOWED("read", ARG(0, "EQ", "18446744073709551616"))), "whole number"},
        {PROFILE(ALLOWED("read", ARG(0, "EQ", "1.0"))), "whole number"},
        {PROFILE(ALLOWED("read", ARG(0, "EQ", "\"1\""))), "expected a number"},
        {PROFILE(ALLOWED("read", "{\"index\": 0, \"op\": \"SCMP_CMP_EQ\"}")), "no \"value\""},
        {PROFILE("{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", "
                 "\"includes\": {\"minKernel\": \"six\"}}"),
         "kernel version"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(cases[i].text, cases[i].why);
}

static void all_errors_are_found_in_one_run(void **state)
{
    (void)state;
    assert_refused(
        PROFILE(ALLOWED("read", ARG(6, "EQ", "1")) "," ALLOWED("write", ARG(0, "XX", "1"))),
        "/syscalls/0/args/0/index");
    assert_found(SEVERITY_ERROR, "/syscalls/1/args/0/op");
}

static void unknown_names_and_keys_are_said(void **state)
{
    (void)state;
    struct policy *policy = oci_take(
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"extra\": 1, \"syscalls\": ["
        "{\"names\": [\"opennat\", \"nosuch\"], \"action\": \"SCMP_ACT_ALLOW\", \"arg\": 1}]}");
    assert_found(SEVERITY_WARNING, "2 names are not known here");
    assert_found(SEVERITY_WARNING, "opennat, nosuch");
    assert_found(SEVERITY_WARNING, "unknown key \"extra\"");
    assert_found(SEVERITY_WARNING, "unknown key \"arg\"");
    assert_int_equal(policy->rule_count, 0);
    policy_free(policy);
}

static void an_unknown_name_is_counted_once(void **state)
{
    (void)state;
    struct policy *policy =
        oci_take(PROFILE(ALLOWED("nosuch", ARG(0, "EQ", "1") "," ARG(0, "EQ", "2")) "," ALLOWED(
            "nosuch", ARG(1, "EQ", "1")) "," ALLOWED("opennat", ARG(0, "EQ", "1"))));
    assert_found(SEVERITY_WARNING, "2 names are not known here");
    assert_found(SEVERITY_WARNING, ": nosuch, opennat");
    policy_free(policy);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

// Cuts, changes, doubles: what comes out is sometimes a profile and never a reason to crash.
static void mutated_profiles_are_taken_or_refused(void **state)
{
    (void)state;
    enum { ROUNDS = 20000, EDITS = 4 };
    static const char seed_text[] = MAPPED(FILTERED(
        "socket",
        "\"args\": [" ARG(0, "EQ", "16") "," MASKED(
            2, "9",
            "8") "]") "," FILTERED("read",
                                   "\"includes\": {\"caps\": [\"CAP_BPF\"], \"minKernel\": "
                                   "\"4.8\"}") "," DENIED("clone3",
                                                          "") "," ALLOWED("\\u0072ead",
                                                                          ARG(0, "EQ",
                                                                              "4294967301")));
    static const char bytes[] = "{}[]\",:0123456789\\u-.e \n\0\xff\xc3tnf";
    uint64_t seed = 0x5eed;
    size_t taken = 0, refused = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        char text[sizeof(seed_text)];
        size_t length = sizeof(seed_text) - 1;
        memcpy(text, seed_text, sizeof(text));
        for (uint64_t edits = next_random(&seed) % EDITS; edits-- > 0;)
            text[next_random(&seed) % length] = bytes[next_random(&seed) % (sizeof(bytes) - 1)];
        if (next_random(&seed) % 8 == 0)
            length = next_random(&seed) % length;
        diagnostics_destroy(&oci_found);
        diagnostics_create(&oci_found);
        struct policy *policy = oci_load_text("test.json", text, length, &oci_setup, &oci_found);
        assert_true((policy == NULL) == (oci_found.errors > 0));
        *(policy == NULL ? &refused : &taken) += 1;
        policy_free(policy);
    }
    assert_true(taken > ROUNDS / 10);
    assert_true(refused > ROUNDS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(text_that_is_not_json_is_refused),      TEST(a_nul_byte_ends_nothing),
        TEST(depth_size_and_members_are_bounded),    TEST(errors_have_line_column_and_pointer),
        TEST(what_is_wrong_in_a_profile_is_refused), TEST(all_errors_are_found_in_one_run),
        TEST(unknown_names_and_keys_are_said),       TEST(an_unknown_name_is_counted_once),
        TEST(mutated_profiles_are_taken_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

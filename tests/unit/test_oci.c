// SPDX-License-Identifier: ISC
//
// test_oci.c: container profiles mean here what the container world makes of them.
#include <stdio.h>

#include "load.h"
#include "test_oci_support.h"

static void actions_have_the_numbers_of_the_runtimes(void **state)
{
    (void)state;
    static const struct {
        const char *action;
        uint32_t result;
    } cases[] = {
        {"\"SCMP_ACT_KILL\"", SECCOMP_RET_KILL_THREAD},
        {"\"SCMP_ACT_KILL_THREAD\"", SECCOMP_RET_KILL_THREAD},
        {"\"SCMP_ACT_KILL_PROCESS\"", SECCOMP_RET_KILL_PROCESS},
        {"\"SCMP_ACT_TRAP\"", SECCOMP_RET_TRAP},
        {"\"SCMP_ACT_LOG\"", SECCOMP_RET_LOG},
        {"\"SCMP_ACT_NOTIFY\"", SECCOMP_RET_USER_NOTIF},
        {"\"SCMP_ACT_TRACE\"", SECCOMP_RET_TRACE | 1},
        {"\"SCMP_ACT_TRACE\", \"errnoRet\": 65535", SECCOMP_RET_TRACE | 65535},
        {"\"SCMP_ACT_ERRNO\"", RETURN(1)},
        {"\"SCMP_ACT_ERRNO\", \"errnoRet\": 0", RETURN(0)},
        {"\"SCMP_ACT_ERRNO\", \"errnoRet\": 38", RETURN(38)},
        {"\"SCMP_ACT_ERRNO\", \"errnoRet\": 1, \"errno\": \"EINVAL\"", RETURN(22)},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        snprintf(text, sizeof(text),
                 "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], "
                 "\"action\": %s}]}",
                 cases[i].action);
        struct policy *policy = oci_take(text);
        assert_int_equal(oci_ask(policy, "x86_64", "read", 0, 0), cases[i].result);
        assert_int_equal(oci_ask(policy, "x86_64", "write", 0, 0), ALLOW);
        policy_free(policy);
    }
}

static void compares_are_those_of_libseccomp(void **state)
{
    (void)state;
    static const struct {
        const char *arg;
        uint64_t value;
        bool allowed;
    } cases[] = {
        {ARG(0, "EQ", "18446744073709551615"), UINT64_MAX, true},
        {ARG(0, "EQ", "18446744073709551615"), UINT32_MAX, false},
        {ARG(0, "NE", "5"), 5, false},
        {ARG(0, "NE", "5"), (UINT64_C(1) << 32) + 5, true},
        {ARG(0, "LT", "5"), 4, true},
        {ARG(0, "LT", "5"), 5, false},
        {ARG(0, "LE", "5"), 5, true},
        {ARG(0, "LE", "5"), 6, false},
        {ARG(0, "GT", "5"), 5, false},
        {ARG(0, "GT", "5"), UINT64_C(1) << 63, true},
        {ARG(0, "GE", "5"), 5, true},
        {MASKED(0, "12", "4"), 0x14, true},
        {MASKED(0, "12", "4"), 0x18, false},
        {MASKED(0, "12", "4"), 0x1c, false},
        {MASKED(0, "12", "7"), 4, true}, // what lies outside the mask has no effect
        {MASKED(0, "0", "7"), 99, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        snprintf(text, sizeof(text), PROFILE(ALLOWED("read", "%s")), cases[i].arg);
        struct policy *policy = oci_take(text);
        uint32_t expected = cases[i].allowed ? ALLOW : RETURN(1);
        assert_int_equal(oci_ask(policy, "x86_64", "read", cases[i].value, 0), expected);
        policy_free(policy);
    }
}

static void args_with_different_indexes_must_all_hold(void **state)
{
    (void)state;
    struct policy *policy =
        oci_take(PROFILE(ALLOWED("read", ARG(1, "EQ", "7") "," ARG(0, "EQ", "5"))));
    assert_int_equal(oci_ask(policy, "x86_64", "read", 5, 7), ALLOW);
    assert_int_equal(oci_ask(policy, "x86_64", "read", 5, 0), RETURN(1));
    assert_int_equal(oci_ask(policy, "x86_64", "read", 0, 7), RETURN(1));
    policy_free(policy);
}

static void args_with_one_index_twice_are_alternatives(void **state)
{
    (void)state;
    struct policy *policy = oci_take(
        PROFILE(ALLOWED("read", ARG(0, "EQ", "5") "," ARG(0, "EQ", "6") "," ARG(1, "EQ", "7"))));
    assert_found(SEVERITY_WARNING, "alternative by itself");
    assert_int_equal(oci_ask(policy, "x86_64", "read", 5, 0), ALLOW);
    assert_int_equal(oci_ask(policy, "x86_64", "read", 6, 0), ALLOW);
    assert_int_equal(oci_ask(policy, "x86_64", "read", 0, 7), ALLOW);
    assert_int_equal(oci_ask(policy, "x86_64", "read", 0, 0), RETURN(1));
    policy_free(policy);
}

static void entries_with_one_action_are_any_of_them(void **state)
{
    (void)state;
    struct policy *policy = oci_take(PROFILE(ALLOWED("read", ARG(0, "EQ", "5")) "," ALLOWED(
        "read", ARG(1, "EQ", "7")) "," ALLOWED("read", ARG(0, "EQ", "5"))));
    assert_found(SEVERITY_WARNING, "decides no call");
    assert_int_equal(oci_ask(policy, "x86_64", "read", 5, 0), ALLOW);
    assert_int_equal(oci_ask(policy, "x86_64", "read", 0, 7), ALLOW);
    assert_int_equal(oci_ask(policy, "x86_64", "read", 0, 0), RETURN(1));
    policy_free(policy);
}

static void entries_that_disagree_are_an_error_at_both_places(void **state)
{
    (void)state;
    assert_refused(
        PROFILE(ALLOWED("read", ARG(0, "EQ", "5")) ",\n" DENIED("read", ARG(1, "EQ", "7"))),
        "'read' disagree");
    assert_found(SEVERITY_NOTE, "there allow");
    assert_int_equal(oci_found.list[0].at.line, 2);
    assert_int_equal(oci_found.list[1].at.line, 1);
}

static void entries_that_exclude_each_other_may_disagree(void **state)
{
    (void)state;
    struct policy *policy = oci_take(PROFILE(ALLOWED("read", ARG(0, "LT", "5")) "," DENIED(
        "read", ARG(0, "GE", "5") "," ARG(1, "NE", "7"))));
    assert_int_equal(oci_ask(policy, "x86_64", "read", 4, 0), ALLOW);
    assert_int_equal(oci_ask(policy, "x86_64", "read", 5, 0), RETURN(22));
    assert_int_equal(oci_ask(policy, "x86_64", "read", 5, 7), RETURN(1));
    policy_free(policy);
}

static void an_entry_without_args_beats_those_with_args(void **state)
{
    (void)state;
    struct policy *policy = oci_take(
        PROFILE(DENIED("read", ARG(0, "EQ", "5")) "," ALLOWED("read", "") "," DENIED("read", "")));
    assert_found(SEVERITY_WARNING, "one without args beats it");
    assert_int_equal(oci_ask(policy, "x86_64", "read", 5, 0), ALLOW);
    policy_free(policy);
    policy = oci_take(PROFILE(DENIED("read", "") "," ALLOWED("read", "")));
    assert_found(SEVERITY_WARNING, "the first counts");
    assert_int_equal(oci_ask(policy, "x86_64", "read", 5, 0), RETURN(22));
    policy_free(policy);
}

static void an_entry_with_the_default_action_says_nothing(void **state)
{
    (void)state;
    struct policy *policy =
        oci_take(PROFILE("{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\"}," ALLOWED(
            "read", ARG(0, "EQ", "5"))));
    assert_int_equal(oci_ask(policy, "x86_64", "read", 5, 0), ALLOW);
    policy_free(policy);
}

static void narrow_registers_compare_low_halves(void **state)
{
    (void)state;
    struct policy *policy = oci_take(PROFILE(ALLOWED("read", ARG(0, "EQ", "4294967301"))));
    assert_found(SEVERITY_WARNING, "more than 32 bits");
    assert_int_equal(oci_ask(policy, "x86_64", "read", UINT64_C(0x100000005), 0), ALLOW);
    assert_int_equal(oci_ask(policy, "x86_64", "read", 5, 0), RETURN(1));
    assert_int_equal(oci_ask(policy, "x86", "read", 5, 0), ALLOW);
    policy_free(policy);
}

static void calls_behind_a_gate_are_let_through_it(void **state)
{
    (void)state;
    struct policy *policy = oci_take(PROFILE(
        ALLOWED("socket", ARG(0, "EQ", "2")) "," ALLOWED("shmat", "") "," ALLOWED("send", "")));
    assert_found(SEVERITY_WARNING, "on x86 'socket' is also reached through socketcall");
    assert_int_equal(oci_ask(policy, "x86_64", "socket", 2, 0), ALLOW);
    assert_int_equal(oci_ask(policy, "x86_64", "socket", 40, 0), RETURN(1));
    assert_int_equal(oci_ask(policy, "x86", "socket", 40, 0), RETURN(1));
    assert_int_equal(oci_ask(policy, "x86", "socketcall", 1, 0), ALLOW);
    assert_int_equal(oci_ask(policy, "x86", "socketcall", 2, 0), RETURN(1));
    assert_int_equal(oci_ask(policy, "x86", "socketcall", 9, 0), ALLOW);
    assert_int_equal(oci_ask(policy, "x86", "ipc", 21, 0), ALLOW);
    assert_int_equal(oci_ask(policy, "x86", "ipc", 1, 0), RETURN(1));
    policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(actions_have_the_numbers_of_the_runtimes),
        TEST(compares_are_those_of_libseccomp),
        TEST(args_with_different_indexes_must_all_hold),
        TEST(args_with_one_index_twice_are_alternatives),
        TEST(entries_with_one_action_are_any_of_them),
        TEST(entries_that_disagree_are_an_error_at_both_places),
        TEST(entries_that_exclude_each_other_may_disagree),
        TEST(an_entry_without_args_beats_those_with_args),
        TEST(an_entry_with_the_default_action_says_nothing),
        TEST(narrow_registers_compare_low_halves),
        TEST(calls_behind_a_gate_are_let_through_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

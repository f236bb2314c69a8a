// SPDX-License-Identifier: ISC
//
// test_oci_support.h: profiles as short C strings, and how the tests of their import load them.
#ifndef TESTS_TEST_OCI_SUPPORT_H
#define TESTS_TEST_OCI_SUPPORT_H

#include <linux/seccomp.h>
#include <stdbool.h>

#include "check.h"
#include "oci.h"

#define RETURN(number) (SECCOMP_RET_ERRNO | (number))
#define ALLOW          SECCOMP_RET_ALLOW
#define ARCHS          "\"architectures\": [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\"], "
#define PROFILE(entries)                                                                           \
    "{\"defaultAction\": \"SCMP_ACT_ERRNO\", " ARCHS "\"syscalls\": [" entries "]}"
#define ALLOWED(name, args)                                                                        \
    "{\"names\": [\"" name "\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [" args "]}"
#define ARG(index, op, value)                                                                      \
    "{\"index\": " #index ", \"op\": \"SCMP_CMP_" op "\", \"value\": " value "}"
#define MASKED(index, mask, value)                                                                 \
    "{\"index\": " #index ", \"op\": \"SCMP_CMP_MASKED_EQ\", \"value\": " mask                     \
    ", \"valueTwo\": " value "}"
#define DENIED(name, args)                                                                         \
    "{\"names\": [\"" name                                                                         \
    "\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 22, \"args\": [" args "]}"
#define MAP                                                                                        \
    "\"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\", \"subArchitectures\": "                \
    "[\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"]}, {\"architecture\": \"SCMP_ARCH_AARCH64\", "          \
    "\"subArchitectures\": [\"SCMP_ARCH_ARM\"]}, {\"architecture\": \"SCMP_ARCH_RISCV64\", "       \
    "\"subArchitectures\": null}]"
#define FILTERED(name, filter)                                                                     \
    "{\"names\": [\"" name "\"], \"action\": \"SCMP_ACT_ALLOW\", " filter "}"
#define MAPPED(entries)                                                                            \
    "{\"defaultAction\": \"SCMP_ACT_ERRNO\", " MAP ", \"syscalls\": [" entries "]}"

// What start() sets up for every test: the findings so far, and x86-64 with Linux 6.1.
extern struct diagnostics oci_found;
extern struct oci_options oci_setup;

#define TEST(name) cmocka_unit_test_setup_teardown(name, oci_start, oci_stop)

int oci_start(void **state);
int oci_stop(void **state);

// A profile that must be taken. The caller frees it.
struct policy *oci_take(const char *text);

// What the policy says to a call on an architecture.
uint32_t oci_ask(const struct policy *policy, const char *arch, const char *call, uint64_t arg0,
                 uint64_t arg1);

void assert_found(enum severity severity, const char *part);
void assert_refused(const char *text, const char *why);

#endif

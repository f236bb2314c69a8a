// SPDX-License-Identifier: ISC
//
// test_argument.c: arguments are written by the names that people know them by.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/audit.h>

#include "policy/argument.h"

static void values_are_written_by_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *call;
        unsigned arg;
        uint64_t value;
        const char *text;
    } cases[] = {
        {"socket", 0, 1, "AF_UNIX"},
        {"socket", 0, 40, "AF_VSOCK"},
        {"socket", 0, 0xff00, "0xff00"},
        {"socket", 0, 0x100000001, "0x100000001"}, // junk above is not AF_UNIX
        {"kill", 1, 10, "SIGUSR1"},
        {"kill", 1, 0, "0"},
        {"kill", 0, 4242, "4242"},
        {"kill", 0, UINT64_MAX, "0xffffffffffffffff"},
        {"sendto", 3, 0x4040, "MSG_DONTWAIT | MSG_NOSIGNAL"},
        {"sendto", 3, 0, "0"},
        {"mmap", 2, 3, "PROT_READ | PROT_WRITE"},
        {"mmap", 3, 0x22, "MAP_PRIVATE | MAP_ANONYMOUS"},
        {"mmap", 3, 0x8000000000000022, "MAP_PRIVATE | MAP_ANONYMOUS | 0x8000000000000000"},
        {"prctl", 0, 1, "PR_SET_PDEATHSIG"},
        {"prctl", 0, 38, "PR_SET_NO_NEW_PRIVS"},
        {"clock_gettime", 0, 1, "CLOCK_MONOTONIC"},
        {"seccomp", 0, 1, "SECCOMP_SET_MODE_FILTER"},
        {"clone", 0, 0x10000000, "CLONE_NEWUSER"},
        {"read", 2, 4096, "0x1000"},
        {"read", 0, 9, "9"},
        {NULL, 0, 10, "0xa"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[ARGUMENT_TEXT_BYTES];
        assert_string_equal(
            argument_text(AUDIT_ARCH_X86_64, cases[i].call, cases[i].arg, cases[i].value, text),
            cases[i].text);
    }
}

// The name of a value that is another one there would be a lie.
static void names_of_other_architectures_are_not_used(void **state)
{
    (void)state;
    char text[ARGUMENT_TEXT_BYTES];
    argument_text(AUDIT_ARCH_MIPS, "kill", 1, 10, text);
    assert_string_equal(text, "0xa");
}

static void masks_are_written_by_their_bits(void **state)
{
    (void)state;
    char text[ARGUMENT_TEXT_BYTES];
    argument_mask_text(AUDIT_ARCH_X86_64, "clone", 0, 0x7e020000, text);
    assert_string_equal(text, "CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | "
                              "CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET");
    argument_mask_text(AUDIT_ARCH_X86_64, "sendto", 3, ~UINT64_C(0x40), text);
    assert_string_equal(text, "0xffffffffffffffbf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_written_by_their_names),
        cmocka_unit_test(names_of_other_architectures_are_not_used),
        cmocka_unit_test(masks_are_written_by_their_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: ISC
//
// test_policy_language.c: what the language refuses, and where exactly it says so.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/seccomp.h>

#include "architecture.h"
#include "load.h"

// The native architecture must not matter.
static struct policy *load_bytes(const char *text, size_t length, struct diagnostics *diagnostics)
{
    struct load_options options = {.arch = architecture_named("x86_64")->token};
    diagnostics_create(diagnostics);
    return policy_load_text("t", text, length, &options, diagnostics);
}

// One error, and nothing but it: at this place of "@default kill\n" and the text, so that line 2 is
// the text's first; with these words in its message and its hint.
struct refusal {
    const char *text;
    uint32_t line;
    uint32_t column;
    const char *message;
    const char *hint;
};

static const struct refusal refusals[] = {
    {"raed: allow", 2, 1, "unknown system call 'raed'", "read"},
    {"read: arg6 == 1", 2, 7, "'arg6' is no argument", NULL},
    {"read: arg-1 == 1", 2, 7, "'arg-1' is no argument", NULL},
    {"read: arg10 == 1", 2, 7, "'arg10' is no argument", NULL},
    {"read: arg == 1", 2, 7, "'arg' is no argument", NULL},
    {"read: arg0:u16 == 1", 2, 12, "expected 'u32'", NULL},
    {"read: arg0 == 010", 2, 15, "octal", NULL},
    {"read: arg0 == 00", 2, 15, "octal", NULL},
    {"read: arg0 == 0x10000000000000000", 2, 15, "more than 64 bits", NULL},
    {"read: arg0 == 18446744073709551616", 2, 15, "more than 64 bits", NULL},
    {"read: arg0 == 12ab", 2, 15, "not a number", NULL},
    {"read: arg0 == 0x", 2, 15, "hexadecimal", NULL},
    {"read: arg0 == -1", 2, 15, "'-1' is negative", "u32"},
    {"openat: arg0 == AT_FDCWD", 2, 17, "'AT_FDCWD' is negative", "u32"},
    {"read: arg0:u32 == 0x100000000", 2, 19, "does not fit in 32 bits", NULL},
    {"read: arg0:u32 == -2147483649", 2, 19, "does not fit in 32 bits", NULL},
    {"sendto: arg3 == MSG_NOSIGNL", 2, 17, "unknown constant 'MSG_NOSIGNL'", "MSG_NOSIGNAL"},
    {"kill: arg0 == $listener", 2, 15, "unknown parameter '$listener'", NULL},
    {"read[arch=x86_46]: allow", 2, 11, "unknown architecture 'x86_46'", "x86_64"},
    {"read[arch=x32]: allow", 2, 11, "x32 cannot be", "x86_64"},
    {"read: return 0", 2, 14, "1 to 4095", "success"},
    {"read: return 4096", 2, 14, "1 to 4095", NULL},
    {"read: return -1", 2, 14, "1 to 4095", NULL},
    {"read: return EPREM", 2, 14, "'EPREM' is not an errno", NULL},
    {"read: return", 2, 13, "expected an errno", NULL},
    {"read: allow 1", 2, 13, "unexpected '1'", NULL},
    {"read: arg0 == 1; allow", 2, 18, "an action that denies", NULL},
    {"read: arg0 == 1; trap;", 2, 22, "unexpected ';'", NULL},
    {"read:", 2, 6, "an action or a condition", NULL},
    {"read: 0", 2, 7, "an action or a condition", NULL},
    {"read: alow", 2, 7, "not 'alow'", "allow"},
    {"read: arg0", 2, 11, "a comparison", NULL},
    {"read: arg0 = 1", 2, 12, "a comparison", "=="},
    {"read: arg0 ==", 2, 14, "a value", NULL},
    {"read: arg0 == 1 &&", 2, 19, "a condition", NULL},
    {"read: arg0 == 1 || || arg1 == 2", 2, 20, "a condition", NULL},
    {"read: arg0 == (1|2", 2, 19, "')'", NULL},
    {"read: arg0 == ~~1", 2, 16, "a value", NULL},
    {"read: { }", 2, 9, "an action or a condition", NULL},
    {"read: { allow, kill }", 2, 14, "nothing after an action", NULL},
    {"read: { arg0 == 1; allow }", 2, 26, "a last action", NULL},
    {"read: { arg0 == 1, kill }", 2, 18, "'; ACTION'", NULL},
    {"{read write}: allow", 2, 7, "',' or '}'", NULL},
    {"{}: allow", 2, 2, "the name of a system call", NULL},
    {"read allow", 2, 6, "':' after the call", NULL},
    {"read: allow \\x", 2, 13, "unexpected '\\'", "joins"},
    {"read: allow \\", 2, 13, "no line to join", NULL},
    {"# why \\\nread: allow", 2, 7, "comment cannot be joined", NULL},
    {"read: allow\r", 2, 12, "control byte 0x0d", "line feed"},
    {"# \033[31m", 2, 3, "control byte 0x1b", NULL},
    {"read: all\303\266w", 2, 10, "unexpected byte 0xc3", NULL},
    {"@defualt kill", 2, 1, "unknown directive '@defualt'", "@default"},
    {"@default trap", 2, 1, "@default is defined a second time", NULL},
    {"@badarch allow", 2, 10, "an action that denies", NULL},
    {"@badarch log", 2, 10, "an action that denies", NULL},
    {"@arch x86_64, x86_64", 2, 15, "listed a second time", NULL},
    {"@arch aarch64\nopen: allow", 3, 1, "no system call 'open' on aarch64", "open[arch="},
    {"@arch aarch64\nread[arch=x86_64]: allow", 3, 11, "@arch does not list x86_64", NULL},
    {"@const FOO = 1", 2, 8, "'FOO' is defined and never used", NULL},
    {"@const FOO", 2, 11, "'='", NULL},
    {"@const SIGKILL = 9", 2, 8, "cannot be defined again", NULL},
    {"@const A = B\nread: arg0 == A", 2, 12, "unknown constant 'B'", NULL},
    {"@const A = 1\n@const A = 2\nread: arg0 == A", 3, 8, "A is defined a second time", NULL},
    {"@param $p: u32 in 1..2", 2, 8, "never used", NULL},
    {"@param $p: u32 in 2..1\nread: arg0 == $p", 2, 22, "range is empty", NULL},
    {"@param $p: u32 in 1..0x100000000\nread: arg0 == $p", 2, 22, "does not fit", NULL},
    {"@param $p: u64 in 1..2\nread: arg0:u32 == $p", 3, 19, "only 32 bits are compared", NULL},
    {"@param $p: u64 in 1..2\nread: arg0 & $p && arg1 == $p", 3, 14, "stands alone", NULL},
    {"@param p: u64 in 1..2", 2, 8, "a parameter such as", NULL},
    {"@include", 2, 9, "a path", NULL},
    {"@include ./a b", 2, 14, "unexpected 'b'", NULL},
    {"@include /etc/passwd", 2, 10, "--include-root", NULL},
    {"@include ./a", 2, 10, "no directory", NULL},
    {"read: arg0 >= 0", 2, 7, "always true", NULL},
    {"read: arg1 == 1 && arg0 <= 0xffffffffffffffff", 2, 20, "always true", NULL},
    {"read: arg0 < 0", 2, 7, "never true", NULL},
    {"read: arg0 & 0", 2, 7, "never true", NULL},
    {"read: arg0 & 1 == 2", 2, 7, "never true", NULL},
    {"read: arg0 in ~0", 2, 7, "always true", NULL},
    {"read: arg1 == 1 && arg0 == 1 && arg0 == 2", 2, 7, "never true together", NULL},
    {"read: arg0 == 1 || arg0 > 2 && arg0 <= 2", 2, 20, "never true together", NULL},
    {"read: arg0 == 1 || arg0 != 1", 2, 7, "always true", NULL},
    {"read: arg0 < 5 || arg1 == 1 || arg0 > 4", 2, 7, "always true", NULL},
    {"read: { arg0 < 5; allow, arg0 in 3; log, kill }", 2, 26, "never reached", NULL},
    {"read: { arg0 < 5; allow, arg0 > 4; log, kill }", 2, 26, "last action is never", NULL},
};

static char *with_default(const char *text)
{
    char *whole = NULL;
    assert_true(asprintf(&whole, "@default kill\n%s\n", text) > 0);
    // Texts that end in a backslash are about the end of the file.
    if (text[strlen(text) - 1] == '\\')
        whole[strlen(whole) - 1] = '\0';
    return whole;
}

static void each_error_is_reported_once_and_at_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const struct refusal *refusal = &refusals[i];
        struct diagnostics found;
        char *whole = with_default(refusal->text);
        struct policy *policy = load_bytes(whole, strlen(whole), &found);
        if (policy != NULL || found.errors != 1 || found.list[0].at.line != refusal->line ||
            found.list[0].at.column != refusal->column ||
            strstr(found.list[0].message, refusal->message) == NULL ||
            (refusal->hint != NULL &&
             (found.list[0].hint == NULL || strstr(found.list[0].hint, refusal->hint) == NULL))) {
            diagnostics_print(&found, stderr);
            fail_msg("'%s': expected %u:%u %s", refusal->text, refusal->line, refusal->column,
                     refusal->message);
        }
        policy_free(policy);
        diagnostics_destroy(&found);
        free(whole);
    }
}

static void all_errors_of_a_file_are_reported_in_one_run(void **state)
{
    (void)state;
    enum { ERRORS = sizeof(refusals) / sizeof(refusals[0]) };
    char *text = NULL;
    size_t size = 0;
    struct diagnostics found;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    fputs("@default kill\n", stream);
    for (unsigned i = 0; i < ERRORS; i++)
        fprintf(stream, "# a comment\nread%u: arg%u == 0%u\n", i, 6 + i % 4, i);
    fclose(stream);
    assert_null(load_bytes(text, size, &found));
    assert_int_equal(found.errors, ERRORS);
    for (unsigned i = 0; i < ERRORS; i++)
        assert_int_equal(found.list[i].at.line, 3 + 2 * i);
    diagnostics_destroy(&found);
    free(text);
}

static void a_policy_needs_a_default(void **state)
{
    (void)state;
    struct diagnostics found;
    struct load_options options = {.has_default = true, .default_action = SECCOMP_RET_TRAP};
    assert_null(load_bytes("read: allow\n", 12, &found));
    assert_int_equal(found.errors, 1);
    assert_non_null(strstr(found.list[0].message, "no @default"));
    diagnostics_destroy(&found);
    diagnostics_create(&found);
    struct policy *policy = policy_load_text("t", "read: 1\n", 8, &options, &found);
    assert_non_null(policy);
    assert_int_equal(policy->default_action, SECCOMP_RET_TRAP);
    policy_free(policy);
    assert_null(policy_load_text("t", "@default kill\n", 14, &options, &found));
    diagnostics_destroy(&found);
}

static void limits_of_bytes_are_kept(void **state)
{
    (void)state;
    enum { LINE = 4096, FILE_BYTES = 1 << 20 };
    struct diagnostics found;
    char *text = malloc(FILE_BYTES + 1);
    assert_non_null(text);
    memset(text, '#', FILE_BYTES + 1);
    memcpy(text, "@default kill\n", 14);
    struct policy *policy = load_bytes(text, 14 + LINE, &found);
    assert_non_null(policy);
    policy_free(policy);
    diagnostics_destroy(&found);
    assert_null(load_bytes(text, 14 + LINE + 1, &found));
    assert_int_equal(found.list[0].at.line, 2);
    assert_non_null(strstr(found.list[0].message, "4096"));
    diagnostics_destroy(&found);
    for (size_t i = 14; i < FILE_BYTES; i += 80)
        text[i] = '\n';
    policy = load_bytes(text, FILE_BYTES, &found);
    assert_non_null(policy);
    policy_free(policy);
    diagnostics_destroy(&found);
    assert_null(load_bytes(text, FILE_BYTES + 1, &found));
    assert_non_null(strstr(found.list[0].message, "1 MiB"));
    diagnostics_destroy(&found);
    assert_null(load_bytes("@default kill\nread: \0allow\n", 27, &found));
    assert_int_equal(found.list[0].at.column, 7);
    diagnostics_destroy(&found);
    free(text);
}

static void both_places_of_a_second_definition_are_shown(void **state)
{
    (void)state;
    struct diagnostics found;
    const char text[] = "@arch x86_64, aarch64\n@default kill\nread[arch=x86_64]: 1\n\n"
                        "read[arch=aarch64]: 1\n{write, read}: return EPERM\n";
    assert_null(load_bytes(text, strlen(text), &found));
    assert_int_equal(found.errors, 1);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.list[0].at.line, 6);
    assert_int_equal(found.list[0].at.column, 9);
    assert_int_equal(found.list[1].severity, SEVERITY_NOTE);
    assert_int_equal(found.list[1].at.line, 3);
    diagnostics_destroy(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_error_is_reported_once_and_at_its_place),
        cmocka_unit_test(all_errors_of_a_file_are_reported_in_one_run),
        cmocka_unit_test(a_policy_needs_a_default),
        cmocka_unit_test(limits_of_bytes_are_kept),
        cmocka_unit_test(both_places_of_a_second_definition_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: ISC
//
// test_lint.c: the linter on trees that no text stands for, and on every architecture.
#include "check.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/architecture.h"
#include "policy/arena.h"
#include "policy/lint.h"
#include "policy/lint_signature.h"
#include "policy/load.h"
#include "policy/syscalls.h"

// A policy that is being linted.
struct subject {
    struct diagnostics diagnostics;
    struct policy *policy;
    struct lint lint;
};

static void load(struct subject *subject, uint32_t arch, const char *text)
{
    struct load_options options = {.arch = arch};
    diagnostics_create(&subject->diagnostics);
    subject->policy = policy_load_text("t", text, strlen(text), &options, &subject->diagnostics);
    if (subject->policy == NULL)
        diagnostics_print(&subject->diagnostics, stdout);
    assert_non_null(subject->policy);
}

static void lint(struct subject *subject)
{
    struct lint_context context = {.known = &subject->diagnostics, .text = true};
    lint_create(&subject->lint, subject->policy, &context);
    assert_false(subject->lint.undecided);
}

static void finish(struct subject *subject)
{
    lint_destroy(&subject->lint);
    policy_free(subject->policy);
    diagnostics_destroy(&subject->diagnostics);
}

static const struct lint_finding *find(const struct subject *subject, enum lint_id rule)
{
    for (size_t i = 0; i < subject->lint.count; i++)
        if (subject->lint.findings[i].rule == rule)
            return &subject->lint.findings[i];
    return NULL;
}

static const char plain[] = "@arch x86_64\n"
                            "@default kill-process\n"
                            "@badarch kill-process\n"
                            "read: { arg0 == 0; return EPERM, return EACCES }\n";

static void clean_policy_has_no_finding_but_the_kernels_own(void **state)
{
    (void)state;
    struct subject subject;
    load(&subject, 0, plain);
    lint(&subject);
    assert_int_equal(subject.lint.count, 1);
    assert_non_null(find(&subject, LINT_UPROBE));
    assert_true(subject.lint.instructions > 0);
    finish(&subject);
}

static void permissive_default_is_found(void **state)
{
    (void)state;
    static const uint32_t actions[] = {SECCOMP_RET_ALLOW, SECCOMP_RET_LOG};
    for (size_t i = 0; i < COUNT(actions); i++) {
        struct subject subject;
        load(&subject, 0, plain);
        subject.policy->default_action = actions[i];
        lint(&subject);
        const struct lint_finding *found = find(&subject, LINT_PERMISSIVE_DEFAULT);
        assert_non_null(found);
        assert_int_equal(found->at.line, 2);
        assert_null(find(&subject, LINT_X32));
        assert_null(find(&subject, LINT_UPROBE));
        finish(&subject);
    }
}

static void open_architectures_and_x32_are_found(void **state)
{
    (void)state;
    struct subject subject;
    load(&subject, 0, plain);
    subject.policy->bad_arch_action = SECCOMP_RET_ALLOW;
    lint(&subject);
    assert_non_null(find(&subject, LINT_ARCH_OPEN));
    const struct lint_finding *found = find(&subject, LINT_X32);
    assert_non_null(found);
    assert_int_equal(found->at.line, 3);
    assert_non_null(strstr(found->message, "call 1073741824("));
    finish(&subject);
}

static void x32_is_no_matter_elsewhere(void **state)
{
    (void)state;
    struct subject subject;
    load(&subject, 0, "@arch aarch64\n@default kill\nread: arg0 == 0\n");
    subject.policy->bad_arch_action = SECCOMP_RET_ALLOW;
    lint(&subject);
    assert_non_null(find(&subject, LINT_ARCH_OPEN));
    assert_null(find(&subject, LINT_X32));
    finish(&subject);
}

// An error number of 0 wherever an action stands.
static void fake_success_is_found_everywhere(void **state)
{
    (void)state;
    for (size_t place = 0; place < 4; place++) {
        static const uint32_t lines[] = {2, 3, 4, 4};
        struct subject subject;
        load(&subject, 0, plain);
        uint32_t *const actions[] = {
            &subject.policy->default_action, &subject.policy->bad_arch_action,
            &subject.policy->rules[0].clauses[0].action, &subject.policy->rules[0].otherwise};
        *actions[place] = SECCOMP_RET_ERRNO;
        lint(&subject);
        const struct lint_finding *found = find(&subject, LINT_FAKE_SUCCESS);
        assert_non_null(found);
        assert_int_equal(found->at.line, lines[place]);
        *actions[place] = SECCOMP_RET_ERRNO | ENOSYS;
        lint_destroy(&subject.lint);
        lint(&subject);
        assert_null(find(&subject, LINT_FAKE_SUCCESS));
        finish(&subject);
    }
}

static void findings_about_trees_are_waived_like_others(void **state)
{
    (void)state;
    struct subject subject;
    load(&subject, 0,
         "@arch x86_64\n"
         "# lint: allow permissive-default one\n"
         "# lint: allow fake-success two\n"
         "@default kill-process\n"
         "# lint: allow arch-open three\n"
         "# lint: allow x32 four\n"
         "@badarch kill-process\n"
         "read: arg0 == 1; return EPERM # lint: allow fake-success five\n");
    subject.policy->default_action = SECCOMP_RET_ALLOW;
    subject.policy->bad_arch_action = SECCOMP_RET_ALLOW;
    subject.policy->rules[0].otherwise = SECCOMP_RET_ERRNO;
    lint(&subject);
    assert_string_equal(find(&subject, LINT_PERMISSIVE_DEFAULT)->waiver, "one");
    assert_string_equal(find(&subject, LINT_ARCH_OPEN)->waiver, "three");
    assert_string_equal(find(&subject, LINT_X32)->waiver, "four");
    assert_string_equal(find(&subject, LINT_FAKE_SUCCESS)->waiver, "five");
    assert_int_equal(find(&subject, LINT_WAIVER_UNUSED)->at.line, 3);
    finish(&subject);
}

// Every call, allowed as it is: whatever a rule is about is there.
static const char *all_allowed(struct arena *arena, const struct architecture *arch)
{
    const struct syscall_table *table = syscalls_of(arch->token);
    const char *text = arena_format(arena, "@arch %s\n@default kill-process\n", arch->name);
    for (size_t i = 0; i < table->count; i++)
        text = arena_format(arena, "%s%s: allow\n", text, table->entries[i].name);
    return text;
}

static void every_architecture_can_be_linted(void **state)
{
    (void)state;
    static const enum lint_id expected[] = {
        LINT_SIGNAL_TARGET, LINT_EXEC,         LINT_PTRACE,         LINT_IO_URING,
        LINT_NAMESPACE,     LINT_THREAD,       LINT_CLONE3,         LINT_TERMINAL_INJECTION,
        LINT_PRCTL,         LINT_WRITE_EXEC,   LINT_EXEC_LATER,     LINT_SOCKET_FAMILY,
        LINT_SEND_FLAGS,    LINT_SEND_ADDRESS, LINT_KERNEL_SURFACE,
    };
    struct arena *arena = arena_create();
    for (size_t i = 0; architecture_at(i) != NULL; i++) {
        struct subject subject;
        load(&subject, 0, all_allowed(arena, architecture_at(i)));
        lint(&subject);
        for (size_t j = 0; j < COUNT(expected); j++)
            if (find(&subject, expected[j]) == NULL)
                fail_msg("%s: %s", architecture_at(i)->name, lint_rule(expected[j])->id);
        assert_null(find(&subject, LINT_INT_COMPARE));
        assert_null(find(&subject, LINT_POINTER_COMPARE));
        assert_null(find(&subject, LINT_ALTERNATIVE));
        finish(&subject);
    }
    arena_destroy(arena);
}

// Where registers have 32 bits there is no upper half to hide in.
static void int_compare_is_about_wide_registers(void **state)
{
    (void)state;
    for (size_t i = 0; architecture_at(i) != NULL; i++) {
        char text[128];
        struct subject subject;
        snprintf(text, sizeof(text), "@arch %s\n@default kill\nioctl: arg1 != 5\n",
                 architecture_at(i)->name);
        load(&subject, 0, text);
        lint(&subject);
        assert_int_equal(find(&subject, LINT_INT_COMPARE) != NULL,
                         architecture_wide(architecture_at(i)->token));
        finish(&subject);
    }
}

// What counts as NULL, and as the whole of an argument, is what the architecture passes.
static void narrow_registers_are_looked_at_as_such(void **state)
{
    (void)state;
    struct subject subject;
    load(&subject, 0,
         "@arch x86\n@default kill\nrt_sigaction: arg1 == 0\nwrite: arg1 == 0\n"
         "sendto: arg4 == 0\nread: arg2:u32 == 8\n");
    lint(&subject);
    assert_null(find(&subject, LINT_RT_SIGRETURN));
    assert_null(find(&subject, LINT_POINTER_COMPARE));
    assert_null(find(&subject, LINT_SEND_ADDRESS));
    assert_null(find(&subject, LINT_NARROW_COMPARE));
    finish(&subject);
}

// The flags of clone are its second argument there.
static void clone_is_read_the_other_way_round_on_s390(void **state)
{
    (void)state;
    struct subject subject;
    load(&subject, 0, "@arch s390x\n@default kill\nclone: arg0 == 0 && arg1 & CLONE_NEWUSER\n");
    lint(&subject);
    assert_non_null(find(&subject, LINT_NAMESPACE));
    finish(&subject);
    load(&subject, 0,
         "@arch s390x\n@default kill\nclone: arg0 & CLONE_NEWUSER && arg1 == SIGCHLD\n");
    lint(&subject);
    assert_null(find(&subject, LINT_NAMESPACE));
    finish(&subject);
}

static void rules_are_found_by_their_ids_alone(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LINT_RULES; i++) {
        const char *id = lint_rule((enum lint_id)i)->id;
        assert_int_equal(lint_named(id, strlen(id)), i);
        assert_int_equal(lint_named(id, strlen(id) - 1), LINT_RULES);
    }
    assert_int_equal(lint_named("", 0), LINT_RULES);
}

static void signatures_are_of_calls_that_exist(void **state)
{
    (void)state;
    size_t known = 0;
    const struct syscall_table *table = syscalls_of(AUDIT_ARCH_X86_64);
    for (size_t i = 0; i < table->count; i++) {
        const char *signature = signature_of(table->entries[i].name);
        if (signature == NULL)
            continue;
        assert_true(strlen(signature) <= 6);
        assert_int_equal(strspn(signature, "ilp?"), strlen(signature));
        known++;
    }
    assert_true(known > 250);
    assert_string_equal(signature_of("read"), "ipl");
    assert_string_equal(signature_of("kill"), "ii");
    assert_null(signature_of("rea"));
    assert_null(signature_of("kill tkill"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_policy_has_no_finding_but_the_kernels_own),
        cmocka_unit_test(permissive_default_is_found),
        cmocka_unit_test(open_architectures_and_x32_are_found),
        cmocka_unit_test(x32_is_no_matter_elsewhere),
        cmocka_unit_test(fake_success_is_found_everywhere),
        cmocka_unit_test(findings_about_trees_are_waived_like_others),
        cmocka_unit_test(every_architecture_can_be_linted),
        cmocka_unit_test(int_compare_is_about_wide_registers),
        cmocka_unit_test(narrow_registers_are_looked_at_as_such),
        cmocka_unit_test(clone_is_read_the_other_way_round_on_s390),
        cmocka_unit_test(rules_are_found_by_their_ids_alone),
        cmocka_unit_test(signatures_are_of_calls_that_exist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

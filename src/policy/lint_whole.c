// SPDX-License-Identifier: ISC
//
// lint_whole.c: what does not hang on one call: defaults, architectures, actions, and the size.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#include "action.h"
#include "architecture.h"
#include "compile.h"
#include "diagram_bits.h"
#include "lint_checks.h"
#include "variant.h"

enum { URETPROBE = 335, UPROBE = 336 }; // arch/x86/entry/syscalls/syscall_64.tbl

static uint32_t kind(uint32_t action)
{
    return action & SECCOMP_RET_ACTION_FULL;
}

// Where a default stands; the caller of a policy may have supplied it.
static struct position place_of(const struct policy *policy, struct position at)
{
    return at.line == 0 ? lint_whole_file(policy) : at;
}

// What is to be said of an action wherever it stands.
static void check_action(struct lint *lint, struct position at, size_t width, uint32_t action,
                         const char *what)
{
    char text[ACTION_TEXT_BYTES];
    if (kind(action) == SECCOMP_RET_ERRNO && (action & SECCOMP_RET_DATA) == 0)
        lint_report(lint, LINT_FAKE_SUCCESS, at, width, "%s is refused with error number 0", what);
    if (kind(action) == SECCOMP_RET_LOG)
        lint_report(lint, LINT_LOG_ALLOWS, at, width, "%s is let through by 'log'", what);
    if (kind(action) == SECCOMP_RET_TRACE || kind(action) == SECCOMP_RET_USER_NOTIF)
        lint_report(lint, LINT_MEDIATED, at, width, "%s is left to another process by '%s'", what,
                    action_text(action, text));
}

static void check_actions(struct lint *lint, const struct policy *policy)
{
    check_action(lint, place_of(policy, policy->default_at), strlen("@default"),
                 policy->default_action, "a call that is not named");
    check_action(lint, place_of(policy, policy->bad_arch_at), strlen("@badarch"),
                 policy->bad_arch_action, "a call of another architecture");
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        for (size_t j = 0; j < rule->clause_count; j++)
            check_action(lint, rule->clauses[j].at, 1, rule->clauses[j].action, rule->name);
        if (!rule->defaulted)
            check_action(lint, rule->otherwise_at, 1, rule->otherwise, rule->name);
    }
}

static void check_defaults(struct lint *lint, const struct policy *policy)
{
    if (question_permits(policy->default_action))
        lint_report(lint, LINT_PERMISSIVE_DEFAULT, place_of(policy, policy->default_at),
                    strlen("@default"), "calls that no rule names are let through");
    if (question_permits(policy->bad_arch_action))
        lint_report(lint, LINT_ARCH_OPEN, place_of(policy, policy->bad_arch_at), strlen("@badarch"),
                    "calls of architectures that the policy does not list are let through");
}

// x32 numbers are those from 0x40000000 up, but for ~0: see ARCHITECTURE_X32.
static void check_x32(struct lint *lint, struct question *question, size_t arch)
{
    struct diagram_space *space = question->proof->space;
    struct bits number = bits_input(space, &question->proof->inputs, INPUT_NR, 0, 32);
    struct bits first = bits_constant(32, ARCHITECTURE_X32), last = bits_constant(32, UINT32_MAX);
    diagram below = bits_less(space, &number, &first), skip = bits_equal(space, &number, &last);
    struct bits token = bits_input(space, &question->proof->inputs, INPUT_ARCH, 0, 32);
    struct bits wanted = bits_constant(32, AUDIT_ARCH_X86_64);
    diagram set = diagram_and(space, question->permitted, bits_equal(space, &token, &wanted));
    set = question_without(question, set, diagram_or(space, below, skip));
    lint->undecided = lint->undecided || set == DIAGRAM_UNDECIDED;
    if (set == DIAGRAM_FALSE || set == DIAGRAM_UNDECIDED)
        return;
    struct assignment input = question_witness(question, arch, set);
    const struct policy *policy = question->policy;
    lint_report(lint, LINT_X32, place_of(policy, policy->bad_arch_at), strlen("@badarch"),
                "x32 calls are let through: %s", question_show(question, lint->arena, &input));
}

static void check_uprobe(struct lint *lint, struct question *question, size_t arch)
{
    const struct policy *policy = question->policy;
    for (uint32_t number = URETPROBE; number <= UPROBE; number++) {
        diagram refused =
            question_without(question, question_call(question, arch, number), question->permitted);
        if (refused != DIAGRAM_FALSE)
            lint_report(lint, LINT_UPROBE, place_of(policy, policy->default_at), strlen("@default"),
                        "the policy refuses calls 335 and 336 of x86-64, and the kernel does not "
                        "ask it");
    }
}

static size_t program_size(struct policy *policy, uint32_t arch, const char **why)
{
    struct compiled compiled;
    const struct policy *selected = policy_select_arch(policy, arch);
    return compile_policy(selected, COMPILER_ANY, &compiled, why) ? compiled.program.count : 0;
}

static void check_size(struct lint *lint, struct policy *policy, size_t stacked)
{
    for (size_t i = 0; i < policy->arch_count; i++) {
        const char *why = "";
        size_t count = program_size(policy, policy->arch[i], &why);
        if (count == 0)
            lint_report(lint, LINT_PROGRAM_SIZE, lint_whole_file(policy), 1,
                        "no program for %s: %s", architecture_name(policy->arch[i]), why);
        lint->instructions = count > lint->instructions ? count : lint->instructions;
    }
    size_t total = stacked + lint->instructions + LINT_STACK_PENALTY;
    if (total > LINT_STACK_INSNS)
        lint_report(lint, LINT_STACK_SIZE, lint_whole_file(policy), 1,
                    "upon the policies before it, it makes %zu instructions of %d", total,
                    LINT_STACK_INSNS);
}

void lint_whole(struct lint *lint, struct question *question, struct policy *policy, size_t stacked)
{
    check_defaults(lint, policy);
    check_actions(lint, policy);
    check_size(lint, policy, stacked);
    for (size_t i = 0; i < policy->arch_count; i++)
        if (policy->arch[i] == AUDIT_ARCH_X86_64) {
            check_x32(lint, question, i);
            check_uprobe(lint, question, i);
        }
}

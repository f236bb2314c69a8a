// SPDX-License-Identifier: ISC
//
// lint.h: what a policy says that its author may not have meant.
//
// A policy that loads has a meaning; the linter looks at what that meaning lets through. Questions
// about calls and arguments are decided by the proof (is there an input for which …?), so that how
// a rule is written makes no difference, and the answer comes with a call that shows it.
//
// A finding is waived by a comment on its line, or in the comment lines right above it:
//     # lint: allow ID reason
// A finding about the file as a whole is waived by such a comment anywhere in the first file.
#ifndef POLICY_LINT_H
#define POLICY_LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnose.h"
#include "policy.h"

// In the order in which they are documented.
enum lint_id {
    LINT_PERMISSIVE_DEFAULT,
    LINT_ARCH_OPEN,
    LINT_ARCH_MISSING,
    LINT_ARCH_PARTIAL,
    LINT_X32,
    LINT_UPROBE,
    LINT_FAKE_SUCCESS,
    LINT_LOG_ALLOWS,
    LINT_MEDIATED,
    LINT_INT_COMPARE,
    LINT_NARROW_COMPARE,
    LINT_POINTER_COMPARE,
    LINT_SIGNAL_TARGET,
    LINT_EXEC,
    LINT_PTRACE,
    LINT_IO_URING,
    LINT_NAMESPACE,
    LINT_THREAD,
    LINT_CLONE3,
    LINT_CLONE3_ERRNO,
    LINT_TERMINAL_INJECTION,
    LINT_PRCTL,
    LINT_WRITE_EXEC,
    LINT_EXEC_LATER,
    LINT_SOCKET_FAMILY,
    LINT_SEND_FLAGS,
    LINT_SEND_ADDRESS,
    LINT_KERNEL_SURFACE,
    LINT_ALTERNATIVE,
    LINT_RESTART_SYSCALL,
    LINT_RT_SIGRETURN,
    LINT_EXIT_GROUP,
    LINT_THREAD_EXIT,
    LINT_PROGRAM_SIZE,
    LINT_STACK_SIZE,
    LINT_WAIVER_INVALID,
    LINT_WAIVER_UNUSED,
    LINT_RULES,
};

// What is known of a rule without any policy. Text of one sentence or two each.
struct lint_rule {
    const char *id;
    enum severity severity; // a note never makes a policy fail
    const char *summary;
    const char *why;
    const char *fix;
};

const struct lint_rule *lint_rule(enum lint_id id);

// LINT_RULES when there is none of that name.
enum lint_id lint_named(const char *name, size_t length);

struct lint_finding {
    enum lint_id rule;
    struct position at; // line 0: the file as a whole
    uint32_t width;     // bytes to underline
    const char *message;
    const char *waiver; // the reason given, or NULL
};

// The findings of one policy, in the order of their places.
struct lint {
    struct arena *arena;
    struct lint_finding *findings;
    size_t count;
    bool undecided;      // some question was too large: there may be more
    size_t instructions; // of its largest program, 0 when it has none
};

// What the linter is told besides the policy.
struct lint_context {
    const struct diagnostics *known; // what the policy was loaded with: it has the files' lines
    bool text;      // it is in the policy language, so that it may carry waivers and lack @arch
    size_t stacked; // instructions of the programs that it may be installed upon, with penalties
};

// The policy is not changed (but its arena grows), and must live as long as the findings, whose
// places it names. To be ended by lint_destroy().
void lint_create(struct lint *lint, struct policy *policy, const struct lint_context *context);
void lint_destroy(struct lint *lint);

// The kernel's limit on all filters of a thread together, in instructions, and what it adds for
// each (kernel/seccomp.c: MAX_INSNS_PER_PATH, seccomp_attach_filter()).
enum { LINT_STACK_INSNS = 32768, LINT_STACK_PENALTY = 4 };

#endif

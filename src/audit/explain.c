// SPDX-License-Identifier: ISC
//
// explain.c: `seccomp-audit explain FILE|pid:N [SYSCALL]`: in plain words, call by call: always,
// only if, never, and what happens to the rest. Any form of input.h.
//
// Of a policy it says what stands there, with its lines; of programs, which have no lines, what
// they come to (verdict_regions.h), and calls that only get what any other number gets are not
// mentioned.
//
// As JSON: an object with
//   input, arch   what was asked about; one architecture (--arch)
//   arch_blind    is the architecture not looked at?
//   default       a branch: any other number
//   x32           array of branches: the results of x32 numbers (none where there are no such)
//   other_archs   array of branches: the results of architectures that are not mentioned
//   calls         array of {call (null: no name), numbers [first, last], results}
// where results is an array of branches, of which the first that holds decides, and a branch is
// {when (words; null: always, or else), verdict, action (SECCOMP_RET_*), and for a policy file,
// line, column, text}.
//
// Exit: 0, 2 bad input, 3 undecided or not permitted.
#include "explain.h"

#include <stdio.h>

#include "architecture.h"
#include "arena.h"

const struct account *explain_account(const struct explanation *explanation, uint32_t number)
{
    for (size_t i = 0; i < explanation->account_count; i++)
        if (number >= explanation->accounts[i].first && number <= explanation->accounts[i].last)
            return &explanation->accounts[i];
    return NULL;
}

// This machine's architecture, or, unless --arch says which, the first of a policy that has not it.
static int choose_arch(const struct options *options, struct explanation *explanation)
{
    const struct policy *policy = explanation->input->policy;
    explanation->arch = options->arch;
    if (policy == NULL || input_lists(policy, options->arch))
        return -1;
    if (options->load.arch != 0)
        return options_fail(options, "%s: @arch does not list %s", policy->path,
                            architecture_name(options->arch));
    explanation->arch = policy->arch[0];
    return -1;
}

static int print(const struct options *options, const struct explanation *explanation)
{
    const struct syscall_entry *only = NULL;
    if (options->operand_count == 2) {
        const char *name = options->operands[1];
        const char *nearest = syscalls_nearest(explanation->arch, name);
        only = syscalls_find(explanation->arch, name);
        if (only == NULL)
            return options_fail(options, "there is no system call '%s' on %s%s%s%s", name,
                                architecture_name(explanation->arch),
                                nearest == NULL ? "" : "; did you mean ",
                                nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
    }
    if (options->json)
        explain_print_json(explanation, only);
    else
        explain_print_text(explanation, only, options->verbose);
    if (fflush(stdout) != 0 || ferror(stdout))
        return options_fail(options, "cannot write the answer");
    return EXIT_CLEAN;
}

static int explain(const struct options *options, const struct input *input)
{
    struct explanation explanation = {.input = input, .arena = arena_create()};
    const char *reason = NULL;
    int status = choose_arch(options, &explanation);
    if (status < 0) {
        if (input->policy != NULL)
            explain_policy(&explanation);
        else
            reason = explain_program(&explanation);
        if (reason == NULL)
            status = print(options, &explanation);
        else
            options_fail(options, "%s: %s", input->name, reason);
    }
    arena_destroy(explanation.arena);
    return reason == NULL ? status : EXIT_UNDECIDED;
}

int audit_explain(const struct options *options)
{
    struct input input;
    if (options->operand_count < 1 || options->operand_count > 2)
        return options_fail(options, "give one input, and a system call or none");
    int status = input_open(options, options->operands[0], &input);
    if (status >= 0)
        return status;
    status = explain(options, &input);
    input_close(&input);
    return status;
}

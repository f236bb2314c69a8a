// SPDX-License-Identifier: ISC
//
// explain_text.c: calls that get the same answer together, conditions one by one, then the rest.
#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>

#include "action.h"
#include "architecture.h"
#include "arena.h"
#include "calls.h"
#include "explain.h"
#include "place.h"
#include "words.h"

// Longer lists of names go without their lines unless --verbose.
enum { LINES_SHOWN = 24 };

static const char *account_name(const struct explanation *explanation,
                                const struct account *account)
{
    if (account->name != NULL)
        return account->name;
    if (account->first == account->last)
        return arena_format(explanation->arena, "number %" PRIu32, account->first);
    return arena_format(explanation->arena, "numbers %" PRIu32 " to %" PRIu32, account->first,
                        account->last);
}

static bool has_place(const struct branch *branch)
{
    return branch->at.file != NULL && branch->at.line != 0;
}

static void print_place(const struct explanation *explanation, const struct branch *branch)
{
    if (branch->at.file == NULL)
        return;
    fputs("  (", stdout);
    place_print(stdout, explanation->input->policy, branch->at);
    fputc(')', stdout);
}

static void print_branch(const struct explanation *explanation, const struct branch *branch,
                         const char *before)
{
    char text[ACTION_TEXT_BYTES];
    printf("    %s%s%s%s", before, branch->when == NULL ? "" : branch->when,
           branch->when == NULL ? "" : ": ", action_text(branch->action, text));
    print_place(explanation, branch);
    fputc('\n', stdout);
}

static void print_conditions(const struct explanation *explanation, const struct account *account)
{
    printf("  %s\n", account_name(explanation, account));
    for (size_t i = 0; i < account->count; i++) {
        const struct branch *branch = &account->branches[i];
        print_branch(explanation, branch,
                     branch->when == NULL ? (i == 0 ? "always: " : "else: ")
                     : i == 0             ? "if "
                                          : "else if ");
    }
}

static size_t count_always(const struct explanation *explanation, uint32_t action)
{
    size_t count = 0;
    for (size_t i = 0; i < explanation->account_count; i++)
        count += explanation->accounts[i].count == 1 &&
                 explanation->accounts[i].branches[0].action == action;
    return count;
}

static void print_always(const struct explanation *explanation, uint32_t action, bool verbose)
{
    char text[ACTION_TEXT_BYTES];
    struct name_list list = {.stream = stdout, .indent = 2};
    size_t count = count_always(explanation, action);
    bool lines = verbose || count <= LINES_SHOWN;
    if (action == SECCOMP_RET_ALLOW)
        printf("\nalways allowed (%zu)\n", count);
    else
        printf("\nalways %s (%zu): %s\n", action_text(action, text), count, words_action(action));
    for (size_t i = 0; i < explanation->account_count; i++) {
        const struct account *account = &explanation->accounts[i];
        const struct branch *branch = &account->branches[0];
        const char *name = account_name(explanation, account);
        if (account->count != 1 || branch->action != action)
            continue;
        if (lines && has_place(branch))
            name = arena_format(explanation->arena, "%s (%s:%u)", name, branch->at.file,
                                branch->at.line);
        name_list_add(&list, name);
    }
    name_list_end(&list);
}

// The actions that calls always get, the most permissive first.
static size_t always_actions(const struct explanation *explanation, uint32_t *actions)
{
    size_t count = 0;
    for (size_t i = 0; i < explanation->account_count; i++) {
        uint32_t action = explanation->accounts[i].branches[0].action;
        size_t known = 0;
        if (explanation->accounts[i].count != 1)
            continue;
        while (known < count && actions[known] != action)
            known++;
        if (known < count)
            continue;
        size_t at = count++;
        for (; at > 0 && (int32_t)actions[at - 1] < (int32_t)action; at--)
            actions[at] = actions[at - 1];
        actions[at] = action;
    }
    return count;
}

static void print_rest(const struct explanation *explanation, const char *what,
                       const struct branch *branches, size_t count)
{
    char text[ACTION_TEXT_BYTES];
    if (count == 0)
        return;
    printf("%s: ", what);
    for (size_t i = 0; i < count; i++)
        printf("%s%s", i == 0 ? "" : ", or ", action_text(branches[i].action, text));
    if (count == 1)
        printf(": %s", words_action(branches[0].action));
    else
        fputs(", by the call", stdout);
    print_place(explanation, &branches[0]);
    fputc('\n', stdout);
}

static void print_head(const struct explanation *explanation)
{
    const struct input *input = explanation->input;
    printf("%s, on %s", input->name, architecture_name(explanation->arch));
    for (size_t i = 0; input->policy != NULL && i < input->policy->arch_count; i++)
        if (input->policy->arch[i] != explanation->arch)
            printf(", and %s by --arch", architecture_name(input->policy->arch[i]));
    if (input->policy == NULL && input->program_count == 0)
        fputs(", without a filter", stdout);
    if (input->program_count > 1)
        printf(", %zu filters together", input->program_count);
    fputc('\n', stdout);
}

static void print_all(const struct explanation *explanation, bool verbose)
{
    uint32_t *actions =
        arena_alloc(explanation->arena, explanation->account_count + 1, sizeof(*actions));
    size_t count = always_actions(explanation, actions), conditional = 0;
    for (size_t i = 0; i < count; i++)
        print_always(explanation, actions[i], verbose);
    for (size_t i = 0; i < explanation->account_count; i++)
        conditional += explanation->accounts[i].count > 1;
    if (conditional > 0)
        printf("\nby their arguments (%zu)\n", conditional);
    for (size_t i = 0; i < explanation->account_count; i++)
        if (explanation->accounts[i].count > 1)
            print_conditions(explanation, &explanation->accounts[i]);
    fputc('\n', stdout);
    print_rest(explanation, "every other call", &explanation->other_call, 1);
    print_rest(explanation, "x32 numbers", explanation->x32, explanation->x32_count);
    if (explanation->arch_blind)
        puts("other architectures: the same by number, for the architecture is not looked at");
    else
        print_rest(explanation, "every other architecture", explanation->other_arch,
                   explanation->other_arch_count);
}

void explain_print_text(const struct explanation *explanation, const struct syscall_entry *only,
                        bool verbose)
{
    print_head(explanation);
    if (only == NULL) {
        print_all(explanation, verbose);
        return;
    }
    const struct account *account = explain_account(explanation, (uint32_t)only->number);
    if (account != NULL) {
        print_conditions(explanation, account);
        return;
    }
    printf("  %s\n", only->name);
    print_branch(explanation, &explanation->other_call, "not mentioned: ");
}

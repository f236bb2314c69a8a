// SPDX-License-Identifier: ISC
//
// explain_json.c: the shape is described in explain.c.
#include <inttypes.h>
#include <stdio.h>

#include "action.h"
#include "architecture.h"
#include "explain.h"
#include "json.h"
#include "place.h"

static void print_branch(const struct explanation *explanation, const struct branch *branch)
{
    char text[ACTION_TEXT_BYTES];
    fputs("{\"when\": ", stdout);
    if (branch->when == NULL)
        fputs("null", stdout);
    else
        json_string(stdout, branch->when);
    fputs(", \"verdict\": ", stdout);
    json_string(stdout, action_text(branch->action, text));
    printf(", \"action\": %" PRIu32, branch->action);
    if (branch->at.file != NULL) {
        fputs(", ", stdout);
        place_print_json(stdout, explanation->input->policy, branch->at);
    }
    fputc('}', stdout);
}

static void print_branches(const struct explanation *explanation, const struct branch *branches,
                           size_t count)
{
    fputc('[', stdout);
    for (size_t i = 0; i < count; i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        print_branch(explanation, &branches[i]);
    }
    fputc(']', stdout);
}

static void print_account(const struct explanation *explanation, const struct account *account,
                          const struct syscall_entry *entry)
{
    const char *name = account != NULL ? account->name : entry->name;
    fputs("{\"call\": ", stdout);
    if (name == NULL)
        fputs("null", stdout);
    else
        json_string(stdout, name);
    uint32_t first = account != NULL ? account->first : (uint32_t)entry->number;
    printf(", \"numbers\": [%" PRIu32 ", %" PRIu32 "], \"results\": ", first,
           account != NULL ? account->last : first);
    if (account != NULL)
        print_branches(explanation, account->branches, account->count);
    else
        print_branches(explanation, &explanation->other_call, 1);
    fputc('}', stdout);
}

void explain_print_json(const struct explanation *explanation, const struct syscall_entry *only)
{
    fputs("{\"input\": ", stdout);
    json_string(stdout, explanation->input->name);
    printf(", \"arch\": \"%s\", \"arch_blind\": %s, \"default\": ",
           architecture_name(explanation->arch), explanation->arch_blind ? "true" : "false");
    print_branch(explanation, &explanation->other_call);
    fputs(", \"x32\": ", stdout);
    print_branches(explanation, explanation->x32, explanation->x32_count);
    fputs(", \"other_archs\": ", stdout);
    print_branches(explanation, explanation->other_arch, explanation->other_arch_count);
    fputs(", \"calls\": [", stdout);
    if (only != NULL)
        print_account(explanation, explain_account(explanation, (uint32_t)only->number), only);
    for (size_t i = 0; only == NULL && i < explanation->account_count; i++) {
        fputs(i == 0 ? "" : ",\n  ", stdout);
        print_account(explanation, &explanation->accounts[i], NULL);
    }
    puts("]}");
}

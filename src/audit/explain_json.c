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

static void print_account(const struct explanation *explanation, const struct account *account)
{
    fputs("{\"call\": ", stdout);
    if (account->name == NULL)
        fputs("null", stdout);
    else
        json_string(stdout, account->name);
    printf(", \"numbers\": [%" PRIu32 ", %" PRIu32 "], \"results\": ", account->first,
           account->last);
    print_branches(explanation, account->branches, account->count);
    fputc('}', stdout);
}

// A call that is not mentioned gets what any other one gets.
static void print_only(const struct explanation *explanation, const struct syscall_entry *only)
{
    uint32_t number = (uint32_t)only->number;
    struct branch branch = explanation->other_call;
    const struct account other = {only->name, number, number, &branch, 1};
    const struct account *account = explain_account(explanation, number);
    print_account(explanation, account != NULL ? account : &other);
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
        print_only(explanation, only);
    for (size_t i = 0; only == NULL && i < explanation->account_count; i++) {
        fputs(i == 0 ? "" : ",\n  ", stdout);
        print_account(explanation, &explanation->accounts[i]);
    }
    puts("]}");
}

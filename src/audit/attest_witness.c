// SPDX-License-Identifier: ISC
//
// attest_witness.c: what the plain interpreters found, written down.
#include "attest_witness.h"

#include <inttypes.h>
#include <stdio.h>

#include "action.h"
#include "architecture.h"
#include "json.h"
#include "syscalls.h"

enum { ARGS = 6, SIDE_FILTERS = 0, SIDE_POLICY = 1, PATH_SHOWN = 24 };

static bool lists(const struct policy *policy, uint32_t arch)
{
    for (size_t i = 0; i < policy->arch_count; i++)
        if (policy->arch[i] == arch)
            return true;
    return false;
}

// The line of the policy that decided.
static struct position decided_at(const struct witness *witness, const struct policy *policy)
{
    const struct judgement *by = &witness->by[SIDE_POLICY];
    const struct seccomp_data *data = &witness->input.data;
    if (by->clause != NULL)
        return by->clause->at;
    if (by->rule != NULL)
        return by->rule->otherwise_at;
    if (!lists(policy, data->arch) || architecture_x32(data->arch, (uint32_t)data->nr))
        return policy->bad_arch_at;
    return policy->default_at;
}

static void print_path(const struct judgement *by)
{
    size_t from = by->steps > PATH_SHOWN ? by->steps - PATH_SHOWN : 0;
    fputs(from > 0 ? " ..." : "", stdout);
    for (size_t i = from; i < by->steps; i++)
        printf(" %u", by->path[i]);
}

void witness_print_text(const struct witness *witness, const struct policy *policy, size_t filters)
{
    char says[2][ACTION_TEXT_BYTES];
    const struct seccomp_data *data = &witness->input.data;
    const char *name = syscalls_name(data->arch, data->nr);
    struct position at = decided_at(witness, policy);
    printf("      on %s, %s (%u)", architecture_name(data->arch), name == NULL ? "no call" : name,
           (uint32_t)data->nr);
    for (size_t i = 0; i < ARGS; i++)
        printf("%s0x%" PRIx64, i == 0 ? " with " : " ", (uint64_t)data->args[i]);
    printf("\n        %s: %s, by", filters == 1 ? "the filter" : "the filters",
           action_text(witness->by[SIDE_FILTERS].result, says[SIDE_FILTERS]));
    if (filters > 1)
        printf(" filter %zu,", witness->by[SIDE_FILTERS].program + 1);
    fputs(" instructions", stdout);
    print_path(&witness->by[SIDE_FILTERS]);
    printf("\n        the policy: %s, by ",
           action_text(witness->by[SIDE_POLICY].result, says[SIDE_POLICY]));
    if (at.line == 0)
        puts("--default");
    else
        printf("%s:%u:%u\n", at.file, at.line, at.column);
}

static void print_decision(const struct witness *witness, const struct policy *policy)
{
    const struct judgement *by = &witness->by[SIDE_FILTERS];
    struct position at = decided_at(witness, policy);
    printf(", \"filter\": %zu, \"instructions\": [", by->program + 1);
    for (size_t i = 0; i < by->steps; i++)
        printf("%s%u", i == 0 ? "" : ", ", by->path[i]);
    fputs("], \"file\": ", stdout);
    json_string(stdout, at.line == 0 ? policy->path : at.file);
    printf(", \"line\": %u, \"column\": %u}", at.line, at.column);
}

void witness_print_json(const struct witness *witness, const struct policy *policy)
{
    static const char *const words[DIFFERENCE_COUNT] = {
        [DIFFERENCE_STRICTER] = "stricter",
        [DIFFERENCE_WEAKER] = "weaker",
        [DIFFERENCE_DATA] = "data",
    };
    char says[ACTION_TEXT_BYTES];
    const struct seccomp_data *data = &witness->input.data;
    const char *name = syscalls_name(data->arch, data->nr);
    printf("{\"difference\": \"%s\", \"arch\": \"%s\", \"call\": ", words[witness->difference],
           architecture_name(data->arch));
    if (name == NULL)
        fputs("null", stdout);
    else
        json_string(stdout, name);
    printf(", \"number\": %u, \"args\": [", (uint32_t)data->nr);
    for (size_t i = 0; i < ARGS; i++)
        printf("%s%" PRIu64, i == 0 ? "" : ", ", (uint64_t)data->args[i]);
    printf("], \"instruction_pointer\": %" PRIu64 ", \"filters\": ",
           (uint64_t)data->instruction_pointer);
    json_string(stdout, action_text(witness->by[SIDE_FILTERS].result, says));
    fputs(", \"policy\": ", stdout);
    json_string(stdout, action_text(witness->by[SIDE_POLICY].result, says));
    print_decision(witness, policy);
}

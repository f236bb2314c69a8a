// SPDX-License-Identifier: ISC
//
// attest_policies.c: the policies given, or echocell's own with their trapping twins.
#include <stdlib.h>
#include <string.h>

#include "attest.h"
#include "builtin.h"
#include "variant.h"

static const struct role roles[] = {
    {.builtin = "session", .parent = true, .socket = true},
    {.builtin = "session-trace", .parent = true, .socket = true},
    {.builtin = "listener", .only_until_born = true},
};

// By the text, so that a copy of one of our policies is known for what it is.
static const struct role *find_role(const struct policy *policy)
{
    for (const struct builtin *builtin = builtins; builtin->name != NULL; builtin++) {
        if (builtin->length != policy->text_length ||
            memcmp(builtin->text, policy->text, builtin->length) != 0)
            continue;
        for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
            if (strcmp(roles[i].builtin, builtin->name) == 0)
                return &roles[i];
    }
    return NULL;
}

static bool add(struct candidates *candidates, struct candidate candidate)
{
    struct candidate *list =
        reallocarray(candidates->list, candidates->count + 1, sizeof(candidate));
    if (list == NULL)
        return false;
    candidates->list = list;
    list[candidates->count++] = candidate;
    return true;
}

// Takes the policy over.
static bool own(struct candidates *candidates, struct policy *policy)
{
    struct policy **owned =
        reallocarray(candidates->owned, candidates->owned_count + 1, sizeof(struct policy *));
    if (owned == NULL) {
        policy_free(policy);
        return false;
    }
    candidates->owned = owned;
    owned[candidates->owned_count++] = policy;
    return true;
}

static bool lists(const struct policy *policy, uint32_t arch)
{
    for (size_t i = 0; i < policy->arch_count; i++)
        if (policy->arch[i] == arch)
            return true;
    return false;
}

// A program is mostly built for one architecture of those that its policy lists; then all others
// are bad ones to it.
static bool add_variants(struct candidates *candidates, const char *name, struct policy *policy,
                         uint32_t arch)
{
    struct candidate candidate = {.name = name, .variant = "", .policy = policy};
    candidate.role = find_role(policy);
    candidate.only_arch = lists(policy, arch) ? arch : 0;
    if (!add(candidates, candidate))
        return false;
    if (candidate.role != NULL) {
        candidate.variant = "trapping";
        candidate.policy = policy_trap_twin(policy);
        return add(candidates, candidate);
    }
    if (candidate.only_arch == 0 || policy->arch_count == 1)
        return true;
    candidate.variant = "for all its architectures";
    candidate.only_arch = 0;
    return add(candidates, candidate);
}

static bool load_builtins(const struct options *options, struct candidates *candidates)
{
    const struct load_options plain = {0};
    for (const struct builtin *builtin = builtins; builtin->name != NULL; builtin++) {
        struct diagnostics diagnostics;
        diagnostics_create(&diagnostics);
        struct policy *policy =
            policy_load_text(builtin->file, builtin->text, builtin->length, &plain, &diagnostics);
        diagnostics_print(&diagnostics, stderr);
        diagnostics_destroy(&diagnostics);
        if (policy == NULL || !own(candidates, policy) ||
            !add_variants(candidates, builtin->name, policy, options->arch))
            return false;
    }
    return true;
}

bool candidates_load(const struct options *options, struct candidates *candidates)
{
    *candidates = (struct candidates){0};
    if (options->policy_count == 0)
        return load_builtins(options, candidates);
    for (size_t i = 0; i < options->policy_count; i++) {
        struct policy *policy = options_load(options, options->policies[i]);
        if (policy == NULL || !own(candidates, policy) ||
            !add_variants(candidates, options->policies[i], policy, options->arch))
            return false;
    }
    return true;
}

void candidates_free(struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->owned_count; i++)
        policy_free(candidates->owned[i]);
    free(candidates->owned);
    free(candidates->list);
    *candidates = (struct candidates){0};
}

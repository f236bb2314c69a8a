// SPDX-License-Identifier: ISC
#include "check_profile.h"

#include <string.h>

#include "check_findings.h"
#include "oracle.h"
#include "policy/evaluate.h"
#include "policy/load.h"
#include "policy/oci.h"

enum { CALLS = 48 };

static const char name[] = "printed.json";

// Is the call one that a profile speaks of? It says nothing of x32 and of other architectures.
static bool is_spoken_of(const struct policy *policy, const struct seccomp_data *data)
{
    if (data->arch == 0xc000003e && (uint32_t)data->nr >= 0x40000000)
        return false;
    for (size_t i = 0; i < policy->arch_count; i++)
        if (policy->arch[i] == data->arch)
            return true;
    return false;
}

// Entries that get in each other's way are found when the profile is read.
static void check_printed_profile(const struct policy_model *model, const struct policy *policy,
                                  const uint64_t *values, struct dice *dice)
{
    const struct oci_options options = {.arch = policy->arch[0], .kernel = OCI_KERNEL(6, 1)};
    struct diagnostics diagnostics;
    const char *text = check_printed(0);
    diagnostics_create(&diagnostics);
    diagnostics.guesses = 1;
    struct policy *copy = oci_load_text(name, text, strlen(text), &options, &diagnostics);
    for (size_t i = 0; i < diagnostics.count; i++)
        ORACLE(strstr(diagnostics.list[i].message, "expected") == NULL,
               "what is written is JSON: %s", diagnostics.list[i].message);
    bool whole = copy != NULL && diagnostics.count == 0 && copy->arch_count == policy->arch_count;
    for (unsigned i = 0; whole && i < CALLS; i++) {
        struct seccomp_data data = calls_next(model, dice, values);
        uint32_t expected = policy_model_decide(model, values, &data).action;
        uint32_t action = policy_evaluate(copy, NULL, &data, NULL, NULL);
        ORACLE(action == expected || !is_spoken_of(policy, &data),
               "as a profile, call %d on %#x gets %#x, not %#x", data.nr, data.arch, expected,
               action);
    }
    policy_free(copy);
    diagnostics_destroy(&diagnostics);
}

void check_profile(const struct policy_model *model, const struct policy *policy,
                   const uint64_t *values, struct dice *dice)
{
    struct diagnostics diagnostics;
    diagnostics_create(&diagnostics);
    bool printed = oci_print(check_print_to(0), policy, &diagnostics);
    ORACLE(printed == (diagnostics.errors == 0), "what cannot be printed is said");
    if (printed)
        check_printed_profile(model, policy, values, dice);
    else
        ORACLE(check_printed(0)[0] == '\0', "what cannot be said is not begun");
    diagnostics_destroy(&diagnostics);
}

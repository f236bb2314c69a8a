// SPDX-License-Identifier: ISC
//
// fuzz_oci.c: container profiles.
//
// Target: oci_load_text() (JSON, words, includes and excludes, entries, how they combine),
// findings, oci_print().
//
// Threat model: profiles come with images and charts; whoever runs one believes what it is said to
// mean.
//
// Input: a profile, at most 16 KiB. When the first line begins with "//--", the words in it are
// options, and the profile begins behind it: arch=NAME, kernel=N.M or kernel=running, cap=NAME.
//
// Oracle: oci_model.h reads the same text: both take it or both refuse it, and both say the same to
// calls at the borders of every argument; what is left of the entries, and of how
// many is warned, is what the model says; what can be printed as a profile again and is taken
// without a finding is the same; findings are as check_findings.h says.
#include "oracle.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "check_findings.h"
#include "check_start.h"
#include "model/oci_model.h"
#include "policy/architecture.h"
#include "policy/evaluate.h"
#include "policy/load.h"
#include "policy/oci.h"
#include "text_words.h"

enum { CALLS = 64, KERNEL = OCI_KERNEL(6, 1) };

static const char name[] = "profile.json";
static struct oci_model model;
static char words[OCI_MODEL_CAPS][32];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    check_start();
    return 0;
}

static void read_option(void *context, const char *word)
{
    struct oci_options *options = context;
    if (strncmp(word, "arch=", 5) == 0 && architecture_named(word + 5) != NULL)
        options->arch = architecture_named(word + 5)->token;
    if (strcmp(word, "kernel=running") == 0)
        options->kernel = 0;
    if (strncmp(word, "kernel=", 7) == 0 && oci_kernel_read(word + 7) != 0)
        options->kernel = oci_kernel_read(word + 7);
    if (strncmp(word, "cap=", 4) == 0 && options->cap_count < OCI_MODEL_CAPS) {
        char *copy = words[options->cap_count];
        snprintf(copy, sizeof(words[0]), "%s", word + 4);
        options->caps[options->cap_count++] = copy;
    }
}

static unsigned running_kernel(void)
{
    struct utsname system;
    unsigned version = 0, revision = 0;
    ORACLE(uname(&system) == 0 && sscanf(system.release, "%u.%u", &version, &revision) == 2,
           "the kernel has a version");
    return OCI_KERNEL(version, revision);
}

static void compare_head(const struct policy *policy)
{
    ORACLE(policy->arch_count == model.arch_count, "it is for %zu architectures, not %zu",
           model.arch_count, policy->arch_count);
    for (size_t i = 0; i < model.arch_count; i++)
        ORACLE(policy->arch[i] == model.arch[i], "architecture %zu is %#x, not %#x", i,
               model.arch[i], policy->arch[i]);
    ORACLE(policy->default_action == model.default_action, "the default is %#x, not %#x",
           model.default_action, policy->default_action);
    ORACLE(policy->bad_arch_action == model.bad_arch_action, "a bad architecture gets %#x, not %#x",
           model.bad_arch_action, policy->bad_arch_action);
    ORACLE(policy->param_count == 0, "a profile has no parameters");
}

static void compare_call(const struct policy *policy, const struct seccomp_data *data,
                         const char *what)
{
    uint32_t expected = oci_model_decide(&model, data);
    uint32_t action = policy_evaluate(policy, NULL, data, NULL, NULL);
    ORACLE(action == expected, "%s: call %d on %#x gets %#x, not %#x", what, data->nr, data->arch,
           expected, action);
}

// What the policy has a rule for, and the model maybe not.
static void compare_rule(const struct policy *policy, const struct rule *rule, const char *what)
{
    for (size_t i = 0; i < policy->arch_count; i++) {
        struct seccomp_data data = {.nr = rule->number[i], .arch = policy->arch[i]};
        const struct conjunction *first =
            rule->clause_count > 0 ? &rule->clauses[0].when.any[0] : NULL;
        for (size_t j = 0; first != NULL && j < first->count; j++)
            data.args[first->atoms[j].arg] = first->atoms[j].value;
        if ((rule->archs >> i & 1) != 0)
            compare_call(policy, &data, what);
    }
}

static void compare_calls(const struct policy *policy, struct dice *dice, const char *what)
{
    for (size_t i = 0; i < policy->rule_count; i++)
        compare_rule(policy, &policy->rules[i], what);
    for (unsigned i = 0; i < CALLS; i++) {
        const struct seccomp_data data = oci_model_call(&model, dice);
        compare_call(policy, &data, what);
    }
}

// A finding about what can be read is about a part of it.
static void check_places(const struct diagnostics *diagnostics, const char *text)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *found = &diagnostics->list[i];
        const char *line = text;
        for (uint32_t number = 1; number < found->at.line; number++)
            line = strchr(line, '\n') + 1;
        ORACLE(strncmp(found->message, "not JSON", 8) == 0 ||
                   oci_model_place(line + found->at.column - 1, found->width, found->message),
               "%u bytes at %u:%u are not '%s'", found->width, found->at.line, found->at.column,
               found->message);
    }
}

// Where a call is behind a gate, the architectures are named that have it.
static void check_gate(const char *message)
{
    char expected[512] = "on ";
    size_t used = 3;
    const char *gate = strstr(message, "through ipc,") != NULL ? "ipc" : "socketcall";
    for (size_t i = 0; i < model.arch_count; i++)
        if (oci_model_number(model.arch[i], gate) >= 0)
            used += (size_t)snprintf(expected + used, sizeof(expected) - used, "%s%s",
                                     used > 3 ? ", " : "", architecture_name(model.arch[i]));
    ORACLE(strncmp(message, expected, used) == 0 && strncmp(message + used, " '", 2) == 0,
           "it is '%s', not '%s'", expected, message);
}

// Is every warning given, and none too many? What decides no call is left out.
static void check_outcome(const struct policy *policy, const struct diagnostics *diagnostics)
{
    struct oci_outcome expected;
    size_t clauses = 0;
    unsigned warnings = 0;
    if (!oci_model_outcome(&model, &expected))
        return;
    for (size_t i = 0; i < policy->rule_count; i++)
        clauses += policy->rules[i].clause_count;
    for (size_t i = 0; i < diagnostics->count; i++) {
        const char *message = diagnostics->list[i].message;
        warnings += diagnostics->list[i].severity == SEVERITY_WARNING ? 1 : 0;
        char *behind;
        if (strncmp(message, "on ", 3) == 0)
            check_gate(message);
        unsigned long count = strtoul(message, &behind, 10);
        ORACLE(strncmp(behind, " name", 5) != 0 || count == model.unknown_count,
               "%zu names are unknown: '%s'", model.unknown_count, message);
        ORACLE(strncmp(behind, count == 1 ? " names are" : " name is", 8) != 0,
               "one is, several are: '%s'", message);
    }
    ORACLE(warnings == expected.warnings, "there are %u warnings, not %u", expected.warnings,
           warnings);
    ORACLE(policy->rule_count == expected.rules && clauses == expected.clauses,
           "there are %zu rules and %zu clauses, not %zu and %zu", expected.rules, expected.clauses,
           policy->rule_count, clauses);
}

static void check_round_trip(const struct policy *policy, const struct oci_options *options,
                             struct dice *dice)
{
    struct diagnostics diagnostics;
    diagnostics_create(&diagnostics);
    bool printed = oci_print(check_print_to(0), policy, &diagnostics);
    const char *text = check_printed(0);
    ORACLE(printed == (diagnostics.errors == 0), "what cannot be printed is said");
    struct policy *copy =
        printed ? oci_load_text(name, text, strlen(text), options, &diagnostics) : NULL;
    if (diagnostics.count == 0) {
        ORACLE(copy != NULL, "what is printed can be read");
        if (copy->arch_count == policy->arch_count)
            compare_calls(copy, dice, "printed and read");
    }
    policy_free(copy);
    diagnostics_destroy(&diagnostics);
}

static void check(const char *text, size_t length, const struct oci_options *options,
                  struct dice *dice)
{
    struct oci_model_options same = {options->arch,
                                     {NULL},
                                     options->cap_count,
                                     options->kernel == 0 ? running_kernel() : options->kernel};
    struct diagnostics diagnostics;
    for (size_t i = 0; i < options->cap_count; i++)
        same.caps[i] = options->caps[i];
    bool expected = oci_model_read(&model, &same, text, length);
    diagnostics_create(&diagnostics);
    diagnostics.guesses = 1;
    struct policy *policy = oci_load_text(name, text, length, options, &diagnostics);
    ORACLE((policy != NULL) == (diagnostics.errors == 0), "what has no error is taken");
    ORACLE(model.unsure || (policy != NULL) == expected, "the text is %s: %s",
           expected ? "a profile" : "no profile",
           diagnostics.count > 0 ? diagnostics.list[0].message : "it was taken");
    check_findings(&diagnostics, name, text, length);
    check_findings_printed(&diagnostics);
    check_places(&diagnostics, text);
    if (policy != NULL && !model.unsure) {
        compare_head(policy);
        check_outcome(policy, &diagnostics);
        compare_calls(policy, dice, "read");
        check_round_trip(policy, options, dice);
    }
    policy_free(policy);
    diagnostics_destroy(&diagnostics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oci_options options = {.kernel = KERNEL};
    const char *text = (const char *)data;
    if (size > 16384)
        return 0;
    struct dice dice = dice_from(data, size);
    size_t skip = text_words(text, size, "//--", read_option, &options);
    check_begin();
    check(text + skip, size - skip, &options, &dice);
    check_end();
    return 0;
}

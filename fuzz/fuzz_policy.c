// SPDX-License-Identifier: ISC
//
// fuzz_policy.c: the text of a policy.
//
// Target: policy_load_text() (lexer, parser, names, values, conditions, includes), diagnostics,
// policy_print() and policy_evaluate().
//
// Threat model: an auditor reads files of strangers, and acts on what the tool says they mean.
//
// Input: the text of a policy, at most 16 KiB, perhaps with options in its first line
// (text_options.h); the include root is fuzz/include.
//
// Oracle: policy_model.h reads the same text: both take it or both refuse it, every field and place
// of what was taken is the same, both say the same to calls at the borders of every condition; a
// policy that is printed and read again is the same; errors stand in the lines that the model finds
// at fault and in no others (check_findings.h has what holds of every finding).
#include "oracle.h"

#include <limits.h>
#include <string.h>

#include "check_errors.h"
#include "check_findings.h"
#include "check_policy.h"
#include "check_start.h"
#include "engine/effort.h"
#include "model/calls_model.h"
#include "model/include_model.h"
#include "policy/evaluate.h"
#include "policy/load.h"
#include "policy/print.h"
#include "text_options.h"

enum { CALLS = 32, GUESSES = 1 };

// What afl-fuzz pays for (engine/effort.h): of the texts from LONG_BYTES on so few that each length
// costs the same in all; a nearest name, which takes as long as ten texts; calls and printing.
enum { LONG_BYTES = 256, FIRST_LONG = 64, SHARE_BYTES = 32, SHARE_GUESSED = 128, SHARE_USED = 16 };

static const char name[] = "text.policy";
static struct policy_model model, again;
static char root[PATH_MAX];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    ORACLE(realpath(FUZZ_INCLUDE, root) != NULL, "%s is there", FUZZ_INCLUDE);
    include_model_start(root);
    check_start();
    return 0;
}

static void check_calls(const struct policy *policy, struct dice *dice)
{
    static uint64_t values[MODEL_PARTS];
    calls_values(&model, dice, values);
    for (unsigned i = 0; i < CALLS; i++) {
        struct seccomp_data data = calls_next(&model, dice, values);
        const struct rule *rule;
        const struct clause *clause;
        struct model_decision expected = policy_model_decide(&model, values, &data);
        uint32_t action = policy_evaluate(policy, values, &data, &rule, &clause);
        ORACLE(action == expected.action, "call %d on %#x gets %#x, not %#x", data.nr, data.arch,
               expected.action, action);
        ORACLE(rule == (expected.rule < 0 ? NULL : &policy->rules[expected.rule]),
               "call %d is decided by rule %d", data.nr, expected.rule);
        ORACLE(clause == (expected.entry < 0 ? NULL : &rule->clauses[expected.entry]),
               "call %d is decided by entry %d", data.nr, expected.entry);
    }
}

static struct policy *load(const char *text, size_t length, const struct load_options *options,
                           struct diagnostics *diagnostics, size_t guesses)
{
    diagnostics_create(diagnostics);
    diagnostics->guesses = guesses;
    return policy_load_text(name, text, length, options, diagnostics);
}

// What is printed means the same, to us and to the model, and is printed the same.
static void check_round_trip(const struct policy *policy)
{
    static const struct load_options none;
    struct model_options plain = {0};
    struct diagnostics diagnostics;
    policy_print(check_print_to(0), policy);
    const char *printed = check_printed(0);
    size_t length = strlen(printed);
    struct policy *copy = load(printed, length, &none, &diagnostics, GUESSES);
    ORACLE(copy != NULL, "what is printed can be read: %s",
           diagnostics.count > 0 ? diagnostics.list[0].message : "?");
    check_policy(&model, copy, false);
    policy_print(check_print_to(1), copy);
    ORACLE(strcmp(printed, check_printed(1)) == 0, "a second print is the same");
    if (length <= MODEL_TEXT_BYTES) {
        ORACLE(policy_model_read(&again, &plain, name, printed, length) || again.unsure,
               "the model can read what is printed");
        if (!again.unsure)
            check_policy(&again, copy, true);
    }
    ORACLE(copy->rule_count == policy->rule_count, "%zu rules are printed, not %zu",
           policy->rule_count, copy->rule_count);
    policy_free(copy);
    diagnostics_destroy(&diagnostics);
}

// What was read is as the model has it, and every finding stands where it must.
static void check_reading(const struct policy *policy, const struct diagnostics *diagnostics,
                          size_t guesses, bool expected, const char *text, size_t length)
{
    ORACLE((policy != NULL) == (diagnostics->errors == 0), "what has no error is taken");
    ORACLE(model.unsure || (policy != NULL) == expected, "the text is %s: %s",
           expected ? "a policy" : "no policy",
           diagnostics->count > 0 ? diagnostics->list[0].message : "it was taken");
    check_findings(diagnostics, name, text, length);
    check_errors(&model, diagnostics, guesses);
    if (policy != NULL && !model.unsure)
        check_policy(&model, policy, true);
}

// What is done with it.
static void check_use(const struct policy *policy, const struct diagnostics *diagnostics,
                      const char *text, size_t length)
{
    check_findings_printed(diagnostics);
    check_source(name, text, length);
    if (policy == NULL || model.unsure)
        return;
    struct dice dice = dice_from(text, length);
    check_calls(policy, &dice);
    if (!model.dropped)
        check_round_trip(policy);
}

static void check(const char *text, size_t length)
{
    struct load_options options;
    struct model_options same;
    struct diagnostics diagnostics;
    const bool guessed = effort_chosen(text, length, SHARE_GUESSED);
    text_options(text, length, root, &options, &same);
    bool expected = policy_model_read(&model, &same, name, text, length);
    const size_t guesses = guessed ? GUESSES : 0;
    struct policy *policy = load(text, length, &options, &diagnostics, guesses);
    check_reading(policy, &diagnostics, guesses, expected, text, length);
    if (effort_begin(effort_chosen(text, length, SHARE_USED), policy != NULL))
        check_use(policy, &diagnostics, text, length);
    policy_free(policy);
    diagnostics_destroy(&diagnostics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > MODEL_TEXT_BYTES)
        return 0;
    check_begin();
    if (effort_takes(data, size, size < LONG_BYTES ? 1 : size / SHARE_BYTES, FIRST_LONG))
        check((const char *)data, size);
    effort_end();
    check_end();
    return 0;
}

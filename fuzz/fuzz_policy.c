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

#include "check_findings.h"
#include "check_policy.h"
#include "check_start.h"
#include "model/calls_model.h"
#include "model/include_model.h"
#include "policy/evaluate.h"
#include "policy/load.h"
#include "policy/print.h"
#include "text_options.h"

enum { CALLS = 32, GUESSES = 1 };

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

static size_t reports[MODEL_LINES];
static size_t mistakes[MODEL_LINES]; // of these, those that are about the line itself

// The model's first line at a place; a file that is included twice has each line twice.
static uint32_t find_line(const char *file, uint32_t line)
{
    for (uint32_t i = 0; i < model.line_count; i++)
        if (line >= model.lines[i].first && line <= model.lines[i].last &&
            strcmp(file, model.files[model.lines[i].file]) == 0)
            return i;
    return UINT32_MAX;
}

// Lets the first line at a place stand for all.
static void merge_lines(void)
{
    for (uint32_t i = 0; i < model.line_count && model.file_count > 1; i++) {
        struct model_line *line = &model.lines[i];
        struct model_line *first = &model.lines[find_line(model.files[line->file], line->first)];
        first->refused = first->refused || line->refused;
        first->wrong = first->wrong || line->wrong;
        if (line != first)
            line->refused = line->wrong = false;
    }
}

static void count_reports(const struct diagnostics *diagnostics)
{
    memset(reports, 0, model.line_count * sizeof(reports[0]));
    memset(mistakes, 0, model.line_count * sizeof(mistakes[0]));
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *found = &diagnostics->list[i];
        uint32_t line = find_line(found->at.file, found->at.line);
        for (const char *byte = found->message; *byte != '\0'; byte++)
            ORACLE((*byte >= ' ' && *byte <= '~') || strstr(found->message, "include") != NULL,
                   "a message has the byte %#x", (unsigned char)*byte);
        bool whole = model.no_default && found->at.line == 1 && found->at.column == 1;
        ORACLE(line != UINT32_MAX || whole, "the finding at %s:%u is in a statement",
               found->at.file, found->at.line);
        if (line != UINT32_MAX && found->severity == SEVERITY_ERROR)
            reports[line]++;
        bool own = strcmp(found->message, "there is no @default") != 0 &&
                   strcmp(found->message, "a policy has at most 64 parameters") != 0;
        if (line != UINT32_MAX && found->severity == SEVERITY_ERROR && own)
            mistakes[line]++;
    }
}

static bool stands_at(const struct diagnostics *diagnostics, const char *file, uint32_t line,
                      uint32_t column)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct position *at = &diagnostics->list[i].at;
        if (at->line == line && at->column == column && strcmp(at->file, file) == 0)
            return true;
    }
    return false;
}

// Each line at fault is reported. When all are statements, no other line is.
static void check_errors(const struct diagnostics *diagnostics)
{
    bool statements = true;
    if (model.unsure)
        return;
    merge_lines();
    count_reports(diagnostics);
    for (uint32_t i = 0; i < model.line_count; i++)
        statements = statements && !model.lines[i].refused;
    for (uint32_t i = 0; i < model.line_count; i++) {
        const struct model_line *line = &model.lines[i];
        bool whole = model.no_default && line->file == 0 && line->first == 1;
        bool fault = line->refused || (statements && line->wrong);
        ORACLE(line->bad_column == 0 || stands_at(diagnostics, model.files[line->file],
                                                  line->bad_line, line->bad_column),
               "%u:%u has what is no word, and is not reported", line->bad_line, line->bad_column);
        ORACLE(!line->refused || line->garbled || model.file_count > 1 || mistakes[i] == 1 ||
                   !model_word_is(&model.words[line->word], "@param"),
               "line %u is no parameter, and reported %zu times", line->first, mistakes[i]);
        ORACLE(!fault || reports[i] > 0, "%s:%u is at fault (%s), and not reported",
               model.files[line->file], line->first, line->refused ? "no statement" : "meaning");
        ORACLE(fault || whole || !statements || reports[i] == 0, "%s:%u is right, but reported",
               model.files[line->file], line->first);
    }
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
                           struct diagnostics *diagnostics)
{
    diagnostics_create(diagnostics);
    diagnostics->guesses = GUESSES;
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
    struct policy *copy = load(printed, length, &none, &diagnostics);
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

// A name whose definition was refused is not unknown to a rule as well.
static void check_known(const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const char *message = diagnostics->list[i].message;
        bool param = strncmp(message, "unknown parameter '", 19) == 0;
        uint32_t at = find_line(diagnostics->list[i].at.file, diagnostics->list[i].at.line);
        if ((!param && strncmp(message, "unknown constant '", 18) != 0) || at == UINT32_MAX ||
            model.words[model.lines[at].word].kind == '@')
            continue;
        const char *unknown = strchr(message, '\'') + 1;
        for (uint32_t line = 0; line < model.line_count; line++) {
            const struct model_word *word = &model.words[model.lines[line].word];
            bool defines = model.lines[line].refused && word->kind == '@' &&
                           model_word_is(word, param ? "@param" : "@const") &&
                           word[1].kind == (param ? '$' : 'w');
            ORACLE(!defines || strncmp(word[1].text, unknown, word[1].length) != 0 ||
                       unknown[word[1].length] != '\'',
                   "the definition of '%s was refused already", unknown);
        }
    }
}

// Where an action is expected it is said which: after @default and @badarch one that denies.
static void check_expected(const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *found = &diagnostics->list[i];
        uint32_t at = find_line(found->at.file, found->at.line);
        if (strncmp(found->message, "expected an action", 18) != 0 || at == UINT32_MAX)
            continue;
        bool denies = strncmp(found->message + 18, " that denies", 12) == 0;
        ORACLE(denies || model.words[model.lines[at].word].kind != '@', "%u: '%s'", found->at.line,
               found->message);
        ORACLE(found->hint == NULL || denies == (strncmp(found->hint, "kill-process, ", 14) == 0),
               "%u: '%s', but '%s'", found->at.line, found->message, found->hint);
    }
}

// The nearest name is looked for as often as it may be.
static void check_guesses(const struct diagnostics *diagnostics)
{
    int guesses = 0;
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *found = &diagnostics->list[i];
        bool looked = strncmp(found->message, "unknown constant", 16) == 0 ||
                      strncmp(found->message, "unknown system call", 19) == 0;
        guesses += looked && found->hint != NULL ? 1 : 0;
    }
    ORACLE(guesses <= GUESSES, "%d names are guessed, not %d", guesses, GUESSES);
}

static void check(const char *text, size_t length)
{
    struct load_options options;
    struct model_options same;
    struct diagnostics diagnostics;
    text_options(text, length, root, &options, &same);
    bool expected = policy_model_read(&model, &same, name, text, length);
    struct policy *policy = load(text, length, &options, &diagnostics);
    ORACLE((policy != NULL) == (diagnostics.errors == 0), "what has no error is taken");
    ORACLE(model.unsure || (policy != NULL) == expected, "the text is %s: %s",
           expected ? "a policy" : "no policy",
           diagnostics.count > 0 ? diagnostics.list[0].message : "it was taken");
    check_findings(&diagnostics, name, text, length);
    check_guesses(&diagnostics);
    if (!model.unsure) {
        check_known(&diagnostics);
        check_expected(&diagnostics);
    }
    check_errors(&diagnostics);
    if (policy != NULL && !model.unsure) {
        struct dice dice = dice_from(text, length);
        check_policy(&model, policy, true);
        check_calls(policy, &dice);
        if (!model.dropped)
            check_round_trip(policy);
    }
    policy_free(policy);
    diagnostics_destroy(&diagnostics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > MODEL_TEXT_BYTES)
        return 0;
    check_begin();
    check((const char *)data, size);
    check_end();
    return 0;
}

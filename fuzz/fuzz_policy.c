// SPDX-License-Identifier: ISC
//
// fuzz_policy.c: the text of a policy.
//
// Target: policy_load_text() (lexer, parser, names, values, conditions), diagnostics,
// policy_print() and policy_evaluate(). Threat model: an auditor reads files of strangers, and acts
// on what the tool says they mean. Input: the text of a policy, at most 16 KiB. When its first line
// begins with "#--", the words in it are options: default=ACTION, arch=NAME, root (fuzz/include is
// the include root). Oracle: policy_model.h reads the same text: both take it or both refuse it,
// every field and place of what was taken is the same, both say the same to calls at the borders of
// every condition; a policy that is printed and read again is the same; errors stand at places that
// exist, in the lines that the model finds at fault and in no others, and are printed without a
// byte that a terminal would act on.
#include "oracle.h"

#include <limits.h>
#include <string.h>

#include "architecture.h"
#include "evaluate.h"
#include "load.h"
#include "model/calls_model.h"
#include "model/include_model.h"
#include "model/policy_compare.h"
#include "print.h"

enum { PRINTED_BYTES = 1 << 20, CALLS = 32, GUESSES = 1 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char name[] = "text.policy";
static struct policy_model model, again;
static char root[PATH_MAX];
static char printed[2][PRINTED_BYTES];
static size_t printed_length;
static FILE *stream; // into printed_to
static char *printed_to;

static ssize_t keep(void *cookie, const char *bytes, size_t length)
{
    (void)cookie;
    ORACLE(printed_length + length < PRINTED_BYTES, "what is printed is at most %d bytes",
           PRINTED_BYTES);
    memcpy(printed_to + printed_length, bytes, length);
    printed_length += length;
    printed_to[printed_length] = '\0';
    return (ssize_t)length;
}

static FILE *print_to(unsigned index)
{
    printed_to = printed[index];
    printed_length = 0;
    printed_to[0] = '\0';
    return stream;
}

// Ends by exit() are found too: the tool's own word for "this cannot be".
static void refuse_exit(void)
{
    if (printed_to != NULL)
        oracle_fail("the process does not end");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    ORACLE(realpath(FUZZ_INCLUDE, root) != NULL, "%s is there", FUZZ_INCLUDE);
    include_model_start(root);
    stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = keep});
    ORACLE(stream != NULL, "a stream can be made");
    atexit(refuse_exit);
    return 0;
}

// One word of the first line; what is none of the options is not looked at.
static void read_option(struct load_options *options, const char *word, size_t length)
{
    char text[32] = "";
    uint32_t action;
    if (length >= sizeof(text))
        return;
    memcpy(text, word, length);
    struct model_word value = {.text = text + strcspn(text, "=") + 1};
    if (strcmp(text, "root") == 0)
        options->include_root = root;
    if (strchr(text, '=') == NULL)
        return;
    value.length = (uint32_t)strlen(value.text);
    const struct architecture *arch = architecture_named(value.text);
    if (strncmp(text, "arch=", 5) == 0 && arch != NULL)
        options->arch = arch->token;
    static const struct {
        const char *word;
        uint32_t action;
    } defaults[] = {{"kill", SECCOMP_RET_KILL_PROCESS},
                    {"trap", SECCOMP_RET_TRAP},
                    {"ENOSYS", SECCOMP_RET_ERRNO | 38}};
    for (size_t i = 0; strncmp(text, "default=", 8) == 0 && i < 3; i++)
        if (model_word_is(&value, defaults[i].word)) {
            action = defaults[i].action;
            options->has_default = true;
            options->default_action = action;
        }
}

static void read_options(struct load_options *options, const char *text, size_t length)
{
    if (length < 3 || memcmp(text, "#--", 3) != 0)
        return;
    size_t at = 3;
    while (at < length && text[at] != '\n') {
        size_t start = at;
        while (at < length && text[at] != ' ' && text[at] != '\n')
            at++;
        read_option(options, text + start, at - start);
        at += at < length && text[at] == ' ' ? 1 : 0;
    }
}

static struct model_options model_options(const struct load_options *options)
{
    return (struct model_options){
        .has_default = options->has_default,
        .default_action = options->default_action,
        .arch = options->arch,
        .include = options->include_root != NULL ? include_model_open : NULL,
    };
}

// The line at a place; NULL when there is no such place.
static const char *line_at(uint32_t line, const char *text, size_t length, size_t *line_length)
{
    const char *end = text + length;
    for (; line > 1; line--) {
        text = memchr(text, '\n', (size_t)(end - text));
        if (text == NULL)
            return NULL;
        text++;
    }
    const char *stop = memchr(text, '\n', (size_t)(end - text));
    *line_length = (size_t)((stop == NULL ? end : stop) - text);
    return text;
}

static void check_place(const struct diagnostic *found, const char *text, size_t length)
{
    size_t line_length;
    const char *line = line_at(found->at.line, text, length, &line_length);
    ORACLE(found->at.line > 0 && line != NULL, "line %u is in the text", found->at.line);
    ORACLE(found->at.column > 0 && found->at.column <= line_length + 1,
           "column %u is in line %u of %zu bytes", found->at.column, found->at.line, line_length);
    ORACLE(found->width > 0 && (found->at.column - 1 + found->width <= line_length ||
                                (found->width == 1 && found->at.column <= line_length + 1)),
           "%u bytes at %u:%u are in the line", found->width, found->at.line, found->at.column);
    ORACLE(found->line != NULL && found->line_length == line_length &&
               memcmp(found->line, line, line_length) == 0,
           "the line that is shown is line %u", found->at.line);
}

static size_t reports[MODEL_LINES];

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

static void count_reports(const struct diagnostics *diagnostics, const char *text, size_t length)
{
    memset(reports, 0, model.line_count * sizeof(reports[0]));
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *found = &diagnostics->list[i];
        ORACLE(found->message != NULL && found->message[0] != '\0', "a finding says something");
        if (strcmp(found->at.file, name) == 0)
            check_place(found, text, length);
        uint32_t line = find_line(found->at.file, found->at.line);
        bool whole = model.no_default && found->at.line == 1 && found->at.column == 1;
        ORACLE(line != UINT32_MAX || whole, "the finding at %s:%u is in a statement",
               found->at.file, found->at.line);
        if (line != UINT32_MAX && found->severity == SEVERITY_ERROR && !whole)
            reports[line]++;
    }
}

// Each line at fault is reported. When all are statements, no other line is.
static void check_errors(const struct diagnostics *diagnostics, const char *text, size_t length)
{
    bool statements = true;
    if (model.unsure)
        return;
    merge_lines();
    count_reports(diagnostics, text, length);
    for (uint32_t i = 0; i < model.line_count; i++)
        statements = statements && !model.lines[i].refused;
    for (uint32_t i = 0; i < model.line_count; i++) {
        const struct model_line *line = &model.lines[i];
        bool fault = line->refused || (statements && line->wrong);
        ORACLE(!fault || reports[i] > 0, "%s:%u is at fault (%s), and not reported",
               model.files[line->file], line->first, line->refused ? "no statement" : "meaning");
        ORACLE(fault || !statements || reports[i] == 0, "%s:%u is right, but reported",
               model.files[line->file], line->first);
    }
}

static void check_print_errors(const struct diagnostics *diagnostics)
{
    size_t heads = 0;
    diagnostics_print(diagnostics, print_to(0));
    fflush(stream);
    for (size_t i = 0; i < printed_length; i++)
        ORACLE(printed[0][i] == '\n' || printed[0][i] == '\t' ||
                   (printed[0][i] >= ' ' && printed[0][i] <= '~'),
               "no byte %#x is printed", (unsigned char)printed[0][i]);
    for (const char *line = printed[0]; line != NULL && *line != '\0';) {
        heads += strncmp(line, "    ", 4) != 0 ? 1 : 0;
        line = strchr(line, '\n');
        line += line != NULL ? 1 : 0;
    }
    ORACLE(heads == diagnostics->count, "%zu findings are printed, not %zu", diagnostics->count,
           heads);
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
    policy_print(print_to(0), policy);
    fflush(stream);
    size_t length = printed_length;
    struct policy *copy = load(printed[0], length, &none, &diagnostics);
    ORACLE(copy != NULL, "what is printed can be read: %s",
           diagnostics.count > 0 ? diagnostics.list[0].message : "?");
    policy_print(print_to(1), copy);
    fflush(stream);
    ORACLE(strcmp(printed[0], printed[1]) == 0, "a second print is the same");
    if (length <= MODEL_TEXT_BYTES) {
        ORACLE(policy_model_read(&again, &plain, name, printed[0], length) || again.unsure,
               "the model can read what is printed");
        if (!again.unsure)
            policy_compare(&again, copy, true);
    }
    ORACLE(copy->rule_count == policy->rule_count, "%zu rules are printed, not %zu",
           policy->rule_count, copy->rule_count);
    policy_free(copy);
    diagnostics_destroy(&diagnostics);
}

static void check(const char *text, size_t length)
{
    struct load_options options = {0};
    struct diagnostics diagnostics;
    read_options(&options, text, length);
    const struct model_options same = model_options(&options);
    bool expected = policy_model_read(&model, &same, name, text, length);
    struct policy *policy = load(text, length, &options, &diagnostics);
    ORACLE((policy != NULL) == (diagnostics.errors == 0), "what has no error is taken");
    ORACLE(model.unsure || (policy != NULL) == expected, "the text is %s: %s",
           expected ? "a policy" : "no policy",
           diagnostics.count > 0 ? diagnostics.list[0].message : "it was taken");
    check_errors(&diagnostics, text, length);
    if (diagnostics.count > 0)
        check_print_errors(&diagnostics);
    if (policy != NULL && !model.unsure) {
        struct dice dice = dice_from(text, length);
        policy_compare(&model, policy, true);
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
    check((const char *)data, size);
    printed_to = NULL;
    return 0;
}

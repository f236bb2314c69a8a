// SPDX-License-Identifier: ISC
#include "check_errors.h"

#include "oracle.h"

#include <string.h>

static struct policy_model *model;
static size_t reports[MODEL_LINES];
static size_t mistakes[MODEL_LINES]; // of these, those that are about the line itself

// The model's first line at a place; a file that is included twice has each line twice.
static uint32_t find_line(const char *file, uint32_t line)
{
    for (uint32_t i = 0; i < model->line_count; i++)
        if (line >= model->lines[i].first && line <= model->lines[i].last &&
            strcmp(file, model->files[model->lines[i].file]) == 0)
            return i;
    return UINT32_MAX;
}

// Lets the first line at a place stand for all.
static void merge_lines(void)
{
    for (uint32_t i = 0; i < model->line_count && model->file_count > 1; i++) {
        struct model_line *line = &model->lines[i];
        struct model_line *first = &model->lines[find_line(model->files[line->file], line->first)];
        first->refused = first->refused || line->refused;
        first->wrong = first->wrong || line->wrong;
        if (line != first)
            line->refused = line->wrong = false;
    }
}

static void count_reports(const struct diagnostics *diagnostics)
{
    memset(reports, 0, model->line_count * sizeof(reports[0]));
    memset(mistakes, 0, model->line_count * sizeof(mistakes[0]));
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *found = &diagnostics->list[i];
        uint32_t line = find_line(found->at.file, found->at.line);
        for (const char *byte = found->message; *byte != '\0'; byte++)
            ORACLE((*byte >= ' ' && *byte <= '~') || strstr(found->message, "include") != NULL,
                   "a message has the byte %#x", (unsigned char)*byte);
        bool whole = model->no_default && found->at.line == 1 && found->at.column == 1;
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
static void check_lines(const struct diagnostics *diagnostics)
{
    bool statements = true;
    merge_lines();
    count_reports(diagnostics);
    for (uint32_t i = 0; i < model->line_count; i++)
        statements = statements && !model->lines[i].refused;
    for (uint32_t i = 0; i < model->line_count; i++) {
        const struct model_line *line = &model->lines[i];
        bool whole = model->no_default && line->file == 0 && line->first == 1;
        bool fault = line->refused || (statements && line->wrong);
        ORACLE(line->bad_column == 0 || stands_at(diagnostics, model->files[line->file],
                                                  line->bad_line, line->bad_column),
               "%u:%u has what is no word, and is not reported", line->bad_line, line->bad_column);
        ORACLE(!line->refused || line->garbled || model->file_count > 1 || mistakes[i] == 1 ||
                   !model_word_is(&model->words[line->word], "@param"),
               "line %u is no parameter, and reported %zu times", line->first, mistakes[i]);
        ORACLE(!fault || reports[i] > 0, "%s:%u is at fault (%s), and not reported",
               model->files[line->file], line->first, line->refused ? "no statement" : "meaning");
        ORACLE(fault || whole || !statements || reports[i] == 0, "%s:%u is right, but reported",
               model->files[line->file], line->first);
    }
}

// A name whose definition was refused is not unknown to a rule as well.
static void check_known(const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const char *message = diagnostics->list[i].message;
        bool param = strncmp(message, "unknown parameter '", 19) == 0;
        uint32_t at = find_line(diagnostics->list[i].at.file, diagnostics->list[i].at.line);
        if ((!param && strncmp(message, "unknown constant '", 18) != 0) || at == UINT32_MAX ||
            model->words[model->lines[at].word].kind == '@')
            continue;
        const char *unknown = strchr(message, '\'') + 1;
        for (uint32_t line = 0; line < model->line_count; line++) {
            const struct model_word *word = &model->words[model->lines[line].word];
            bool defines = model->lines[line].refused && word->kind == '@' &&
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
        ORACLE(denies || model->words[model->lines[at].word].kind != '@', "%u: '%s'",
               found->at.line, found->message);
        ORACLE(found->hint == NULL || denies == (strncmp(found->hint, "kill-process, ", 14) == 0),
               "%u: '%s', but '%s'", found->at.line, found->message, found->hint);
    }
}

// The nearest name is looked for as often as it may be.
static void check_guesses(const struct diagnostics *diagnostics, size_t allowed)
{
    size_t guesses = 0;
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *found = &diagnostics->list[i];
        bool looked = strncmp(found->message, "unknown constant", 16) == 0 ||
                      strncmp(found->message, "unknown system call", 19) == 0;
        guesses += looked && found->hint != NULL ? 1 : 0;
    }
    ORACLE(guesses <= allowed, "%zu names are guessed, not %zu", guesses, allowed);
}

void check_errors(struct policy_model *read, const struct diagnostics *diagnostics, size_t guesses)
{
    model = read;
    check_guesses(diagnostics, guesses);
    if (model->unsure)
        return;
    check_known(diagnostics);
    check_expected(diagnostics);
    check_lines(diagnostics);
}

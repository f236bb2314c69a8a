// SPDX-License-Identifier: ISC
//
// lint_waiver.c: the comments of the files, and the order of the findings.
//
// A waiver covers one logical line: the one that it stands in, or the next one, when nothing but
// comment lines is between. A logical line is all that "\" joins, so that it does not matter where
// in it the finding is.
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "lint_checks.h"

struct waiver {
    struct position at;
    enum lint_id rule;
    const char *reason;
    uint32_t from, to; // lines covered; 0: none
    bool used;
};

struct file {
    const char *name; // as positions carry it
    const char *text;
};

struct waivers {
    struct lint *lint;
    struct waiver *list;
    size_t count;
    size_t waiting; // the first that waits for its line
    struct file *files;
    size_t file_count;
    bool has_arch; // some file has an @arch line
};

// The text of a file, by way of the place where its first line is shown: source_line() points into
// the whole text. NULL when it is not known.
static const char *text_of(const struct diagnostics *known, const char *file)
{
    struct diagnostics probe = *known;
    probe.list = NULL;
    probe.count = 0;
    diagnose(&probe, SEVERITY_NOTE, (struct position){file, 1, 1}, 1, "%s", "");
    return probe.list[0].line;
}

static void add_file(struct waivers *waivers, const struct diagnostics *known, const char *name)
{
    for (size_t i = 0; i < waivers->file_count; i++)
        if (waivers->files[i].name == name)
            return;
    const char *text = name == NULL ? NULL : text_of(known, name);
    if (text == NULL)
        return;
    waivers->files = arena_room(waivers->lint->arena, waivers->files, waivers->file_count,
                                sizeof(*waivers->files));
    waivers->files[waivers->file_count++] = (struct file){name, text};
}

// Where the comment of a line begins, or `length`. A path may hold a "#".
static size_t comment_at(const char *line, size_t length)
{
    size_t at = 0;
    while (at < length && (line[at] == ' ' || line[at] == '\t'))
        at++;
    bool path = length - at > 8 && (strncmp(line + at, "@include", 8) == 0 ||
                                    strncmp(line + at, "@frequency", 10) == 0);
    for (; at < length; at++)
        if (line[at] == '#' && (!path || at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t'))
            break;
    return at;
}

static size_t skip_blanks(const char *line, size_t at, size_t length)
{
    while (at < length && (line[at] == ' ' || line[at] == '\t'))
        at++;
    return at;
}

// The word at `*at`, which moves behind it and the blanks that follow.
static const char *next_word(const char *line, size_t *at, size_t length, size_t *word_length)
{
    const char *word = line + *at;
    while (*at < length && line[*at] != ' ' && line[*at] != '\t')
        ++*at;
    *word_length = (size_t)(line + *at - word);
    *at = skip_blanks(line, *at, length);
    return word;
}

// Reads "# lint: allow ID reason" at `at`. Other comments are none of ours.
static void read_comment(struct waivers *waivers, struct position place, const char *line,
                         size_t at, size_t length)
{
    struct lint *lint = waivers->lint;
    struct waiver waiver = {.at = place};
    size_t start = at, word_length = 0;
    waiver.at.column = (uint32_t)at + 1;
    at = skip_blanks(line, at + 1, length);
    if (length - at < strlen("lint:") || strncmp(line + at, "lint:", strlen("lint:")) != 0)
        return;
    at = skip_blanks(line, at + strlen("lint:"), length);
    const char *verb = next_word(line, &at, length, &word_length);
    bool allow = word_length == strlen("allow") && strncmp(verb, "allow", word_length) == 0;
    const char *id = next_word(line, &at, length, &word_length);
    waiver.rule = lint_named(id, word_length);
    if (!allow || word_length == 0)
        lint_report(lint, LINT_WAIVER_INVALID, waiver.at, length - start, "not a waiver");
    else if (waiver.rule >= LINT_WAIVER_INVALID)
        lint_report(lint, LINT_WAIVER_INVALID, waiver.at, length - start,
                    waiver.rule == LINT_RULES ? "there is no rule '%.*s'"
                                              : "'%.*s' cannot be waived",
                    (int)word_length, id);
    else if (at == length)
        lint_report(lint, LINT_WAIVER_INVALID, waiver.at, length - start,
                    "the waiver gives no reason");
    else {
        waiver.reason = arena_copy(lint->arena, line + at, length - at);
        waivers->list =
            arena_room(lint->arena, waivers->list, waivers->count, sizeof(*waivers->list));
        waivers->list[waivers->count++] = waiver;
    }
}

static void settle(struct waivers *waivers, uint32_t from, uint32_t to)
{
    for (; waivers->waiting < waivers->count; waivers->waiting++) {
        waivers->list[waivers->waiting].from = from;
        waivers->list[waivers->waiting].to = to;
    }
}

static bool names_arch(const char *line, size_t length)
{
    size_t at = skip_blanks(line, 0, length);
    return length - at > 5 && strncmp(line + at, "@arch", 5) == 0 &&
           (line[at + 5] == ' ' || line[at + 5] == '\t');
}

static void read_file(struct waivers *waivers, const struct file *file)
{
    const char *line = file->text;
    uint32_t number = 1, from = 0; // `from`: first line of a logical line that is not over
    for (; *line != '\0'; number++) {
        size_t length = strcspn(line, "\n");
        size_t comment = comment_at(line, length);
        bool blank = length == skip_blanks(line, 0, length);
        bool statement = from != 0 || comment > skip_blanks(line, 0, comment);
        bool joined = length > 0 && line[length - 1] == '\\' && comment == length;
        waivers->has_arch = waivers->has_arch || names_arch(line, length);
        if (comment < length)
            read_comment(waivers, (struct position){file->name, number, 0}, line, comment, length);
        if (statement)
            from = from == 0 ? number : from;
        if (statement && !joined) {
            settle(waivers, from, number);
            from = 0;
        } else if (blank) {
            waivers->waiting = waivers->count;
        }
        line += length + (line[length] == '\n');
    }
    waivers->waiting = waivers->count;
}

static bool covers(const struct waiver *waiver, const struct lint_finding *finding)
{
    if (waiver->rule != finding->rule || waiver->at.file != finding->at.file)
        return false;
    return finding->at.line == 0 ||
           (finding->at.line >= waiver->from && finding->at.line <= waiver->to);
}

static void apply(struct waivers *waivers)
{
    struct lint *lint = waivers->lint;
    for (size_t i = 0; i < waivers->count; i++) {
        struct waiver *waiver = &waivers->list[i];
        for (size_t j = 0; j < lint->count; j++)
            if (covers(waiver, &lint->findings[j])) {
                lint->findings[j].waiver = waiver->reason;
                waiver->used = true;
            }
    }
    for (size_t i = 0; i < waivers->count; i++)
        if (!waivers->list[i].used)
            lint_report(lint, LINT_WAIVER_UNUSED, waivers->list[i].at, 1,
                        "nothing here is a finding of '%s'", lint_rule(waivers->list[i].rule)->id);
}

void lint_waive(struct lint *lint, const struct policy *policy, const struct diagnostics *known)
{
    struct waivers waivers = {.lint = lint};
    add_file(&waivers, known, policy->path);
    add_file(&waivers, known, policy->default_at.file);
    add_file(&waivers, known, policy->bad_arch_at.file);
    for (size_t i = 0; i < policy->param_count; i++)
        add_file(&waivers, known, policy->params[i].at.file);
    for (size_t i = 0; i < policy->rule_count; i++)
        add_file(&waivers, known, policy->rules[i].at.file);
    for (size_t i = 0; i < waivers.file_count; i++)
        read_file(&waivers, &waivers.files[i]);
    if (!waivers.has_arch)
        lint_report(lint, LINT_ARCH_MISSING, lint_whole_file(policy), 1,
                    "there is no @arch: the policy was read for one that the caller chose");
    apply(&waivers);
}

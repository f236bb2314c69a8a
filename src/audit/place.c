// SPDX-License-Identifier: ISC
//
// place.c: the first file's text is at hand; lines of included files are read again.
#include "place.h"

#include <string.h>

#include "architecture.h"
#include "arena.h"
#include "input.h"
#include "json.h"
#include "source.h"

enum { LINE_BYTES = 160 };

struct position place_decided(const struct subject *subject, const struct seccomp_data *data,
                              const struct judgement *by)
{
    const struct policy *policy = subject->policy;
    uint32_t only_arch = subject->only_arch;
    if (by->clause != NULL)
        return by->clause->at;
    if (by->rule != NULL)
        return by->rule->otherwise_at;
    if (!input_lists(policy, data->arch) || (only_arch != 0 && data->arch != only_arch) ||
        architecture_x32(data->arch, (uint32_t)data->nr))
        return policy->bad_arch_at;
    return policy->default_at;
}

// The line without its indentation; cut off where it is long. Empty when it cannot be read.
static void read_line(const struct policy *policy, struct position at, char text[LINE_BYTES])
{
    struct arena *arena = arena_create();
    const char *why;
    const struct source *source =
        strcmp(at.file, policy->path) == 0
            ? source_copy(arena, at.file, policy->text, policy->text_length, &why)
            : source_read(arena, at.file, at.file, true, &why);
    size_t length = 0;
    const char *line = source == NULL ? "" : source_line(source, at.line, &length);
    while (length > 0 && (*line == ' ' || *line == '\t'))
        line++, length--;
    bool cut = length >= LINE_BYTES;
    length = cut ? LINE_BYTES - 4 : length;
    for (size_t i = 0; i < length; i++)
        if (line[i] >= ' ' && line[i] <= '~')
            text[i] = line[i];
        else
            text[i] = '?';
    memcpy(text + length, cut ? "..." : "", cut ? 4 : 1);
    arena_destroy(arena);
}

void place_print(FILE *stream, const struct policy *policy, struct position at)
{
    if (at.line == 0)
        fprintf(stream, "%s: by --default", policy->path);
    else
        fprintf(stream, "%s:%u:%u", at.file, at.line, at.column);
}

void place_print_line(FILE *stream, const struct policy *policy, struct position at)
{
    char text[LINE_BYTES];
    place_print(stream, policy, at);
    if (at.line == 0)
        return;
    read_line(policy, at, text);
    fprintf(stream, ": %s", text);
}

void place_print_json(FILE *stream, const struct policy *policy, struct position at)
{
    char text[LINE_BYTES] = "";
    if (at.line != 0)
        read_line(policy, at, text);
    fputs("\"file\": ", stream);
    json_string(stream, at.line == 0 ? policy->path : at.file);
    fprintf(stream, ", \"line\": %u, \"column\": %u, \"text\": ", at.line, at.column);
    json_string(stream, text);
}

void place_print_decision(FILE *stream, int indent, const struct subject *subject,
                          const struct seccomp_data *data, const struct judgement *by)
{
    fprintf(stream, "%*s", indent, "");
    place_print_line(stream, subject->policy, place_decided(subject, data, by));
    fputc('\n', stream);
    if (by->rule == NULL || by->clause != NULL || !by->rule->defaulted)
        return;
    fprintf(stream, "%*sfor this does not hold: ", indent, "");
    place_print_line(stream, subject->policy, by->rule->at);
    fputc('\n', stream);
}

void place_print_decision_json(FILE *stream, const struct subject *subject,
                               const struct seccomp_data *data, const struct judgement *by)
{
    place_print_json(stream, subject->policy, place_decided(subject, data, by));
    fprintf(stream, ", \"rule_line\": %u", by->rule == NULL ? 0 : by->rule->at.line);
}

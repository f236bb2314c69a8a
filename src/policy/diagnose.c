// SPDX-License-Identifier: ISC
//
// diagnose.c: collects findings and prints them. Bytes of the file reach the terminal only as
// printable ASCII, so that a policy cannot write escape sequences.
#include "diagnose.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "source.h"

enum {
    GUESSES = 200,      // nearest names looked for in one run
    WINDOW_BEFORE = 80, // bytes shown of a long line, left of the place
    WINDOW = 160,       // and altogether
};

struct known_source {
    const char *key; // the path's address, as positions carry it
    struct source *copy;
};

void diagnostics_create(struct diagnostics *diagnostics)
{
    *diagnostics = (struct diagnostics){.arena = arena_create(), .guesses = GUESSES};
}

void diagnostics_destroy(struct diagnostics *diagnostics)
{
    arena_destroy(diagnostics->arena);
    *diagnostics = (struct diagnostics){0};
}

void diagnostics_know(struct diagnostics *diagnostics, const struct source *source)
{
    const char *why;
    diagnostics->sources = arena_room(diagnostics->arena, diagnostics->sources,
                                      diagnostics->source_count, sizeof(struct known_source));
    struct source *copy =
        source_copy(diagnostics->arena, source->path, source->text, source->length, &why);
    diagnostics->sources[diagnostics->source_count++] = (struct known_source){source->path, copy};
}

// Fills in the line, and replaces the file's name by a copy that stays.
static void settle(const struct diagnostics *diagnostics, struct diagnostic *found)
{
    for (size_t i = 0; i < diagnostics->source_count; i++) {
        if (diagnostics->sources[i].key != found->at.file)
            continue;
        found->at.file = diagnostics->sources[i].copy->path;
        found->source = i;
        if (found->at.line > 0)
            found->line =
                source_line(diagnostics->sources[i].copy, found->at.line, &found->line_length);
        return;
    }
    found->at.file = arena_copy(diagnostics->arena, found->at.file, strlen(found->at.file));
}

void diagnose(struct diagnostics *diagnostics, enum severity severity, struct position at,
              size_t width, const char *format, ...)
{
    diagnostics->list = arena_room(diagnostics->arena, diagnostics->list, diagnostics->count,
                                   sizeof(struct diagnostic));
    struct diagnostic *found = &diagnostics->list[diagnostics->count++];
    *found = (struct diagnostic){.severity = severity, .at = at};
    found->width = width == 0 ? 1 : (uint32_t)width;
    settle(diagnostics, found);
    va_list arguments;
    va_start(arguments, format);
    found->message = arena_vformat(diagnostics->arena, format, arguments);
    va_end(arguments);
    if (severity == SEVERITY_ERROR)
        diagnostics->errors++;
}

void diagnose_hint(struct diagnostics *diagnostics, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    diagnostics->list[diagnostics->count - 1].hint =
        arena_vformat(diagnostics->arena, format, arguments);
    va_end(arguments);
}

// A finding with its notes, and where it stood.
struct group {
    const struct diagnostic *first;
    size_t count;
};

static int by_place(const void *left, const void *right)
{
    const struct diagnostic *a = ((const struct group *)left)->first;
    const struct diagnostic *b = ((const struct group *)right)->first;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->at.line != b->at.line)
        return a->at.line < b->at.line ? -1 : 1;
    if (a->at.column != b->at.column)
        return a->at.column < b->at.column ? -1 : 1;
    return (a > b) - (a < b); // as they were found
}

void diagnostics_sort(struct diagnostics *diagnostics, size_t from)
{
    size_t count = diagnostics->count - from;
    size_t groups = 0;
    struct diagnostic *old = arena_alloc(diagnostics->arena, count, sizeof(*old));
    struct group *order = arena_alloc(diagnostics->arena, count, sizeof(*order));
    if (count == 0)
        return;
    memcpy(old, diagnostics->list + from, count * sizeof(*old));
    for (size_t i = 0; i < count; i++) {
        if (old[i].severity != SEVERITY_NOTE || groups == 0)
            order[groups++].first = &old[i];
        order[groups - 1].count++;
    }
    qsort(order, groups, sizeof(*order), by_place);
    struct diagnostic *to = diagnostics->list + from;
    for (size_t i = 0; i < groups; to += order[i++].count)
        memcpy(to, order[i].first, order[i].count * sizeof(*to));
}

static void print_safely(FILE *stream, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        putc(bytes[i] == '\t' || (bytes[i] >= ' ' && bytes[i] <= '~') ? bytes[i] : '?', stream);
}

static void print_line(FILE *stream, const struct diagnostic *found)
{
    size_t column = found->at.column > 0 ? found->at.column - 1 : 0;
    size_t start =
        column > WINDOW_BEFORE && found->line_length > WINDOW ? column - WINDOW_BEFORE : 0;
    size_t shown = 0;
    if (start < found->line_length)
        shown = found->line_length - start < WINDOW ? found->line_length - start : WINDOW;
    fputs("    ", stream);
    print_safely(stream, found->line + start, shown);
    fputs("\n    ", stream);
    for (size_t i = start; i < column; i++)
        putc(i < found->line_length && found->line[i] == '\t' ? '\t' : ' ', stream);
    putc('^', stream);
    for (size_t i = 1; i < found->width && column - start + i < shown; i++)
        putc('~', stream);
    putc('\n', stream);
}

static void print_one(FILE *stream, const struct diagnostic *found)
{
    static const char *const words[] = {"error", "warning", "note"};
    print_safely(stream, found->at.file, strlen(found->at.file));
    if (found->at.line > 0)
        fprintf(stream, ":%u:%u", found->at.line, found->at.column);
    fprintf(stream, ": %s: ", words[found->severity]);
    print_safely(stream, found->message, strlen(found->message));
    putc('\n', stream);
    if (found->line != NULL)
        print_line(stream, found);
    if (found->hint != NULL) {
        fputs("    hint: ", stream);
        print_safely(stream, found->hint, strlen(found->hint));
        putc('\n', stream);
    }
}

void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        print_one(stream, &diagnostics->list[i]);
}

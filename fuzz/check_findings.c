// SPDX-License-Identifier: ISC
#include "check_findings.h"

#include <string.h>

#include "oracle.h"
#include "policy/arena.h"
#include "policy/source.h"

enum { PRINTED_BYTES = 1 << 20 };

static char printed[2][PRINTED_BYTES];
static size_t used;
static char *target;
static FILE *stream;

static ssize_t keep(void *cookie, const char *bytes, size_t length)
{
    (void)cookie;
    ORACLE(used + length < PRINTED_BYTES, "what is printed has at most %d bytes", PRINTED_BYTES);
    memcpy(target + used, bytes, length);
    used += length;
    target[used] = '\0';
    return (ssize_t)length;
}

FILE *check_print_to(unsigned index)
{
    if (stream == NULL)
        stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = keep});
    ORACLE(stream != NULL, "a stream can be made");
    target = printed[index];
    used = 0;
    target[0] = '\0';
    return stream;
}

const char *check_printed(unsigned index)
{
    fflush(stream);
    return printed[index];
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

static void check_line(const struct source *source, uint32_t line, const char *text, size_t length)
{
    size_t got = length + 1;
    const char *found = source_line(source, line, &got);
    ORACLE(got == length && memcmp(found, text, length) == 0, "line %u has %zu bytes, not %zu",
           line, length, got);
}

void check_source(const char *name, const char *text, size_t length)
{
    const char *why = NULL, *end = text + length, *stop;
    uint32_t line = 1;
    struct arena *arena = arena_create();
    const struct source *source = source_copy(arena, name, text, length, &why);
    ORACLE(source != NULL, "a text can be a source: %s", why);
    check_line(source, 0, "", 0);
    for (; (stop = memchr(text, '\n', (size_t)(end - text))) != NULL; text = stop + 1)
        check_line(source, line++, text, (size_t)(stop - text));
    check_line(source, line, text, (size_t)(end - text));
    check_line(source, line + 1, "", 0);
    arena_destroy(arena);
}

static void check_place(const struct diagnostic *found, const char *text, size_t length)
{
    size_t line_length = 0;
    const char *line = line_at(found->at.line, text, length, &line_length);
    ORACLE(found->at.line > 0 && line != NULL, "line %u is in the text", found->at.line);
    ORACLE(found->at.column > 0 && found->at.column <= line_length + 1,
           "column %u is in line %u of %zu bytes", found->at.column, found->at.line, line_length);
    ORACLE(found->width > 0 && ((size_t)found->at.column - 1 + found->width <= line_length ||
                                (found->width == 1 && found->at.column <= line_length + 1)),
           "%u bytes at %u:%u are in the line", found->width, found->at.line, found->at.column);
    ORACLE(found->line != NULL && found->line_length == line_length &&
               memcmp(found->line, line, line_length) == 0,
           "the line that is shown is line %u", found->at.line);
    ORACLE(found->hint == NULL || strstr(found->hint, "(null)") == NULL, "a hint has words: '%s'",
           found->hint);
}

// What the first line of a finding must be.
static void check_head(const struct diagnostic *found, const char *line, size_t length)
{
    static const char *const words[] = {"error", "warning", "note"};
    char expected[256];
    int size = snprintf(expected, sizeof(expected), ":%u:%u: %s: ", found->at.line,
                        found->at.column, words[found->severity]);
    size_t name = strlen(found->at.file);
    ORACLE(length >= name + (size_t)size && memcmp(line + name, expected, (size_t)size) == 0,
           "a finding begins with FILE%s, not '%.*s'", expected, (int)length, line);
}

// A caret under the column, where the line is short enough to be shown from its beginning.
static void check_caret(const struct diagnostic *found, const char *line, size_t length)
{
    if (found->line_length > 160)
        return;
    size_t caret = found->at.column + 3;
    ORACLE(length > caret && line[caret] == '^' && strspn(line, " \t") == caret,
           "the caret is under column %u, not '%.*s'", found->at.column, (int)length, line);
    ORACLE(strspn(line + caret + 1, "~") + 1 <= found->width, "%u bytes are underlined",
           found->width);
}

// Each finding: its head, the line, the caret, and perhaps a hint.
void check_findings_printed(const struct diagnostics *diagnostics)
{
    if (diagnostics->count == 0)
        return;
    diagnostics_print(diagnostics, check_print_to(0));
    const char *at = check_printed(0);
    for (const char *byte = at; *byte != '\0'; byte++)
        ORACLE(*byte == '\n' || *byte == '\t' || (*byte >= ' ' && *byte <= '~'),
               "no byte %#x is printed", (unsigned char)*byte);
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *found = &diagnostics->list[i];
        size_t lines = found->hint != NULL ? 4 : 3;
        for (size_t line = 0; line < lines; line++) {
            size_t length = strcspn(at, "\n");
            if (line == 0)
                check_head(found, at, length);
            else
                ORACLE(strncmp(at, "    ", 4) == 0, "'%.*s' is indented", (int)length, at);
            if (line == 2)
                check_caret(found, at, length);
            ORACLE(at[length] == '\n', "a finding has %zu lines", lines);
            at += length + 1;
        }
    }
    ORACLE(*at == '\0', "nothing follows the findings: '%s'", at);
}

void check_findings(const struct diagnostics *diagnostics, const char *name, const char *text,
                    size_t length)
{
    size_t errors = 0;
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *found = &diagnostics->list[i];
        ORACLE(found->message != NULL && found->message[0] != '\0', "a finding says something");
        errors += found->severity == SEVERITY_ERROR ? 1 : 0;
        if (strcmp(found->at.file, name) == 0)
            check_place(found, text, length);
    }
    ORACLE(errors == diagnostics->errors, "there are %zu errors, not %zu", errors,
           diagnostics->errors);
}

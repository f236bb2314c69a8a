// SPDX-License-Identifier: ISC
//
// read.c: the parser, on a text of one line.
#include "read.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "parse.h"
#include "resolve.h"
#include "source.h"

// One line that is being parsed by itself.
struct reading {
    struct diagnostics diagnostics;
    struct loader loader;
    struct syntax syntax;
    struct parser parser;
};

// False when the text is not one whole line.
static bool begin(struct reading *reading, const char *text)
{
    const char *why = "";
    struct lexer lexer;
    struct token_line line;
    *reading = (struct reading){0};
    diagnostics_create(&reading->diagnostics);
    reading->loader.arena = arena_create();
    reading->loader.diagnostics = &reading->diagnostics;
    reading->loader.syntax = &reading->syntax;
    reading->parser.loader = &reading->loader;
    const struct source *source =
        source_copy(reading->loader.arena, text, text, strlen(text), &why);
    if (source == NULL)
        return false;
    lex_start(&lexer, reading->loader.arena, &reading->diagnostics, source);
    if (!lex_line(&lexer, &line) || line.broken || !lexer.ended)
        return false;
    reading->parser.next = line.tokens;
    return true;
}

static bool at_end(const struct reading *reading)
{
    return reading->parser.next->kind == TOKEN_END;
}

static void end(struct reading *reading)
{
    arena_destroy(reading->loader.arena);
    diagnostics_destroy(&reading->diagnostics);
}

bool policy_read_action(const char *text, bool denial, uint32_t *action)
{
    struct reading reading;
    bool good = begin(&reading, text) &&
                parse_action(&reading.parser, denial ? ACTIONS_DENY : ACTIONS_ALL, action) &&
                at_end(&reading);
    end(&reading);
    return good;
}

bool policy_read_value(const char *text, uint32_t arch, uint64_t *value, char **why)
{
    struct reading reading;
    struct policy policy = {.arch = {arch}, .arch_count = 1};
    struct syntax_value *parsed;
    bool good = begin(&reading, text) && parse_value(&reading.parser, &parsed) && at_end(&reading);
    struct resolver resolver = {.loader = &reading.loader, .policy = &policy, .rule_archs = 1};
    good = good && resolve_value(&resolver, parsed, false, value);
    *why = NULL;
    if (!good)
        *why = strdup(reading.diagnostics.count > 0 ? reading.diagnostics.list[0].message
                                                    : "not a value");
    end(&reading);
    return good;
}

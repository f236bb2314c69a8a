// SPDX-License-Identifier: ISC
//
// parse.h: from words to struct syntax. See parse.c for the grammar's statements, parse_rule.c for
// rules and parse_value.c for values and actions.
#ifndef POLICY_PARSE_H
#define POLICY_PARSE_H

#include "include.h"
#include "lex.h"
#include "load.h"
#include "syntax.h"

// What is being loaded, across all files.
struct loader {
    struct arena *arena;
    struct diagnostics *diagnostics;
    const struct load_options *options;
    struct syntax *syntax;
    struct include_state include;
};

// Where the parser stands in one logical line.
struct parser {
    struct loader *loader;
    const struct token *next; // never moves past TOKEN_END
};

// Parses a file into loader->syntax. An error ends its line and nothing else.
void parse_source(struct loader *loader, const struct source *source,
                  const struct include_frame *frame);

// "names: action | expression | chain". False after an error, as for all that follow.
bool parse_rule(struct parser *parser);

bool parse_value(struct parser *parser, struct syntax_value **value);

enum action_set { ACTIONS_ALL, ACTIONS_DENY };

// An action, as a SECCOMP_RET_* value.
bool parse_action(struct parser *parser, enum action_set set, uint32_t *action);

// The next token is this punctuation or word.
bool parse_at(const struct parser *parser, const char *text);

// The same, and steps over it.
bool parse_skip(struct parser *parser, const char *text);

// Steps over it or reports that `what` was expected.
bool parse_expect(struct parser *parser, const char *text, const char *what);

// Steps over a token of that kind and gives its text, or reports that `what` was expected.
bool parse_name(struct parser *parser, enum token_kind kind, const char *what,
                struct syntax_name *name);

// A number that is not negative.
bool parse_plain_number(struct parser *parser, uint64_t *value);

// Reports an error at the next token, and returns false.
bool parse_fail(struct parser *parser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// "architecture, architecture …" appended to the list.
bool parse_arch_list(struct parser *parser, struct syntax_name **archs, size_t *count);

#endif

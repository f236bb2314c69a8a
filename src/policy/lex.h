// SPDX-License-Identifier: ISC
//
// lex.h: the words of a policy file, one logical line at a time.
//
// A "\" before the end of a line joins it with the next one; the join separates words. A comment
// runs from "#" to the end of its line.
#ifndef POLICY_LEX_H
#define POLICY_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy.h"

struct arena;
struct diagnostics;
struct source;

enum token_kind {
    TOKEN_END,       // of the logical line
    TOKEN_WORD,      // read, MSG_DONTWAIT, kill-process, arg0
    TOKEN_NUMBER,    // a digit and what follows it, perhaps after "-"; see number.h
    TOKEN_DIRECTIVE, // @default
    TOKEN_PARAM,     // $listener
    TOKEN_PATH,      // what follows @include and @frequency, up to the next blank
    TOKEN_PUNCTUATION,
};

struct token {
    enum token_kind kind;
    struct position at;
    uint32_t length; // bytes in the file
    const char *text;
};

struct lexer {
    struct arena *arena;
    struct diagnostics *diagnostics;
    const struct source *source;
    size_t offset;
    uint32_t line;
    bool ended;
};

struct token_line {
    struct token *tokens; // the last one is TOKEN_END
    size_t count;
    bool broken; // an error in here was reported: the words are not complete
};

void lex_start(struct lexer *lexer, struct arena *arena, struct diagnostics *diagnostics,
               const struct source *source);

// The next logical line, which may be without words. False at the end of the file.
bool lex_line(struct lexer *lexer, struct token_line *line);

#endif

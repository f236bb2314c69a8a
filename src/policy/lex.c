// SPDX-License-Identifier: ISC
//
// lex.c: every byte of a file is looked at here, and refused unless it has a meaning.
#include "lex.h"

#include <ctype.h>
#include <string.h>

#include "arena.h"
#include "diagnose.h"
#include "source.h"

// One physical line, and where in it the lexer stands.
struct cursor {
    struct lexer *lexer;
    struct token_line *out;
    const char *text;
    size_t length; // without the line's end
    size_t at;
    bool joined; // ends in "\"
};

void lex_start(struct lexer *lexer, struct arena *arena, struct diagnostics *diagnostics,
               const struct source *source)
{
    *lexer = (struct lexer){arena, diagnostics, source, 0, 0, source->length == 0};
}

static struct position place(const struct cursor *cursor, size_t at)
{
    return (struct position){cursor->lexer->source->path, cursor->lexer->line, (uint32_t)at + 1};
}

static void refuse(struct cursor *cursor, size_t at, const char *what, const char *hint)
{
    diagnose(cursor->lexer->diagnostics, SEVERITY_ERROR, place(cursor, at), 1, "%s", what);
    if (hint != NULL)
        diagnose_hint(cursor->lexer->diagnostics, "%s", hint);
    cursor->out->broken = true;
}

static void add(struct cursor *cursor, enum token_kind kind, size_t start, size_t length)
{
    struct arena *arena = cursor->lexer->arena;
    struct token_line *out = cursor->out;
    out->tokens = arena_room(arena, out->tokens, out->count, sizeof(*out->tokens));
    struct token *token = &out->tokens[out->count++];
    *token = (struct token){kind, place(cursor, start), (uint32_t)length, NULL};
    token->text = arena_copy(arena, cursor->text + start, length);
}

static bool in_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_';
}

// The end of the run of word bytes that starts at `at`. A "-" inside is part of it, so that
// kill-process is one word and arg-1 is not taken for arithmetic.
static size_t word_end(const struct cursor *cursor, size_t at)
{
    while (at < cursor->length &&
           (in_word(cursor->text[at]) ||
            (cursor->text[at] == '-' && at + 1 < cursor->length && in_word(cursor->text[at + 1]))))
        at++;
    return at;
}

static size_t number_end(const struct cursor *cursor, size_t at)
{
    at += cursor->text[at] == '-' ? 1 : 0;
    while (at < cursor->length && in_word(cursor->text[at]))
        at++;
    return at;
}

static bool begins_number(const struct cursor *cursor, size_t at)
{
    const char *text = cursor->text + at;
    size_t left = cursor->length - at;
    return isdigit((unsigned char)text[0]) ||
           (left > 1 && text[0] == '-' && isdigit((unsigned char)text[1]));
}

static size_t punctuation_length(const struct cursor *cursor, size_t at)
{
    static const char pairs[][3] = {"==", "!=", "<=", ">=", "&&", "||", ".."};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (cursor->length - at >= 2 && memcmp(cursor->text + at, pairs[i], 2) == 0)
            return 2;
    return strchr("=<>&|~(){}[],;:", cursor->text[at]) != NULL ? 1 : 0;
}

static void add_run(struct cursor *cursor, enum token_kind kind, size_t end)
{
    add(cursor, kind, cursor->at, end - cursor->at);
    cursor->at = end;
}

static bool wants_path(const struct token_line *line)
{
    if (line->count != 1 || line->tokens[0].kind != TOKEN_DIRECTIVE)
        return false;
    return strcmp(line->tokens[0].text, "@include") == 0 ||
           strcmp(line->tokens[0].text, "@frequency") == 0;
}

static void lex_path(struct cursor *cursor)
{
    size_t end = cursor->at;
    while (end < cursor->length && cursor->text[end] != ' ' && cursor->text[end] != '\t')
        end++;
    add_run(cursor, TOKEN_PATH, end);
}

static void lex_token(struct cursor *cursor)
{
    char byte = cursor->text[cursor->at];
    if (wants_path(cursor->out))
        lex_path(cursor);
    else if (begins_number(cursor, cursor->at))
        add_run(cursor, TOKEN_NUMBER, number_end(cursor, cursor->at));
    else if (in_word(byte))
        add_run(cursor, TOKEN_WORD, word_end(cursor, cursor->at));
    else if (byte == '@' || byte == '$')
        add_run(cursor, byte == '@' ? TOKEN_DIRECTIVE : TOKEN_PARAM,
                word_end(cursor, cursor->at + 1));
    else if (punctuation_length(cursor, cursor->at) > 0)
        add_run(cursor, TOKEN_PUNCTUATION, cursor->at + punctuation_length(cursor, cursor->at));
    else {
        refuse(
            cursor, cursor->at,
            arena_format(cursor->lexer->arena,
                         byte >= ' ' && byte <= '~' ? "unexpected '%c'" : "unexpected byte 0x%02x",
                         (unsigned char)byte),
            byte == '\\' ? "'\\' joins two lines when it is the last byte of the first" : NULL);
        cursor->at = cursor->length;
    }
}

// A file is text: no NUL, no control byte but the tab, no endless line. False after an error.
static bool acceptable(struct cursor *cursor, size_t length)
{
    if (length > SOURCE_LINE_BYTES) {
        refuse(cursor, SOURCE_LINE_BYTES, "the line is longer than 4096 bytes",
               "join shorter lines with '\\'");
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)cursor->text[i];
        if ((byte >= ' ' && byte != 0x7f) || byte == '\t')
            continue;
        refuse(cursor, i,
               byte == 0 ? "NUL byte"
                         : arena_format(cursor->lexer->arena, "control byte 0x%02x", byte),
               byte == '\r' ? "lines end with a line feed alone" : NULL);
        return false;
    }
    return true;
}

static void lex_physical(struct cursor *cursor)
{
    size_t length = cursor->length;
    if (!acceptable(cursor, length))
        return;
    while (cursor->at < cursor->length) {
        char byte = cursor->text[cursor->at];
        if (byte == ' ' || byte == '\t') {
            cursor->at++;
        } else if (byte == '#') {
            if (cursor->joined)
                refuse(cursor, length, "a comment cannot be joined with the next line",
                       "readers differ on whether the comment goes on: leave out the '\\'");
            return;
        } else {
            lex_token(cursor);
        }
    }
}

// Moves the lexer behind one physical line and gives its bytes.
static void next_physical(struct lexer *lexer, struct cursor *cursor)
{
    const struct source *source = lexer->source;
    const char *start = source->text + lexer->offset;
    size_t left = source->length - lexer->offset;
    const char *newline = memchr(start, '\n', left);
    size_t length = newline == NULL ? left : (size_t)(newline - start);
    lexer->line++;
    lexer->offset += length + (newline == NULL ? 0 : 1);
    lexer->ended = lexer->offset == source->length;
    cursor->text = start;
    cursor->joined = length > 0 && start[length - 1] == '\\';
    cursor->length = cursor->joined ? length - 1 : length;
    cursor->at = 0;
}

bool lex_line(struct lexer *lexer, struct token_line *line)
{
    *line = (struct token_line){0};
    if (lexer->ended)
        return false;
    struct cursor cursor = {.lexer = lexer, .out = line};
    do {
        next_physical(lexer, &cursor);
        lex_physical(&cursor);
    } while (cursor.joined && !lexer->ended);
    if (cursor.joined)
        refuse(&cursor, cursor.length, "there is no line to join", NULL);
    add(&cursor, TOKEN_END, cursor.length, 0);
    return true;
}

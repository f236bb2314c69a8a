// SPDX-License-Identifier: ISC
//
// parse_value.c: values and actions.
//
//     value  = term { "|" term }
//     term   = [ "~" ] ( number | IDENT | "(" value ")" )
//     action = "allow" | "1" | "log" | "user-notify" | "trace" | deny
//     deny   = "kill-process" | "kill-thread" | "kill" | "trap" | "return" ( ERRNO | number )
#include "parse.h"

#include <linux/seccomp.h>
#include <string.h>

#include "action.h"
#include "arena.h"
#include "constants.h"
#include "nearest.h"

enum { NESTED_GROUPS = 32 }; // deeper than any reader follows, and the bound of the recursion

static bool parse_value_at(struct parser *parser, struct syntax_value **value, unsigned depth);

static bool parse_group(struct parser *parser, struct syntax_term *term, unsigned depth)
{
    if (depth == NESTED_GROUPS)
        return parse_fail(parser, "parentheses are nested more than 32 deep");
    parser->next++;
    term->kind = TERM_GROUP;
    return parse_value_at(parser, &term->group, depth + 1) && parse_expect(parser, ")", "')'");
}

static bool parse_term(struct parser *parser, struct syntax_term *term, unsigned depth)
{
    term->complement = parse_skip(parser, "~");
    const struct token *token = parser->next;
    term->name = (struct syntax_name){token->at, token->text, token->length};
    if (parse_at(parser, "("))
        return parse_group(parser, term, depth);
    if (token->kind == TOKEN_PARAM)
        return parse_fail(parser,
                          "a parameter stands alone, behind a comparison of a whole argument");
    if (token->kind == TOKEN_WORD) {
        term->kind = TERM_NAME;
        parser->next++;
        return true;
    }
    if (token->kind != TOKEN_NUMBER)
        return parse_fail(parser,
                          token->kind == TOKEN_END ? "expected a value before the end of the line"
                                                   : "expected a value, not '%s'",
                          token->text);
    const char *why = number_read(token->text, &term->number);
    if (why != NULL)
        return parse_fail(parser, "%s", why);
    term->kind = TERM_NUMBER;
    parser->next++;
    return true;
}

static bool parse_value_at(struct parser *parser, struct syntax_value **value, unsigned depth)
{
    struct arena *arena = parser->loader->arena;
    struct syntax_value *built = arena_alloc(arena, 1, sizeof(*built));
    const struct token *first = parser->next;
    built->at = first->at;
    do {
        struct syntax_term term = {0};
        if (!parse_term(parser, &term, depth))
            return false;
        built->terms = arena_room(arena, built->terms, built->count, sizeof(term));
        built->terms[built->count++] = term;
    } while (parse_skip(parser, "|"));
    const struct token *last = parser->next - 1;
    built->length = last->at.line == first->at.line
                        ? last->at.column + last->length - first->at.column
                        : first->length;
    *value = built;
    return true;
}

bool parse_value(struct parser *parser, struct syntax_value **value)
{
    return parse_value_at(parser, value, 0);
}

// "return" is behind us: an errno name or a number.
static bool parse_errno(struct parser *parser, uint32_t *action)
{
    uint64_t number = 0;
    const struct token *token = parser->next;
    if (token->kind == TOKEN_WORD) {
        number = constants_errno(token->text);
        if (number == 0)
            return parse_fail(parser, "'%s' is not an errno", token->text);
    } else if (token->kind != TOKEN_NUMBER) {
        return parse_fail(parser, "expected an errno after 'return'");
    } else {
        struct number read;
        const char *why = number_read(token->text, &read);
        if (why != NULL)
            return parse_fail(parser, "%s", why);
        if (read.negative || read.value < 1 || read.value > ACTION_ERRNO_MAX) {
            parse_fail(parser, "an errno is 1 to 4095");
            diagnose_hint(parser->loader->diagnostics,
                          "'return 0' would pretend success; any other number is not an error");
            return false;
        }
        number = read.value;
    }
    *action = SECCOMP_RET_ERRNO | (uint32_t)number;
    parser->next++;
    return true;
}

static bool fail_action(struct parser *parser, enum action_set set)
{
    struct nearest nearest;
    const char *wanted = set == ACTIONS_DENY ? "an action that denies" : "an action or a condition";
    const char *text = parser->next->text;
    if (parser->next->kind == TOKEN_END)
        return parse_fail(parser, "expected %s before the end of the line", wanted);
    parse_fail(parser, "expected %s, not '%s'", wanted, text);
    nearest_start(&nearest, text);
    for (size_t i = 0; action_word(i) != NULL; i++)
        nearest_offer(&nearest, action_word(i));
    if (set == ACTIONS_DENY)
        diagnose_hint(parser->loader->diagnostics,
                      "kill-process, kill-thread, trap or return ERRNO");
    else if (nearest.best != NULL)
        diagnose_hint(parser->loader->diagnostics, "did you mean %s?", nearest.best);
    return false;
}

bool parse_action(struct parser *parser, enum action_set set, uint32_t *action)
{
    const struct token *token = parser->next;
    bool readable = token->kind == TOKEN_WORD || token->kind == TOKEN_NUMBER;
    if (readable && strcmp(token->text, "return") == 0) {
        parser->next++;
        return parse_errno(parser, action);
    }
    if (!readable || !action_named(token->text, action) ||
        (set == ACTIONS_DENY && !action_denies(*action)))
        return fail_action(parser, set);
    parser->next++;
    return true;
}

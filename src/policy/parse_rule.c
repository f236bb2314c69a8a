// SPDX-License-Identifier: ISC
//
// parse_rule.c: what a call, or several, may do.
//
//     rule  = names ":" ( action | expr [ ";" deny ] | chain )
//     names = SYSCALL [ archs ] | "{" SYSCALL [ archs ] { "," SYSCALL [ archs ] } "}"
//     archs = "[" "arch" "=" ARCH { "," ARCH } "]"
//     chain = "{" { expr ";" action "," } action "}"
//     expr  = conj { "||" conj }      conj = atom { "&&" atom }
//     atom  = arg ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) operand
//           | arg "&" value [ "==" value ] | arg "in" value
//     arg   = "arg" ( "0" .. "5" ) [ ":u32" ]      operand = value | PARAM
#include "parse.h"

#include <linux/seccomp.h>
#include <string.h>

#include "arena.h"

static bool parse_call(struct parser *parser, struct syntax_rule *rule)
{
    struct syntax_call call = {0};
    if (!parse_name(parser, TOKEN_WORD, "the name of a system call", &call.name))
        return false;
    if (parse_skip(parser, "[") &&
        (!parse_expect(parser, "arch", "'arch'") || !parse_expect(parser, "=", "'='") ||
         !parse_arch_list(parser, &call.archs, &call.arch_count) ||
         !parse_expect(parser, "]", "']'")))
        return false;
    rule->calls = arena_room(parser->loader->arena, rule->calls, rule->call_count, sizeof(call));
    rule->calls[rule->call_count++] = call;
    return true;
}

static bool parse_calls(struct parser *parser, struct syntax_rule *rule)
{
    if (!parse_skip(parser, "{"))
        return parse_call(parser, rule);
    do {
        if (!parse_call(parser, rule))
            return false;
    } while (parse_skip(parser, ","));
    return parse_expect(parser, "}", "',' or '}'");
}

// "arg" and then only digits and signs: meant as an argument, whatever its number.
static bool looks_like_argument(const struct token *token)
{
    return token->kind == TOKEN_WORD && strncmp(token->text, "arg", 3) == 0 &&
           token->text[3 + strspn(token->text + 3, "-0123456789")] == '\0';
}

static bool parse_argument(struct parser *parser, struct syntax_atom *atom)
{
    const struct token *token = parser->next;
    if (token->kind == TOKEN_END)
        return parse_fail(parser,
                          "expected a condition such as arg0 == 1 before the end of the line");
    if (!looks_like_argument(token))
        return parse_fail(parser, "expected a condition such as arg0 == 1, not '%s'", token->text);
    if (token->length != 4 || strchr("012345", token->text[3]) == NULL)
        return parse_fail(parser, "'%s' is no argument: they are arg0 to arg5", token->text);
    atom->at = token->at;
    atom->arg = (uint8_t)(token->text[3] - '0');
    parser->next++;
    atom->narrow = parse_skip(parser, ":");
    return !atom->narrow || parse_expect(parser, "u32", "'u32'");
}

static bool parse_operand(struct parser *parser, struct syntax_atom *atom)
{
    if (parser->next->kind == TOKEN_PARAM)
        return parse_name(parser, TOKEN_PARAM, "a parameter", &atom->param);
    return parse_value(parser, &atom->value);
}

static bool fail_comparison(struct parser *parser)
{
    bool assigns = parse_at(parser, "=");
    parse_expect(parser, "==", "a comparison: == != < <= > >= & in");
    if (assigns)
        diagnose_hint(parser->loader->diagnostics, "did you mean '=='?");
    return false;
}

static bool parse_comparison(struct parser *parser, struct syntax_atom *atom)
{
    static const struct {
        const char *text;
        enum compare compare;
    } compares[] = {
        {"==", COMPARE_EQ}, {"!=", COMPARE_NE}, {"<", COMPARE_LT},
        {"<=", COMPARE_LE}, {">", COMPARE_GT},  {">=", COMPARE_GE},
    };
    for (size_t i = 0; i < sizeof(compares) / sizeof(compares[0]); i++) {
        atom->compare = compares[i].compare;
        if (parse_skip(parser, compares[i].text))
            return parse_operand(parser, atom);
    }
    atom->compare = COMPARE_IN;
    if (parse_skip(parser, "in"))
        return parse_value(parser, &atom->mask);
    atom->compare = COMPARE_ANY;
    if (!parse_skip(parser, "&"))
        return fail_comparison(parser);
    if (!parse_value(parser, &atom->mask))
        return false;
    if (!parse_skip(parser, "=="))
        return true;
    atom->compare = COMPARE_MASKED_EQ;
    return parse_value(parser, &atom->value);
}

static bool parse_atom(struct parser *parser, struct syntax_conjunction *conjunction)
{
    struct syntax_atom atom = {0};
    const struct token *first = parser->next;
    if (!parse_argument(parser, &atom) || !parse_comparison(parser, &atom))
        return false;
    const struct token *last = parser->next - 1;
    atom.length = last->at.line == first->at.line
                      ? last->at.column + last->length - first->at.column
                      : first->length;
    conjunction->atoms =
        arena_room(parser->loader->arena, conjunction->atoms, conjunction->count, sizeof(atom));
    conjunction->atoms[conjunction->count++] = atom;
    return true;
}

static bool parse_expression(struct parser *parser, struct syntax_clause *clause)
{
    clause->at = parser->next->at;
    do {
        struct syntax_conjunction conjunction = {0};
        do {
            if (!parse_atom(parser, &conjunction))
                return false;
        } while (parse_skip(parser, "&&"));
        clause->any =
            arena_room(parser->loader->arena, clause->any, clause->count, sizeof(conjunction));
        clause->any[clause->count++] = conjunction;
    } while (parse_skip(parser, "||"));
    return true;
}

static void add_clause(struct parser *parser, struct syntax_rule *rule,
                       const struct syntax_clause *clause)
{
    rule->clauses =
        arena_room(parser->loader->arena, rule->clauses, rule->clause_count, sizeof(*clause));
    rule->clauses[rule->clause_count++] = *clause;
}

// An action without a condition.
static bool parse_always(struct parser *parser, struct syntax_rule *rule, enum action_set set)
{
    struct syntax_clause clause = {.at = parser->next->at, .action_at = parser->next->at};
    if (!parse_action(parser, set, &clause.action))
        return false;
    add_clause(parser, rule, &clause);
    return true;
}

// "expr ; action", one entry of a chain.
static bool parse_entry(struct parser *parser, struct syntax_rule *rule)
{
    struct syntax_clause clause = {0};
    if (!parse_expression(parser, &clause) ||
        !parse_expect(parser, ";", "'; ACTION' after the condition"))
        return false;
    clause.action_at = parser->next->at;
    if (!parse_action(parser, ACTIONS_ALL, &clause.action))
        return false;
    add_clause(parser, rule, &clause);
    return parse_expect(parser, ",", "',' and a last action without a condition");
}

static bool parse_chain(struct parser *parser, struct syntax_rule *rule)
{
    while (looks_like_argument(parser->next))
        if (!parse_entry(parser, rule))
            return false;
    if (!parse_always(parser, rule, ACTIONS_ALL))
        return false;
    if (parse_at(parser, ",")) {
        parse_fail(parser, "nothing after an action without a condition is reached");
        diagnose_hint(parser->loader->diagnostics, "put it last");
        return false;
    }
    return parse_expect(parser, "}", "'}'");
}

static bool parse_bare(struct parser *parser, struct syntax_rule *rule)
{
    struct syntax_clause clause = {.action = SECCOMP_RET_ALLOW, .action_at = parser->next->at};
    if (!parse_expression(parser, &clause))
        return false;
    add_clause(parser, rule, &clause);
    rule->defaulted = !parse_skip(parser, ";");
    return rule->defaulted || parse_always(parser, rule, ACTIONS_DENY);
}

static bool parse_body(struct parser *parser, struct syntax_rule *rule)
{
    if (looks_like_argument(parser->next))
        return parse_bare(parser, rule);
    if (parse_skip(parser, "{"))
        return parse_chain(parser, rule);
    return parse_always(parser, rule, ACTIONS_ALL);
}

bool parse_rule(struct parser *parser)
{
    struct syntax *syntax = parser->loader->syntax;
    struct syntax_rule rule = {0};
    if (!parse_calls(parser, &rule) || !parse_expect(parser, ":", "':' after the call") ||
        !parse_body(parser, &rule))
        return false;
    syntax->rules =
        arena_room(parser->loader->arena, syntax->rules, syntax->rule_count, sizeof(rule));
    syntax->rules[syntax->rule_count++] = rule;
    return true;
}

// SPDX-License-Identifier: ISC
//
// parse.c: the statements of a policy: directives here, rules in parse_rule.c.
//
//     line      = [ directive | rule ] [ comment ]
//     directive = "@default" deny | "@badarch" deny | "@arch" ARCH { "," ARCH } |
//                 "@include" PATH | "@frequency" PATH | "@const" IDENT "=" value |
//                 "@param" PARAM ":" ( "u32" | "u64" ) "in" number ".." number
#include "parse.h"

#include <string.h>

#include "arena.h"
#include "nearest.h"
#include "source.h"

bool parse_fail(struct parser *parser, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vformat(parser->loader->arena, format, arguments);
    va_end(arguments);
    diagnose(parser->loader->diagnostics, SEVERITY_ERROR, parser->next->at, parser->next->length,
             "%s", message);
    return false;
}

// "expected X, found Y", at Y.
static bool fail_expected(struct parser *parser, const char *what)
{
    if (parser->next->kind == TOKEN_END)
        return parse_fail(parser, "expected %s before the end of the line", what);
    return parse_fail(parser, "expected %s, not '%s'", what, parser->next->text);
}

bool parse_at(const struct parser *parser, const char *text)
{
    return (parser->next->kind == TOKEN_PUNCTUATION || parser->next->kind == TOKEN_WORD) &&
           strcmp(parser->next->text, text) == 0;
}

bool parse_skip(struct parser *parser, const char *text)
{
    bool there = parse_at(parser, text);
    parser->next += there ? 1 : 0;
    return there;
}

bool parse_expect(struct parser *parser, const char *text, const char *what)
{
    return parse_skip(parser, text) || fail_expected(parser, what);
}

bool parse_name(struct parser *parser, enum token_kind kind, const char *what,
                struct syntax_name *name)
{
    const struct token *token = parser->next;
    if (token->kind != kind)
        return fail_expected(parser, what);
    size_t sigil = kind == TOKEN_PARAM ? 1 : 0;
    if (token->text[sigil] == '\0' || (sigil == 1 && strpbrk(token->text, "-") != NULL))
        return parse_fail(parser, "expected %s, not '%s'", what, token->text);
    *name = (struct syntax_name){token->at, token->text + sigil, token->length};
    parser->next++;
    return true;
}

bool parse_plain_number(struct parser *parser, uint64_t *value)
{
    struct number number;
    if (parser->next->kind != TOKEN_NUMBER)
        return fail_expected(parser, "a number");
    const char *why = number_read(parser->next->text, &number);
    if (why != NULL)
        return parse_fail(parser, "%s", why);
    if (number.negative)
        return parse_fail(parser, "the number cannot be negative here");
    *value = number.value;
    parser->next++;
    return true;
}

bool parse_arch_list(struct parser *parser, struct syntax_name **archs, size_t *count)
{
    do {
        struct syntax_name name;
        if (!parse_name(parser, TOKEN_WORD, "an architecture", &name))
            return false;
        *archs = arena_room(parser->loader->arena, *archs, *count, sizeof(**archs));
        (*archs)[(*count)++] = name;
    } while (parse_skip(parser, ","));
    return true;
}

// Reports a second definition and shows the first.
static bool fail_second(struct parser *parser, const struct syntax_name *name,
                        struct position first)
{
    struct diagnostics *diagnostics = parser->loader->diagnostics;
    diagnose(diagnostics, SEVERITY_ERROR, name->at, name->length, "%s is defined a second time",
             name->text);
    diagnose(diagnostics, SEVERITY_NOTE, first, name->length, "the first definition is here");
    return false;
}

static struct syntax_name directive_name(const struct token *directive)
{
    return (struct syntax_name){directive->at, directive->text, directive->length};
}

// @default or @badarch.
static bool parse_default(struct parser *parser, const struct token *directive)
{
    struct syntax *syntax = parser->loader->syntax;
    struct syntax_action *slot =
        strcmp(directive->text, "@default") == 0 ? &syntax->default_action : &syntax->bad_arch;
    uint32_t action;
    if (!parse_action(parser, ACTIONS_DENY, &action))
        return false;
    struct syntax_name name = directive_name(directive);
    if (slot->at.line != 0)
        return fail_second(parser, &name, slot->at);
    *slot = (struct syntax_action){directive->at, action};
    return true;
}

static bool parse_arch(struct parser *parser, const struct token *directive)
{
    struct syntax *syntax = parser->loader->syntax;
    struct syntax_name *archs = NULL;
    size_t count = 0;
    if (!parse_arch_list(parser, &archs, &count))
        return false;
    struct syntax_name name = directive_name(directive);
    if (syntax->arch_at.line != 0)
        return fail_second(parser, &name, syntax->arch_at);
    syntax->arch_at = directive->at;
    syntax->archs = archs;
    syntax->arch_count = count;
    return true;
}

static bool parse_const(struct parser *parser, const struct token *directive)
{
    (void)directive;
    struct syntax *syntax = parser->loader->syntax;
    struct syntax_const constant = {.name = {.text = ""}};
    if (!parse_name(parser, TOKEN_WORD, "a name", &constant.name))
        return false;
    if (strchr(constant.name.text, '-') != NULL) {
        parser->next--;
        return parse_fail(parser, "a name has no '-'");
    }
    if (!parse_expect(parser, "=", "'='") || !parse_value(parser, &constant.value))
        return false;
    for (size_t i = 0; i < syntax->const_count; i++)
        if (strcmp(syntax->consts[i].name.text, constant.name.text) == 0)
            return fail_second(parser, &constant.name, syntax->consts[i].name.at);
    syntax->consts = arena_room(parser->loader->arena, syntax->consts, syntax->const_count,
                                sizeof(*syntax->consts));
    syntax->consts[syntax->const_count++] = constant;
    return true;
}

// "u32 in 1..4194304", the second half of @param.
static bool parse_range(struct parser *parser, struct syntax_param *param)
{
    param->bits = parse_at(parser, "u32") ? 32 : 64;
    if (!parse_skip(parser, "u32") && !parse_expect(parser, "u64", "'u32' or 'u64'"))
        return false;
    if (!parse_expect(parser, "in", "'in' and a range") ||
        !parse_plain_number(parser, &param->low) || !parse_expect(parser, "..", "'..'"))
        return false;
    const struct token *high = parser->next;
    if (!parse_plain_number(parser, &param->high))
        return false;
    if (param->high >= param->low && (param->bits == 64 || param->high <= UINT32_MAX))
        return true;
    parser->next = high;
    return parse_fail(parser, param->high < param->low ? "the range is empty"
                                                       : "the range does not fit in 32 bits");
}

static bool parse_param(struct parser *parser, const struct token *directive)
{
    (void)directive;
    struct syntax *syntax = parser->loader->syntax;
    struct syntax_param param = {0};
    if (!parse_name(parser, TOKEN_PARAM, "a parameter such as $listener", &param.name) ||
        !parse_expect(parser, ":", "':'") || !parse_range(parser, &param))
        return false;
    for (size_t i = 0; i < syntax->param_count; i++)
        if (strcmp(syntax->params[i].name.text, param.name.text) == 0)
            return fail_second(parser, &param.name, syntax->params[i].name.at);
    syntax->params = arena_room(parser->loader->arena, syntax->params, syntax->param_count,
                                sizeof(*syntax->params));
    syntax->params[syntax->param_count++] = param;
    return true;
}

// The path was checked to be there; the file is read once the rest of the line is known to be good.
static bool parse_path(struct parser *parser, const struct token *directive)
{
    (void)directive;
    struct syntax_name path;
    return parse_name(parser, TOKEN_PATH, "a path", &path);
}

static const struct {
    const char *name;
    bool (*parse)(struct parser *parser, const struct token *directive);
} directives[] = {
    {"@default", parse_default}, {"@badarch", parse_default}, {"@arch", parse_arch},
    {"@const", parse_const},     {"@param", parse_param},     {"@include", parse_path},
    {"@frequency", parse_path},
};

static bool parse_directive(struct parser *parser)
{
    struct nearest nearest;
    const struct token *directive = parser->next;
    nearest_start(&nearest, directive->text);
    for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
        nearest_offer(&nearest, directives[i].name);
        if (strcmp(directive->text, directives[i].name) == 0) {
            parser->next++;
            return directives[i].parse(parser, directive);
        }
    }
    parse_fail(parser, "unknown directive '%s'", directive->text);
    if (nearest.best != NULL)
        diagnose_hint(parser->loader->diagnostics, "did you mean %s?", nearest.best);
    return false;
}

static void include(struct parser *parser, const struct token *path,
                    const struct include_frame *frame)
{
    struct loader *loader = parser->loader;
    const char *why = "";
    struct source *source = include_open(&loader->include, loader->arena, frame, path->text, &why);
    if (source == NULL) {
        diagnose(loader->diagnostics, SEVERITY_ERROR, path->at, path->length,
                 "cannot include this file: %s", why);
        return;
    }
    struct include_frame inner = {source, frame, frame->depth + 1};
    parse_source(loader, source, &inner);
}

// A directive that was refused still counts as given, so that one mistake is reported once. The
// line is not empty.
static void recover_directive(struct loader *loader, const struct token_line *line)
{
    struct syntax *syntax = loader->syntax;
    const struct token *first = &line->tokens[0];
    const struct token *second = first + 1;
    struct syntax_name name = {second->at, second->text, second->length};
    if (strcmp(first->text, "@default") == 0 && syntax->default_action.at.line == 0)
        syntax->default_action.at = first->at;
    if (strcmp(first->text, "@arch") == 0 && syntax->arch_at.line == 0)
        syntax->arch_at = first->at;
    if (strcmp(first->text, "@const") == 0 && second->kind == TOKEN_WORD) {
        syntax->consts =
            arena_room(loader->arena, syntax->consts, syntax->const_count, sizeof(*syntax->consts));
        syntax->consts[syntax->const_count++] = (struct syntax_const){.name = name, .used = true};
    }
    if (strcmp(first->text, "@param") == 0 && second->kind == TOKEN_PARAM) {
        name.text++;
        syntax->params =
            arena_room(loader->arena, syntax->params, syntax->param_count, sizeof(*syntax->params));
        syntax->params[syntax->param_count++] =
            (struct syntax_param){.name = name, .bits = 32, .high = UINT32_MAX, .used = true};
    }
}

static void recover(struct loader *loader, const struct token_line *line)
{
    struct syntax *syntax = loader->syntax;
    recover_directive(loader, line);
    for (size_t i = 0; i < line->count; i++) {
        const struct token *token = &line->tokens[i];
        if (token->kind != TOKEN_WORD && token->kind != TOKEN_PARAM)
            continue;
        syntax->mentioned = arena_room(loader->arena, syntax->mentioned, syntax->mentioned_count,
                                       sizeof(*syntax->mentioned));
        syntax->mentioned[syntax->mentioned_count++] = token->text;
    }
}

static void parse_line(struct loader *loader, const struct token_line *line,
                       const struct include_frame *frame)
{
    struct parser parser = {loader, line->tokens};
    if (line->tokens[0].kind == TOKEN_END)
        return;
    bool good = !line->broken;
    if (good)
        good = line->tokens[0].kind == TOKEN_DIRECTIVE ? parse_directive(&parser)
                                                       : parse_rule(&parser);
    if (good && parser.next->kind != TOKEN_END)
        good = parse_fail(&parser, "unexpected '%s' after the end of the statement",
                          parser.next->text);
    if (good && strcmp(line->tokens[0].text, "@include") == 0)
        include(&parser, &line->tokens[1], frame);
    if (!good)
        recover(loader, line);
}

void parse_source(struct loader *loader, const struct source *source,
                  const struct include_frame *frame)
{
    struct lexer lexer;
    struct token_line line;
    diagnostics_know(loader->diagnostics, source);
    lex_start(&lexer, loader->arena, loader->diagnostics, source);
    while (lex_line(&lexer, &line))
        parse_line(loader, &line, frame);
}

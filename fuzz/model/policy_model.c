// SPDX-License-Identifier: ISC
//
// policy_model.c: files and directives, then all lines once more for what they mean.
#include "policy_model.h"

#include <seccomp.h>
#include <string.h>

#include "policy_parts.h"

enum { PARAMS = 64, DEEPEST = 8, FILES = 256 };

const struct model_word *model_next(const struct reader *reader)
{
    return &reader->model->words[reader->at];
}

bool model_at(const struct reader *reader, const char *text)
{
    const struct model_word *word = model_next(reader);
    return (word->kind == 'w' || word->kind == 'o') && model_word_is(word, text);
}

bool model_take(struct reader *reader, const char *text)
{
    bool there = model_at(reader, text);
    reader->at += there ? 1 : 0;
    return there;
}

bool model_same(const struct model_word *a, const struct model_word *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

static bool denies(uint32_t action)
{
    uint32_t kind = action & 0xffff0000;
    return kind == 0x80000000 || kind == 0 || kind == 0x30000 || kind == 0x50000;
}

bool model_action_here(struct reader *reader, bool denial, uint32_t *action)
{
    const struct model_word *word = model_next(reader);
    uint64_t number;
    bool negative = false;
    if (word->kind != 'w' && word->kind != 'n')
        return false;
    reader->at++;
    if (!model_word_is(word, "return"))
        return model_action(word, action) && (!denial || denies(*action));
    word = model_next(reader);
    if (word->kind == 'w')
        number = model_errno(word);
    else if (word->kind != 'n' || !model_number(word, &number, &negative))
        return false;
    reader->at++;
    *action = 0x50000 | (uint32_t)number;
    return !negative && number >= 1 && number <= 4095;
}

static bool read_default(struct reader *reader, uint32_t *action, uint32_t *slot)
{
    uint32_t word = reader->at - 1, read;
    if (!model_action_here(reader, true, &read) || *slot != UINT32_MAX)
        return false;
    *action = read;
    *slot = word;
    return true;
}

static bool read_archs(struct reader *reader)
{
    bool second = reader->model->arch_word != UINT32_MAX;
    uint32_t word = reader->at - 1;
    do {
        if (model_next(reader)->kind != 'w')
            return false;
        reader->at++;
    } while (model_take(reader, ","));
    if (!second)
        reader->model->arch_word = word;
    return !second;
}

static bool read_const(struct reader *reader)
{
    struct policy_model *model = reader->model;
    struct model_const constant = {.line = (uint32_t)(reader->line - model->lines),
                                   .word = reader->at};
    const struct model_word *name = model_next(reader);
    uint64_t value;
    if (name->kind != 'w' || memchr(name->text, '-', name->length) != NULL)
        return false;
    reader->at++;
    if (!model_take(reader, "=") || !model_value(reader, &value))
        return false;
    for (uint32_t i = 0; i < model->const_count; i++)
        if (model_same(&model->words[model->consts[i].word], name))
            return false;
    if (model->const_count == MODEL_PARTS)
        model->unsure = true;
    else
        model->consts[model->const_count++] = constant;
    return true;
}

static bool read_limit(struct reader *reader, uint64_t *number)
{
    bool negative;
    const struct model_word *word = model_next(reader);
    if (word->kind != 'n' || !model_number(word, number, &negative))
        return false;
    reader->at++;
    return !negative;
}

static bool read_param(struct reader *reader)
{
    struct policy_model *model = reader->model;
    struct model_param param = {.line = (uint32_t)(reader->line - model->lines),
                                .word = reader->at};
    const struct model_word *name = model_next(reader);
    if (name->kind != '$' || name->length < 2 || memchr(name->text, '-', name->length) != NULL)
        return false;
    reader->at++;
    if (!model_take(reader, ":"))
        return false;
    param.bits = model_take(reader, "u32") ? 32 : 64;
    if ((param.bits == 64 && !model_take(reader, "u64")) || !model_take(reader, "in") ||
        !read_limit(reader, &param.low) || !model_take(reader, "..") ||
        !read_limit(reader, &param.high) || param.low > param.high ||
        (param.bits == 32 && param.high >> 32 != 0))
        return false;
    for (uint32_t i = 0; i < model->param_count; i++)
        if (model_same(&model->words[model->params[i].word], name))
            return false;
    if (model->param_count == MODEL_PARTS)
        model->unsure = true;
    else
        model->params[model->param_count++] = param;
    return true;
}

static bool read_directive(struct reader *reader)
{
    struct policy_model *model = reader->model;
    const struct model_word *word = &model->words[reader->at++];
    if (model_word_is(word, "@default"))
        return read_default(reader, &model->default_action, &model->default_word);
    if (model_word_is(word, "@badarch"))
        return read_default(reader, &model->bad_arch_action, &model->bad_arch_word);
    if (model_word_is(word, "@arch"))
        return read_archs(reader);
    if (model_word_is(word, "@const"))
        return read_const(reader);
    if (model_word_is(word, "@param"))
        return read_param(reader);
    return (model_word_is(word, "@include") || model_word_is(word, "@frequency")) &&
           model->words[reader->at++].kind == 'p';
}

static void read_file(struct policy_model *model, const char *name, const char *text, size_t length,
                      size_t depth);

static bool include(struct policy_model *model, const struct model_word *path, size_t depth)
{
    const char *shown = "";
    const char *text =
        model->options->include == NULL
            ? NULL
            : model->options->include(depth == 0, model->files[path->file], path->text,
                                      path->length, &shown, &model->unsure);
    bool good = text != NULL && model->file_count < FILES && depth < DEEPEST;
    for (size_t i = 0; i <= depth; i++)
        good = good && model->file_text[model->chain[i]] != text;
    if (good)
        read_file(model, shown, text, strlen(text), depth + 1);
    return good;
}

static void read_line(struct policy_model *model, uint32_t index, size_t depth)
{
    struct model_line *line = &model->lines[index];
    struct reader reader = {.model = model, .line = line, .at = line->word};
    const struct model_word *first = &model->words[line->word];
    if (first->kind == '.' && !line->garbled)
        return;
    model->order[model->order_count++] = index;
    bool good = !line->garbled &&
                (first->kind == '@' ? read_directive(&reader) : model_rule_line(&reader)) &&
                model_next(&reader)->kind == '.';
    if (good && model_word_is(first, "@include"))
        good = include(model, first + 1, depth);
    line->refused = !good;
}

static void read_file(struct policy_model *model, const char *name, const char *text, size_t length,
                      size_t depth)
{
    if (model->file_count == MODEL_FILES) {
        model->unsure = true;
        return;
    }
    uint16_t file = (uint16_t)model->file_count++;
    model->chain[depth] = file;
    model->files[file] = name;
    model->file_text[file] = text;
    struct model_span lines = model_cut(model, file, text, length);
    for (uint32_t i = 0; i < lines.count && !model->unsure; i++)
        read_line(model, lines.first + i, depth);
}

static struct model_line *line_of(struct policy_model *model, uint32_t word)
{
    uint32_t line = 0;
    for (uint32_t i = 0; i < model->line_count; i++)
        if (model->lines[i].word <= word && model->lines[i].word >= model->lines[line].word)
            line = i;
    return &model->lines[line];
}

static void mean_archs(struct policy_model *model)
{
    bool all = true;
    for (uint32_t at = model->arch_word; at != UINT32_MAX && model->words[at].kind != '.';
         at += 2) {
        const struct model_arch *arch = model_arch_named(&model->words[at + 1]);
        bool known = arch != NULL;
        for (size_t i = 0; known && i < model->arch_count; i++)
            known = model->arch[i] != arch->token;
        if (known)
            model->arch[model->arch_count++] = arch->token;
        else
            line_of(model, at)->wrong = true;
        all = all && known;
    }
    model->archs_listed = model->arch_count > 0 && all;
    if (model->arch_count == 0)
        model->arch[model->arch_count++] =
            model->options->arch != 0 ? model->options->arch : seccomp_arch_native();
}

static void mean_defaults(struct policy_model *model)
{
    const struct model_options *options = model->options;
    bool written = model->default_word != UINT32_MAX;
    model->no_default = !written && !options->has_default;
    if (written && options->has_default && options->default_action != model->default_action)
        line_of(model, model->default_word)->wrong = true;
    if (options->has_default)
        model->default_action = options->default_action;
    if (model->bad_arch_word == UINT32_MAX)
        model->bad_arch_action = model->default_action;
}

static void forget_shapes(struct policy_model *model)
{
    model->rule_count = model->body_count = model->entry_count = 0;
    model->conjunction_count = model->test_count = 0;
}

static void mean_rules(struct policy_model *model)
{
    for (uint32_t i = 0; i < model->order_count; i++) {
        struct model_line *line = &model->lines[model->order[i]];
        if (model->words[line->word].kind == '@')
            continue;
        struct reader reader = {.model = model, .line = line, .at = line->word, .meaning = true};
        reader.width_counts = reader.names_count = true;
        reader.consts = model->const_count;
        model_rule_line(&reader);
    }
}

static bool mean(struct policy_model *model)
{
    bool good = !model->no_default;
    forget_shapes(model);
    mean_archs(model);
    mean_defaults(model);
    model_define_consts(model);
    mean_rules(model);
    for (uint32_t i = 0; i < model->const_count; i++)
        if (!model->consts[i].used)
            model->lines[model->consts[i].line].wrong = true;
    for (uint32_t i = 0; i < model->param_count; i++)
        if (!model->params[i].used || i == PARAMS)
            model->lines[model->params[i].line].wrong = true;
    for (uint32_t i = 0; i < model->line_count; i++)
        good = good && !model->lines[i].wrong;
    return good && !model->no_default;
}

bool policy_model_read(struct policy_model *model, const struct model_options *options,
                       const char *name, const char *text, size_t length)
{
    model->options = options;
    model->unsure = model->dropped = model->no_default = model->archs_listed = false;
    model->arch_count = model->file_count = 0;
    model->default_word = model->bad_arch_word = model->arch_word = UINT32_MAX;
    model->word_count = model->line_count = model->order_count = 0;
    model->const_count = model->param_count = 0;
    forget_shapes(model);
    read_file(model, name, text, length, 0);
    for (uint32_t i = 0; i < model->line_count; i++)
        if (model->lines[i].refused)
            return false;
    return mean(model);
}

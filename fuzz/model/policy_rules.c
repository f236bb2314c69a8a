// SPDX-License-Identifier: ISC
//
// policy_rules.c: rules, by one walk that is made twice.
#include <string.h>

#include "policy_parts.h"

// Takes the next part of an array of the model.
static uint32_t part(struct policy_model *model, uint32_t *count)
{
    if (*count == MODEL_PARTS) {
        model->unsure = true;
        return MODEL_PARTS - 1;
    }
    return (*count)++;
}

// "[arch=...]": the architectures where the call's rule stands.
static bool read_call_archs(struct reader *reader, const struct model_word *name, uint32_t *archs)
{
    struct policy_model *model = reader->model;
    if (!model_take(reader, "arch") || !model_take(reader, "="))
        return false;
    *archs = 0;
    do {
        const struct model_word *word = model_next(reader);
        if (word->kind != 'w')
            return false;
        reader->at++;
        const struct model_arch *arch = model_arch_named(word);
        uint32_t bit = 0;
        for (size_t i = 0; arch != NULL && i < model->arch_count; i++)
            bit |= model->arch[i] == arch->token ? UINT32_C(1) << i : 0;
        *archs |= bit;
        if (reader->meaning && (arch == NULL || (bit == 0 && model->archs_listed) ||
                                (bit == 0 && model_call_number(arch->token, name) < 0)))
            reader->line->wrong = true;
    } while (model_take(reader, ","));
    return model_take(reader, "]");
}

static bool taken_before(const struct policy_model *model, const struct model_word *name,
                         uint32_t arch)
{
    for (uint32_t i = 0; i < model->rule_count; i++)
        if ((model->rules[i].archs >> arch & 1) != 0 &&
            model_same(&model->words[model->rules[i].word], name))
            return true;
    return false;
}

// A rule for one name, unless something is wrong with it.
static void add_rule(struct reader *reader, uint32_t word, uint32_t archs)
{
    struct policy_model *model = reader->model;
    struct model_rule rule = {.word = word, .archs = archs, .body = model->body_count};
    bool good = true;
    for (uint32_t i = 0; i < MODEL_ARCHS; i++) {
        rule.number[i] = -1;
        if (i >= model->arch_count || (archs >> i & 1) == 0)
            continue;
        rule.number[i] = model_call_number(model->arch[i], &model->words[word]);
        good = good && rule.number[i] >= 0 && !taken_before(model, &model->words[word], i);
    }
    if (!good)
        reader->line->wrong = true;
    else if (archs == 0)
        model->dropped = true;
    else
        model->rules[part(model, &model->rule_count)] = rule;
}

static bool read_call(struct reader *reader, uint32_t *all)
{
    uint32_t word = reader->at;
    uint32_t archs = (uint32_t)((UINT64_C(1) << reader->model->arch_count) - 1);
    if (model_next(reader)->kind != 'w')
        return false;
    reader->at++;
    if (model_take(reader, "[") && !read_call_archs(reader, &reader->model->words[word], &archs))
        return false;
    if (reader->meaning)
        add_rule(reader, word, archs);
    *all |= archs;
    return true;
}

static bool read_calls(struct reader *reader)
{
    bool list = model_take(reader, "{");
    reader->archs = 0;
    do
        if (!read_call(reader, &reader->archs))
            return false;
    while (list && model_take(reader, ","));
    return !list || model_take(reader, "}");
}

// "arg", then nothing but digits and "-".
static bool argument_here(const struct reader *reader)
{
    const struct model_word *word = model_next(reader);
    if (word->kind != 'w' || word->length < 3 || memcmp(word->text, "arg", 3) != 0)
        return false;
    for (uint32_t i = 3; i < word->length; i++)
        if (word->text[i] != '-' && (word->text[i] < '0' || word->text[i] > '9'))
            return false;
    return true;
}

static bool read_param(struct reader *reader, struct model_test *test)
{
    struct policy_model *model = reader->model;
    struct model_word name = *model_next(reader);
    if (name.length < 2 || memchr(name.text, '-', name.length) != NULL)
        return false;
    reader->at++;
    if (!reader->meaning)
        return true;
    for (uint32_t i = 0; i < model->param_count && test->param < 0; i++)
        if (model_same(&model->words[model->params[i].word], &name))
            test->param = (int)i;
    if (test->param >= 0)
        model->params[test->param].used = true;
    if (test->param < 0 || (test->narrow && model->params[test->param].bits == 64)) {
        reader->line->wrong = true;
        reader->usable = false;
    }
    return true;
}

static bool read_how(struct reader *reader, struct model_test *test)
{
    static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">="};
    for (unsigned i = 0; i < 6; i++) {
        if (!model_take(reader, signs[i]))
            continue;
        test->how = (enum model_how)(HOW_EQ + i);
        return model_next(reader)->kind == '$' ? read_param(reader, test)
                                               : model_value(reader, &test->value);
    }
    test->how = HOW_IN;
    if (model_take(reader, "in"))
        return model_value(reader, &test->mask);
    test->how = HOW_ANY;
    if (!model_take(reader, "&") || !model_value(reader, &test->mask))
        return false;
    if (!model_take(reader, "=="))
        return true;
    test->how = HOW_MASKED;
    return model_value(reader, &test->value);
}

static bool read_test(struct reader *reader)
{
    struct model_test test = {.word = reader->at, .param = -1};
    const struct model_word *word = model_next(reader);
    if (!argument_here(reader) || word->length != 4 || word->text[3] < '0' || word->text[3] > '5')
        return false;
    test.arg = (uint8_t)(word->text[3] - '0');
    reader->at++;
    test.narrow = model_take(reader, ":");
    if (test.narrow && !model_take(reader, "u32"))
        return false;
    reader->narrow = test.narrow;
    if (!read_how(reader, &test))
        return false;
    reader->model->tests[part(reader->model, &reader->model->test_count)] = test;
    return true;
}

// Conditions joined by "||"; the entry's action is the caller's.
static bool read_entry(struct reader *reader, struct model_entry *entry)
{
    struct policy_model *model = reader->model;
    *entry = (struct model_entry){.word = reader->at, .any.first = model->conjunction_count};
    do {
        struct model_span all = {model->test_count, 0};
        do
            if (!read_test(reader))
                return false;
        while (model_take(reader, "&&"));
        all.count = model->test_count - all.first;
        model->conjunctions[part(model, &model->conjunction_count)] = all;
    } while (model_take(reader, "||"));
    entry->any.count = model->conjunction_count - entry->any.first;
    return true;
}

static bool read_otherwise(struct reader *reader, bool denial, struct model_body *body)
{
    body->otherwise_word = reader->at;
    return model_action_here(reader, denial, &body->otherwise);
}

static bool read_chain(struct reader *reader, struct model_body *body)
{
    struct policy_model *model = reader->model;
    struct model_entry entry;
    while (argument_here(reader)) {
        if (!read_entry(reader, &entry) || !model_take(reader, ";") ||
            !model_action_here(reader, false, &entry.action) || !model_take(reader, ","))
            return false;
        model->entries[part(model, &model->entry_count)] = entry;
    }
    return read_otherwise(reader, false, body) && model_take(reader, "}");
}

static bool read_body(struct reader *reader, struct model_body *body)
{
    struct policy_model *model = reader->model;
    struct model_entry entry;
    if (model_take(reader, "{"))
        return read_chain(reader, body);
    if (!argument_here(reader))
        return read_otherwise(reader, false, body);
    if (!read_entry(reader, &entry))
        return false;
    entry.action = SECCOMP_RET_ALLOW;
    model->entries[part(model, &model->entry_count)] = entry;
    body->defaulted = !model_take(reader, ";");
    body->otherwise = model->default_action;
    return body->defaulted || read_otherwise(reader, true, body);
}

// The conditions are meant on the architectures of each call for itself.
static void judge_rules(struct reader *reader, uint32_t body)
{
    struct policy_model *model = reader->model;
    uint32_t before = 0;
    for (uint32_t i = 0; i < model->rule_count; i++) {
        const struct model_rule *rule = &model->rules[i];
        if (rule->body != body || rule->archs == before)
            continue;
        before = rule->archs;
        if (!model_body_is_meant(model, &model->bodies[body], before))
            reader->line->wrong = true;
    }
}

bool model_rule_line(struct reader *reader)
{
    struct policy_model *model = reader->model;
    struct model_body body = {.entries.first = model->entry_count};
    reader->usable = true;
    if (!read_calls(reader) || !model_take(reader, ":") || !read_body(reader, &body))
        return false;
    body.entries.count = model->entry_count - body.entries.first;
    uint32_t index = part(model, &model->body_count);
    model->bodies[index] = body;
    if (reader->meaning && reader->usable)
        judge_rules(reader, index);
    return true;
}

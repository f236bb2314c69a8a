// SPDX-License-Identifier: ISC
//
// check_policy.c: part by part, in the order of the text.
#include "check_policy.h"

#include <string.h>

#include "oracle.h"

static const struct policy_model *model;
static bool places;

static void compare_place(const char *what, struct position at, uint32_t index)
{
    const struct model_word *word = &model->words[index];
    if (!places)
        return;
    ORACLE(at.line == word->line && at.column == word->column, "%s stands at %u:%u, not at %u:%u",
           what, word->line, word->column, at.line, at.column);
    ORACLE(at.file != NULL && strcmp(at.file, model->files[word->file]) == 0,
           "%s stands in '%s', not in '%s'", what, model->files[word->file], at.file);
}

static void compare_slot(const char *what, struct position at, uint32_t index)
{
    if (index != UINT32_MAX)
        compare_place(what, at, index);
    else if (places)
        ORACLE(at.line == 0, "%s was not written, but stands at line %u", what, at.line);
}

static void compare_test(const struct model_test *test, const struct atom *atom)
{
    static const enum compare compares[] = {
        [HOW_EQ] = COMPARE_EQ,   [HOW_NE] = COMPARE_NE, [HOW_LT] = COMPARE_LT,
        [HOW_LE] = COMPARE_LE,   [HOW_GT] = COMPARE_GT, [HOW_GE] = COMPARE_GE,
        [HOW_ANY] = COMPARE_ANY, [HOW_IN] = COMPARE_IN, [HOW_MASKED] = COMPARE_MASKED_EQ,
    };
    compare_place("a test", atom->at, test->word);
    ORACLE(atom->compare == compares[test->how] && atom->arg == test->arg &&
               atom->narrow == test->narrow,
           "a test is compare %d of argument %u:%d, not %d of %u:%d", compares[test->how],
           test->arg, test->narrow, atom->compare, atom->arg, atom->narrow);
    ORACLE(atom->mask == test->mask && atom->value == test->value && atom->param == test->param,
           "a test has mask %#lx, value %#lx, parameter %d, not %#lx, %#lx, %d", test->mask,
           test->value, test->param, atom->mask, atom->value, atom->param);
}

static void compare_entry(const struct model_entry *entry, const struct clause *clause)
{
    compare_place("an entry", clause->at, entry->word);
    ORACLE(clause->action == entry->action, "an entry says %#x, not %#x", entry->action,
           clause->action);
    ORACLE(clause->when.count == entry->any.count, "an entry has %u alternatives, not %zu",
           entry->any.count, clause->when.count);
    for (uint32_t i = 0; i < entry->any.count; i++) {
        const struct model_span *all = &model->conjunctions[entry->any.first + i];
        const struct conjunction *conjunction = &clause->when.any[i];
        ORACLE(conjunction->count == all->count, "a conjunction has %u tests, not %zu", all->count,
               conjunction->count);
        for (uint32_t j = 0; j < all->count; j++)
            compare_test(&model->tests[all->first + j], &conjunction->atoms[j]);
    }
}

static void compare_body(const struct model_body *body, const struct rule *rule)
{
    ORACLE(rule->clause_count == body->entries.count, "'%s' has %u entries, not %zu", rule->name,
           body->entries.count, rule->clause_count);
    for (uint32_t i = 0; i < body->entries.count; i++)
        compare_entry(&model->entries[body->entries.first + i], &rule->clauses[i]);
    ORACLE(rule->otherwise == body->otherwise && rule->defaulted == body->defaulted,
           "'%s' ends in %#x (default: %d), not %#x (%d)", rule->name, body->otherwise,
           body->defaulted, rule->otherwise, rule->defaulted);
    compare_slot("a last action", rule->otherwise_at,
                 body->defaulted ? model->default_word : body->otherwise_word);
}

static void compare_rule(const struct model_rule *expected, const struct rule *rule)
{
    const struct model_word *name = &model->words[expected->word];
    compare_place("a rule", rule->at, expected->word);
    ORACLE(model_word_is(name, rule->name), "a rule is for '%.*s', not '%s'", (int)name->length,
           name->text, rule->name);
    ORACLE(rule->archs == expected->archs, "'%s' stands for %#x, not %#x", rule->name,
           expected->archs, rule->archs);
    for (size_t i = 0; i < MODEL_ARCHS; i++)
        ORACLE(rule->number[i] == expected->number[i], "'%s' is number %d, not %d", rule->name,
               expected->number[i], rule->number[i]);
    compare_body(&model->bodies[expected->body], rule);
}

static void compare_param(const struct model_param *expected, const struct param *param)
{
    const struct model_word *name = &model->words[expected->word];
    compare_place("a parameter", param->at, expected->word);
    ORACLE(strlen(param->name) + 1 == name->length &&
               memcmp(param->name, name->text + 1, name->length - 1) == 0,
           "a parameter is '%.*s', not '$%s'", (int)name->length, name->text, param->name);
    ORACLE(param->bits == expected->bits && param->low == expected->low &&
               param->high == expected->high,
           "$%s is u%u in %lu..%lu, not u%u in %lu..%lu", param->name, expected->bits,
           expected->low, expected->high, param->bits, param->low, param->high);
}

static void compare_head(const struct policy *policy)
{
    ORACLE(policy->arch_count == model->arch_count, "there are %zu architectures, not %zu",
           model->arch_count, policy->arch_count);
    for (size_t i = 0; i < model->arch_count; i++)
        ORACLE(policy->arch[i] == model->arch[i], "architecture %zu is %#x, not %#x", i,
               model->arch[i], policy->arch[i]);
    ORACLE(policy->default_action == model->default_action, "the default is %#x, not %#x",
           model->default_action, policy->default_action);
    ORACLE(policy->bad_arch_action == model->bad_arch_action, "@badarch is %#x, not %#x",
           model->bad_arch_action, policy->bad_arch_action);
    compare_slot("@default", policy->default_at, model->default_word);
    compare_slot("@badarch", policy->bad_arch_at,
                 model->bad_arch_word != UINT32_MAX ? model->bad_arch_word : model->default_word);
}

void check_policy(const struct policy_model *with, const struct policy *policy, bool with_places)
{
    model = with;
    places = with_places;
    compare_head(policy);
    ORACLE(policy->param_count == model->param_count, "there are %u parameters, not %zu",
           model->param_count, policy->param_count);
    for (uint32_t i = 0; i < model->param_count; i++)
        compare_param(&model->params[i], &policy->params[i]);
    ORACLE(policy->rule_count == model->rule_count, "there are %u rules, not %zu",
           model->rule_count, policy->rule_count);
    for (uint32_t i = 0; i < model->rule_count; i++)
        compare_rule(&model->rules[i], &policy->rules[i]);
}

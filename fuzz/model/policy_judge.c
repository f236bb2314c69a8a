// SPDX-License-Identifier: ISC
//
// policy_judge.c: what a policy says to one call, and whether its conditions can be meant.
#include <linux/audit.h>

#include "policy_parts.h"
#include "truth_model.h"

enum { X32_FROM = 0x40000000 };

bool policy_model_holds(const struct model_test *test, const uint64_t *values, uint64_t argument,
                        bool wide)
{
    uint64_t left = wide && !test->narrow ? argument : argument & UINT32_MAX;
    uint64_t right = test->param >= 0 ? values[test->param] : test->value;
    switch (test->how) {
    case HOW_EQ: return left == right;
    case HOW_NE: return left != right;
    case HOW_LT: return left < right;
    case HOW_LE: return left <= right;
    case HOW_GT: return left > right;
    case HOW_GE: return left >= right;
    case HOW_ANY: return (left & test->mask) > 0;
    case HOW_MASKED: return (left & test->mask) == right;
    default: return (left | test->mask) == test->mask;
    }
}

static bool entry_holds(const struct policy_model *model, const struct model_entry *entry,
                        const uint64_t *values, const struct seccomp_data *data)
{
    bool wide = model_arch_wide(data->arch);
    for (uint32_t i = 0; i < entry->any.count; i++) {
        const struct model_span *all = &model->conjunctions[entry->any.first + i];
        uint32_t held = 0;
        for (uint32_t j = 0; j < all->count; j++) {
            const struct model_test *test = &model->tests[all->first + j];
            held += policy_model_holds(test, values, data->args[test->arg], wide) ? 1 : 0;
        }
        if (held == all->count)
            return true;
    }
    return false;
}

struct model_decision policy_model_decide(const struct policy_model *model, const uint64_t *values,
                                          const struct seccomp_data *data)
{
    size_t arch = 0;
    while (arch < model->arch_count && model->arch[arch] != data->arch)
        arch++;
    if (arch == model->arch_count ||
        (data->arch == AUDIT_ARCH_X86_64 && (uint32_t)data->nr >= X32_FROM && data->nr != -1))
        return (struct model_decision){model->bad_arch_action, -1, -1};
    for (uint32_t i = 0; i < model->rule_count; i++) {
        const struct model_rule *rule = &model->rules[i];
        if ((rule->archs >> arch & 1) == 0 || rule->number[arch] != data->nr)
            continue;
        const struct model_body *body = &model->bodies[rule->body];
        for (uint32_t j = 0; j < body->entries.count; j++) {
            const struct model_entry *entry = &model->entries[body->entries.first + j];
            if (entry_holds(model, entry, values, data))
                return (struct model_decision){entry->action, (int)i, (int)j};
        }
        return (struct model_decision){body->otherwise, (int)i, -1};
    }
    return (struct model_decision){model->default_action, -1, -1};
}

// How often something holds, among the rows that were asked about.
struct tally {
    bool yes, no;
};

static void count(struct tally *tally, bool yes)
{
    tally->yes = tally->yes || yes;
    tally->no = tally->no || !yes;
}

// The answers to all tests, conjunctions and entries of a body (and, last, to none of the entries),
// over both widths.
struct tallies {
    struct tally test[TRUTH_TESTS];
    struct tally conjunction[TRUTH_TESTS];
    struct tally entry[TRUTH_TESTS + 1];
};

static void count_row(const struct policy_model *model, const struct model_body *body,
                      uint32_t first_test, uint64_t row, struct tallies *tallies)
{
    bool decided = false;
    uint32_t conjunction = 0;
    for (uint32_t i = 0; i < body->entries.count; i++) {
        const struct model_entry *entry = &model->entries[body->entries.first + i];
        bool any = false;
        for (uint32_t j = 0; j < entry->any.count; j++) {
            const struct model_span *all = &model->conjunctions[entry->any.first + j];
            bool both = true;
            for (uint32_t k = 0; k < all->count; k++) {
                uint32_t test = all->first + k - first_test;
                count(&tallies->test[test], row >> test & 1);
                both = both && (row >> test & 1) != 0;
            }
            count(&tallies->conjunction[conjunction++], both);
            any = any || both;
        }
        count(&tallies->entry[i], any && !decided);
        decided = decided || any;
    }
    count(&tallies->entry[body->entries.count], !decided);
}

static bool has_width(const struct policy_model *model, uint32_t archs, bool wide)
{
    for (size_t i = 0; i < model->arch_count; i++)
        if ((archs >> i & 1) != 0 && model_arch_wide(model->arch[i]) == wide)
            return true;
    return false;
}

static bool judge(const struct policy_model *model, const struct model_body *body,
                  const struct tallies *tallies, size_t tests)
{
    size_t conjunctions = 0;
    for (size_t i = 0; i < tests; i++)
        if (!tallies->test[i].yes || !tallies->test[i].no)
            return false;
    for (uint32_t i = 0; i < body->entries.count; i++)
        conjunctions += model->entries[body->entries.first + i].any.count;
    for (size_t i = 0; i < conjunctions; i++)
        if (!tallies->conjunction[i].yes)
            return false;
    for (uint32_t i = 0; i < body->entries.count; i++)
        if (!tallies->entry[i].yes || !tallies->entry[i].no)
            return false;
    return tallies->entry[body->entries.count].yes;
}

bool model_body_is_meant(struct policy_model *model, const struct model_body *body, uint32_t archs)
{
    static struct truth_table table;
    static struct tallies tallies;
    tallies = (struct tallies){0};
    if (body->entries.count == 0)
        return true;
    uint32_t conjunction = model->entries[body->entries.first].any.first;
    uint32_t first = model->conjunctions[conjunction].first;
    size_t tests = model->test_count - first;
    for (unsigned wide = 0; wide < 2; wide++) {
        if (!has_width(model, archs, wide == 1))
            continue;
        if (!truth_model(&model->tests[first], tests, model->params, wide == 1, &table)) {
            model->unsure = true;
            return true;
        }
        for (size_t i = 0; i < table.count; i++)
            count_row(model, body, first, table.rows[i], &tallies);
    }
    return judge(model, body, &tallies, tests);
}

struct model_decision policy_model_decide_alone(const struct policy_model *model, uint32_t arch,
                                                const uint64_t *values,
                                                const struct seccomp_data *data)
{
    if (data->arch != arch)
        return (struct model_decision){model->bad_arch_action, -1, -1};
    return policy_model_decide(model, values, data);
}

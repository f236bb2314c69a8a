// SPDX-License-Identifier: ISC
#include "calls_model.h"

#include <linux/audit.h>

struct dice dice_from(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return (struct dice){hash | 1};
}

uint64_t dice_roll(struct dice *dice)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return dice->state * UINT64_C(0x2545f4914f6cdd1d) >> 11;
}

static uint64_t below(struct dice *dice, uint64_t limit)
{
    return dice_roll(dice) % limit;
}

void calls_values(const struct policy_model *model, struct dice *dice, uint64_t *values)
{
    for (uint32_t i = 0; i < model->param_count; i++) {
        const struct model_param *param = &model->params[i];
        uint64_t span = param->high - param->low;
        switch (below(dice, 3)) {
        case 0: values[i] = param->low; break;
        case 1: values[i] = param->high; break;
        default:
            values[i] = param->low + (span == UINT64_MAX ? dice_roll(dice) : below(dice, span + 1));
        }
    }
}

// One bit of a mask, its lowest or its highest, or all.
static uint64_t some_of(struct dice *dice, uint64_t mask)
{
    switch (below(dice, 4)) {
    case 0: return mask & (0 - mask);
    case 1: return mask == 0 ? 0 : UINT64_C(1) << (63 - __builtin_clzll(mask));
    case 2: return mask & (dice_roll(dice) << 32 | dice_roll(dice));
    default: return mask;
    }
}

uint64_t calls_meet(const struct model_test *test, struct dice *dice, const uint64_t *values)
{
    uint64_t value = test->param >= 0 ? values[test->param] : test->value;
    switch (test->how) {
    case HOW_EQ:
    case HOW_LE:
    case HOW_GE: return value;
    case HOW_NE:
    case HOW_GT: return value + 1;
    case HOW_LT: return value - 1;
    case HOW_MASKED: return value | (below(dice, 2) == 0 ? 0 : some_of(dice, ~test->mask));
    default: return some_of(dice, test->mask);
    }
}

uint64_t calls_aside(uint64_t value, struct dice *dice)
{
    switch (below(dice, 8)) {
    case 0: return value + 1;
    case 1: return value - 1;
    case 2: return value ^ UINT64_C(1) << below(dice, 64);
    case 3: return value | UINT64_C(1) << 32;
    case 4: return value | UINT64_C(0xffffffff) << 32;
    case 5: return below(dice, 2) == 0 ? 0 : UINT64_MAX;
    case 6: return ~value;
    default: return value & UINT32_MAX;
    }
}

static void meet_all(const struct policy_model *model, const struct model_span *all,
                     struct dice *dice, const uint64_t *values, __u64 *arguments)
{
    for (uint32_t i = 0; i < all->count; i++) {
        const struct model_test *test = &model->tests[all->first + i];
        uint64_t value = calls_meet(test, dice, values);
        arguments[test->arg] =
            test->narrow && below(dice, 2) == 0 ? (uint32_t)value | dice_roll(dice) << 32 : value;
    }
    if (below(dice, 2) == 0 && all->count > 0) {
        const struct model_test *test = &model->tests[all->first + below(dice, all->count)];
        uint64_t before = arguments[test->arg];
        arguments[test->arg] =
            below(dice, 2) == 0 ? test->value | test->mask : calls_aside(before, dice);
    }
}

static int any_number(const struct policy_model *model, struct dice *dice,
                      const struct model_rule *rule, size_t arch)
{
    int number = rule->number[arch];
    switch (below(dice, 16)) {
    case 0: return number + 1;
    case 1: return number - 1;
    case 2: return number | 0x40000000;
    case 3: return below(dice, 2) == 0 ? -1 : -2;
    case 4: return below(dice, 2) == 0 ? 0x40000000 : 0x3fffffff;
    case 5: return model->rules[below(dice, model->rule_count)].number[arch];
    default: return number;
    }
}

struct seccomp_data calls_next(const struct policy_model *model, struct dice *dice,
                               const uint64_t *values)
{
    return calls_on(model, below(dice, model->arch_count), dice, values);
}

struct seccomp_data calls_on(const struct policy_model *model, size_t arch, struct dice *dice,
                             const uint64_t *values)
{
    struct seccomp_data data = {.nr = (int)dice_roll(dice), .instruction_pointer = dice_roll(dice)};
    data.arch = model->arch[arch];
    for (size_t i = 0; i < 6; i++)
        data.args[i] = below(dice, 2) == 0 ? dice_roll(dice) << below(dice, 32) : below(dice, 4);
    if (model->rule_count == 0)
        return data;
    const struct model_rule *rule = &model->rules[below(dice, model->rule_count)];
    const struct model_body *body = &model->bodies[rule->body];
    data.nr = any_number(model, dice, rule, arch);
    if (below(dice, 16) == 0)
        data.arch ^=
            below(dice, 2) == 0 ? 1U << below(dice, 32) : AUDIT_ARCH_X86_64 ^ AUDIT_ARCH_I386;
    if (body->entries.count == 0)
        return data;
    const struct model_entry *entry =
        &model->entries[body->entries.first + below(dice, body->entries.count)];
    meet_all(model, &model->conjunctions[entry->any.first + below(dice, entry->any.count)], dice,
             values, data.args);
    return data;
}

// SPDX-License-Identifier: ISC
//
// oci_model_outcome.c: what is left of the sayings: one rule for each call and each set of
// architectures on which the same is said, with a clause for each saying that decides a call there;
// and a warning for each that decides none.
#include <string.h>

#include "oci_model.h"
#include "policy_parts.h"
#include "truth_model.h"

// The sayings of one call on some architectures.
struct crowd {
    const struct oci_saying *list[256];
    size_t count;
    uint32_t archs;
};

static bool said_of(const struct oci_saying *saying, const char *call, size_t arch)
{
    return (saying->archs >> arch & 1) != 0 && strcmp(saying->call, call) == 0;
}

static bool same_said(const struct oci_model *model, const char *call, size_t one, size_t other)
{
    for (size_t i = 0; i < model->count; i++)
        if (said_of(&model->sayings[i], call, one) != said_of(&model->sayings[i], call, other))
            return false;
    return true;
}

static void gather(const struct oci_model *model, const char *call, size_t arch,
                   struct crowd *crowd)
{
    crowd->archs = 0;
    crowd->count = 0;
    for (size_t i = arch; i < model->arch_count; i++)
        crowd->archs |= same_said(model, call, arch, i) ? UINT32_C(1) << i : 0;
    for (size_t i = 0; i < model->count; i++)
        if (said_of(&model->sayings[i], call, arch))
            crowd->list[crowd->count++] = &model->sayings[i];
}

// Which sayings are the first to hold for some call, where registers are this wide? False: too
// large.
static bool mark_useful(const struct crowd *crowd, bool wide, bool *useful)
{
    static struct truth_table table;
    struct model_test tests[TRUTH_TESTS];
    uint64_t masks[256];
    size_t count = 0;
    for (size_t i = 0; i < crowd->count; i++) {
        const struct oci_saying *saying = crowd->list[i];
        if (count + saying->count > TRUTH_TESTS)
            return false;
        masks[i] = 0;
        for (size_t j = 0; j < saying->count; j++) {
            masks[i] |= UINT64_C(1) << count;
            tests[count++] = saying->tests[j];
        }
    }
    if (!truth_model(tests, count, NULL, wide, &table))
        return false;
    for (size_t row = 0; row < table.count; row++) {
        size_t i = 0;
        while (i < crowd->count && (table.rows[row] & masks[i]) != masks[i])
            i++;
        if (i < crowd->count)
            useful[i] = true;
    }
    return true;
}

static bool judge_clauses(const struct oci_model *model, const struct crowd *crowd,
                          struct oci_outcome *outcome)
{
    bool useful[256] = {false}, done[2] = {false, false};
    for (size_t i = 0; i < model->arch_count; i++) {
        bool wide = model_arch_wide(model->arch[i]);
        if ((crowd->archs >> i & 1) == 0 || done[wide])
            continue;
        done[wide] = true;
        if (!mark_useful(crowd, wide, useful))
            return false;
    }
    for (size_t i = 0; i < crowd->count; i++) {
        outcome->clauses += useful[i] ? 1 : 0;
        outcome->warnings += useful[i] || crowd->list[i]->gated ? 0 : 1;
    }
    return true;
}

// A saying without tests decides all calls; that others say otherwise is warned of once.
static bool judge_crowd(const struct oci_model *model, const struct crowd *crowd,
                        struct oci_outcome *outcome)
{
    const struct oci_saying *plain = NULL;
    bool differs = false;
    for (size_t i = crowd->count; i-- > 0;)
        plain = crowd->list[i]->count == 0 ? crowd->list[i] : plain;
    outcome->rules++;
    if (plain == NULL)
        return judge_clauses(model, crowd, outcome);
    for (size_t i = 0; i < crowd->count; i++)
        differs = differs || crowd->list[i]->action != plain->action;
    outcome->warnings += differs ? 1 : 0;
    return true;
}

static bool is_first(const struct oci_model *model, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(model->sayings[i].call, model->sayings[index].call) == 0)
            return false;
    return true;
}

bool oci_model_outcome(const struct oci_model *model, struct oci_outcome *outcome)
{
    static struct crowd crowd;
    *outcome = (struct oci_outcome){.warnings = model->remarks};
    for (size_t i = 0; i < model->count; i++) {
        uint32_t done = 0;
        for (size_t arch = 0; is_first(model, i) && arch < model->arch_count; arch++) {
            if ((done >> arch & 1) != 0)
                continue;
            gather(model, model->sayings[i].call, arch, &crowd);
            done |= crowd.archs;
            if (crowd.count > 0 && !judge_crowd(model, &crowd, outcome))
                return false;
        }
    }
    return true;
}

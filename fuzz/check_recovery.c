// SPDX-License-Identifier: ISC
#include "check_recovery.h"

#include "model/program_model.h"
#include "oracle.h"
#include "policy/evaluate.h"
#include "policy/verdict_params.h"

enum { CALLS = 48, RECOVERED_INSNS = 150, SIMPLE_INSNS = 32, NODES = 1 << 16 };

// Is there a rule on the architecture that lets a call through for one value of the parameter only?
static bool is_pinned(const struct policy_model *model, size_t param, size_t arch)
{
    bool wide = (model->arch[arch] & UINT32_C(0x80000000)) != 0; // __AUDIT_ARCH_64BIT
    if (!wide && model->params[param].high > UINT32_MAX)
        return false;
    for (uint32_t i = 0; i < model->rule_count; i++) {
        const struct model_body *body = &model->bodies[model->rules[i].body];
        if ((model->rules[i].archs >> arch & 1) == 0 || body->entries.count != 1)
            continue;
        const struct model_entry *entry = &model->entries[body->entries.first];
        const struct model_span *all = &model->conjunctions[entry->any.first];
        const struct model_test *test = &model->tests[all->first];
        if (entry->any.count == 1 && all->count == 1 && test->param == (int)param &&
            test->how == HOW_EQ && entry->action != body->otherwise)
            return true;
    }
    return false;
}

void check_recovery(const struct policy_model *model, const struct policy *policy,
                    const struct attempt *attempt, size_t arch, const uint64_t *values,
                    struct dice *dice)
{
    static struct sock_filter insns[PROGRAM_INSNS];
    uint64_t found[LOAD_PARAMS];
    if (policy->param_count == 0 || attempt->here.count > RECOVERED_INSNS)
        return;
    struct compiled here = attempt->compiled;
    here.program = attempt->here;
    compile_fill(&here, values, insns);
    struct program program = {insns, here.program.count};
    struct subject left = {.policy = policy};
    struct subject right = {.programs = &program, .program_count = 1};
    enum recovery recovery = verdict_recover(&left, &right, found, NODES);
    ORACLE(recovery != RECOVERY_NONE, "the parameters' values are found");
    ORACLE(recovery != RECOVERY_UNDECIDED || here.program.count > SIMPLE_INSNS,
           "those of a simple policy are");
    bool pinned = true;
    for (size_t i = 0; i < policy->param_count; i++)
        pinned = pinned && is_pinned(model, i, arch);
    ORACLE(!pinned || recovery != RECOVERY_MANY, "there is one value for each parameter");
    for (size_t i = 0; i < policy->param_count && recovery == RECOVERY_UNIQUE; i++)
        ORACLE(found[i] == values[i], "parameter %zu is %lu, not %lu", i, values[i], found[i]);
    for (unsigned i = 0; i < CALLS && recovery == RECOVERY_MANY; i++) {
        struct seccomp_data data = calls_on(model, arch, dice, values);
        uint32_t expected =
            policy_model_decide_alone(model, model->arch[arch], values, &data).action;
        uint32_t action = policy_evaluate(policy, found, &data, NULL, NULL);
        ORACLE(action == expected, "with the values that were found it is %#x, not %#x", expected,
               action);
    }
}

// SPDX-License-Identifier: ISC
#include "check_variants.h"

#include <linux/seccomp.h>

#include "check_difference.h"
#include "oracle.h"
#include "policy/evaluate.h"
#include "policy/variant.h"

enum {
    CALLS = 48,
    FEW_ARCHS = 3,
    COMPARED_INSNS = 60,
    COMPARED_CALLS = 8,
    WHOLE_CALLS = 32,
    WHOLE_RULES = 16,
    WHOLE_PARAMS = 8,
};

static const struct policy_model *model;
static size_t chosen_arch;

static bool kills(uint32_t action)
{
    return action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_KILL_THREAD;
}

// What the trapping twin says to a call: every refusal that ends the process is a trap, but for bad
// architectures and x32.
static uint32_t twin_of(struct model_decision decision, const struct seccomp_data *data)
{
    bool listed = false;
    for (size_t i = 0; i < model->arch_count; i++)
        listed = listed || model->arch[i] == data->arch;
    bool x32 = data->arch == 0xc000003e && (uint32_t)data->nr >= 0x40000000 && data->nr != -1;
    if (!listed || x32)
        return decision.action;
    bool fallen = decision.rule < 0 ||
                  (decision.entry < 0 && model->bodies[model->rules[decision.rule].body].defaulted);
    return fallen || kills(decision.action) ? SECCOMP_RET_TRAP : decision.action;
}

// See check_difference.h.
static uint32_t judge_difference(unsigned side, const struct seccomp_data *data,
                                 const uint64_t *with)
{
    struct model_decision decision =
        policy_model_decide_alone(model, model->arch[chosen_arch], with, data);
    if (data->arch != model->arch[chosen_arch])
        return decision.action;
    return side == 0 ? decision.action : twin_of(decision, data);
}

void check_twin(const struct policy_model *whole, const struct policy *policy,
                const struct attempt *attempt, size_t arch, const uint64_t *values,
                struct dice *dice)
{
    model = whole;
    chosen_arch = arch;
    struct seccomp_data calls[COMPARED_CALLS];
    for (size_t i = 0; i < COMPARED_CALLS; i++)
        calls[i] = calls_on(model, arch, dice, values);
    if (attempt->compiled.program.count <= COMPARED_INSNS)
        check_difference(policy, attempt, values, dice, judge_difference, calls, COMPARED_CALLS);
}

static uint32_t judge_whole(unsigned side, const struct seccomp_data *data, const uint64_t *with)
{
    (void)side;
    return policy_model_decide(model, with, data).action;
}

void check_whole(const struct policy_model *whole, const struct policy *policy,
                 const uint64_t *values, struct dice *dice)
{
    model = whole;
    struct seccomp_data calls[WHOLE_CALLS];
    if (policy->arch_count > FEW_ARCHS || policy->rule_count > WHOLE_RULES ||
        policy->param_count > WHOLE_PARAMS)
        return;
    for (size_t i = 0; i < WHOLE_CALLS; i++) {
        calls[i] = calls_next(model, dice, values);
        if (i % 8 == 0)
            calls[i].nr |= 0x40000000;
    }
    check_meaning(policy, values, judge_whole, calls, WHOLE_CALLS);
}

void check_variants(const struct policy_model *whole, const struct policy *policy,
                    const uint64_t *values, struct dice *dice)
{
    model = whole;
    const struct policy *bound = policy_bind(policy, values);
    const struct policy *twin = policy_trap_twin(policy);
    ORACLE(bound->param_count == 0, "a bound policy has no parameters");
    for (unsigned i = 0; i < CALLS; i++) {
        struct seccomp_data data = calls_next(model, dice, values);
        struct model_decision expected = policy_model_decide(model, values, &data);
        uint32_t action = policy_evaluate(bound, NULL, &data, NULL, NULL);
        ORACLE(action == expected.action, "bound it says %#x, not %#x", expected.action, action);
        action = policy_evaluate(twin, values, &data, NULL, NULL);
        ORACLE(action == twin_of(expected, &data), "the twin says %#x, not %#x",
               twin_of(expected, &data), action);
    }
}

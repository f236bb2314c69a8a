// SPDX-License-Identifier: ISC
//
// fuzz_compile.c: from a policy to a program.
//
// Target: our code generator (emit), holes and their filling (compile), libseccomp behind it for
// one input of 32, the proof that a program goes through (compile_proven), the recovery of
// parameters, and the variants of a policy: for one architecture, with its parameters bound,
// trapping.
//
// Threat model: none hostile; a program that says another thing than its policy is a hole in a
// sandbox, or kills a service.
//
// Input: as for fuzz_policy, without includes; texts that are no policy are not looked at further.
// Where the first line begins with "#--seccomp", libseccomp is always asked.
//
// Oracle: the program, run by program_model.h, says to calls at the borders of every condition what
// policy_model.h reads in the text; the proof says EQUAL; parameters are found again.
#include "oracle.h"

#include <string.h>

#include "check_difference.h"
#include "check_start.h"
#include "model/calls_model.h"
#include "model/program_model.h"
#include "policy/compile_proven.h"
#include "policy/evaluate.h"
#include "policy/variant.h"
#include "policy/verdict_params.h"
#include "text_options.h"

enum {
    CALLS = 48,
    CALLS_PER_TEST = 6,
    TESTS_ASKED = 100,
    FEW_ARCHS = 3,
    SECCOMP_EVERY = 32,
    PROVEN_INSNS = 400,
    PROVEN_PARAMS = 8,
    RECOVERED_INSNS = 150,
    COMPARED_INSNS = 60,
    COMPARED_CALLS = 8,
    WHOLE_CALLS = 32,
    WHOLE_RULES = 16,
    SIMPLE_INSNS = 32,
    NODES = 1 << 16
};

static struct policy_model model;
static uint64_t values[MODEL_PARTS];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    check_start();
    return 0;
}

// What the policy says where it is for one of its architectures alone.
static struct model_decision decide(uint32_t arch, const struct seccomp_data *data)
{
    if (data->arch != arch)
        return (struct model_decision){model.bad_arch_action, -1, -1};
    return policy_model_decide(&model, values, data);
}

// Does the machine of that architecture have the other byte order? Then the halves of a field lie
// the other way round in its memory.
static void lay_out(uint32_t arch, struct seccomp_data *data)
{
    bool big = (arch & UINT32_C(0x40000000)) == 0; // __AUDIT_ARCH_LE
    if (!big)
        return;
    data->instruction_pointer = data->instruction_pointer << 32 | data->instruction_pointer >> 32;
    for (size_t i = 0; i < 6; i++)
        data->args[i] = data->args[i] << 32 | data->args[i] >> 32;
}

static void check_program(const struct compiled *compiled, size_t arch, struct dice *dice)
{
    static struct sock_filter insns[PROGRAM_INSNS];
    static bool fault[PROGRAM_INSNS];
    static uint16_t path[PROGRAM_INSNS];
    size_t count = compiled->program.count, steps;
    ORACLE(program_model_accept(compiled->program.insns, count, fault),
           "the program is acceptable");
    compile_fill(compiled, values, insns);
    ORACLE(program_model_accept(insns, count, fault), "the filled program is acceptable");
    unsigned calls = model.test_count < TESTS_ASKED ? model.test_count : TESTS_ASKED;
    for (unsigned i = 0; i < CALLS + CALLS_PER_TEST * calls; i++) {
        struct seccomp_data data = calls_on(&model, arch, dice, values);
        struct model_decision expected = decide(model.arch[arch], &data);
        struct seccomp_data there = data;
        lay_out(model.arch[arch], &there);
        uint32_t result = program_model_run(insns, count, &there, path, &steps);
        ORACLE(result == expected.action, "call %d on %#x gets %#x by %s's program, not %#x",
               data.nr, data.arch, expected.action,
               compiled->by == COMPILER_OWN ? "our" : "libseccomp", result);
    }
}

// The proof may give up on what is large, and for no other reason.
static void check_proof(const struct attempt *attempt)
{
    const struct verdict *verdict = attempt->verdict;
    if (attempt->end == ATTEMPT_PROVEN) {
        ORACLE(verdict != NULL && verdict->relation == RELATION_EQUAL, "what is proven is EQUAL");
        return;
    }
    ORACLE(attempt->end == ATTEMPT_REFUTED && verdict != NULL &&
               verdict->relation == RELATION_UNDECIDED &&
               strstr(verdict->reason, "too large") != NULL,
           "the program is proven, not %d: %s", attempt->end,
           verdict == NULL           ? attempt->why
           : verdict->reason != NULL ? verdict->reason
                                     : verdict_word(verdict->relation));
}

// Is there a rule on the architecture that lets a call through for one value of the parameter only?
static bool is_pinned(size_t param, size_t arch)
{
    bool wide = (model.arch[arch] & UINT32_C(0x80000000)) != 0; // __AUDIT_ARCH_64BIT
    if (!wide && model.params[param].high > UINT32_MAX)
        return false;
    for (uint32_t i = 0; i < model.rule_count; i++) {
        const struct model_body *body = &model.bodies[model.rules[i].body];
        if ((model.rules[i].archs >> arch & 1) == 0 || body->entries.count != 1)
            continue;
        const struct model_entry *entry = &model.entries[body->entries.first];
        const struct model_span *all = &model.conjunctions[entry->any.first];
        const struct model_test *test = &model.tests[all->first];
        if (entry->any.count == 1 && all->count == 1 && test->param == (int)param &&
            test->how == HOW_EQ && entry->action != body->otherwise)
            return true;
    }
    return false;
}

static void check_recovery(const struct policy *policy, const struct attempt *attempt, size_t arch,
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
        pinned = pinned && is_pinned(i, arch);
    ORACLE(!pinned || recovery != RECOVERY_MANY, "there is one value for each parameter");
    for (size_t i = 0; i < policy->param_count && recovery == RECOVERY_UNIQUE; i++)
        ORACLE(found[i] == values[i], "parameter %zu is %lu, not %lu", i, values[i], found[i]);
    for (unsigned i = 0; i < CALLS && recovery == RECOVERY_MANY; i++) {
        struct seccomp_data data = calls_on(&model, arch, dice, values);
        uint32_t expected = decide(model.arch[arch], &data).action;
        uint32_t action = policy_evaluate(policy, found, &data, NULL, NULL);
        ORACLE(action == expected, "with the values that were found it is %#x, not %#x", expected,
               action);
    }
}

static bool kills(uint32_t action)
{
    return action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_KILL_THREAD;
}

// What the trapping twin says to a call: every refusal that ends the process is a trap, but for bad
// architectures and x32.
static uint32_t twin_of(struct model_decision decision, const struct seccomp_data *data)
{
    bool listed = false;
    for (size_t i = 0; i < model.arch_count; i++)
        listed = listed || model.arch[i] == data->arch;
    bool x32 = data->arch == 0xc000003e && (uint32_t)data->nr >= 0x40000000 && data->nr != -1;
    if (!listed || x32)
        return decision.action;
    bool fallen = decision.rule < 0 ||
                  (decision.entry < 0 && model.bodies[model.rules[decision.rule].body].defaulted);
    return fallen || kills(decision.action) ? SECCOMP_RET_TRAP : decision.action;
}

static size_t chosen_arch;

// See check_difference.h.
static uint32_t judge_difference(unsigned side, const struct seccomp_data *data,
                                 const uint64_t *with)
{
    if (data->arch != model.arch[chosen_arch])
        return model.bad_arch_action;
    struct model_decision decision = policy_model_decide(&model, with, data);
    return side == 0 ? decision.action : twin_of(decision, data);
}

static void check_own(const struct policy *policy, size_t arch, struct dice *dice)
{
    struct attempt attempt = {0};
    bool compiled = compile_policy(policy, COMPILER_OWN, &attempt.compiled, &attempt.why);
    if (!compiled) {
        ORACLE(strstr(attempt.why, "the kernel takes 4096") != NULL, "it is compiled: %s",
               attempt.why);
        return;
    }
    ORACLE(attempt.compiled.by == COMPILER_OWN, "it is compiled by our own");
    check_program(&attempt.compiled, arch, dice);
    if (attempt.compiled.program.count > PROVEN_INSNS || policy->param_count > PROVEN_PARAMS)
        return;
    attempt_prove(policy, &attempt);
    check_proof(&attempt);
    check_recovery(policy, &attempt, arch, dice);
    chosen_arch = arch;
    struct seccomp_data calls[COMPARED_CALLS];
    for (size_t i = 0; i < COMPARED_CALLS; i++)
        calls[i] = calls_on(&model, arch, dice, values);
    if (attempt.compiled.program.count <= COMPARED_INSNS)
        check_difference(policy, &attempt, values, dice, judge_difference, calls, COMPARED_CALLS);
    verdict_free(attempt.verdict);
}

static uint32_t judge_whole(unsigned side, const struct seccomp_data *data, const uint64_t *with)
{
    (void)side;
    return policy_model_decide(&model, with, data).action;
}

static void check_whole(const struct policy *policy, struct dice *dice)
{
    struct seccomp_data calls[WHOLE_CALLS];
    if (policy->arch_count > FEW_ARCHS || policy->rule_count > WHOLE_RULES ||
        policy->param_count > PROVEN_PARAMS)
        return;
    for (size_t i = 0; i < WHOLE_CALLS; i++) {
        calls[i] = calls_next(&model, dice, values);
        if (i % 8 == 0)
            calls[i].nr |= 0x40000000;
    }
    check_meaning(policy, values, judge_whole, calls, WHOLE_CALLS);
}

static void check_any(const struct policy *policy, size_t arch, struct dice *dice)
{
    struct attempt attempts[2];
    struct attempt *proven = compile_proven(policy, COMPILER_ANY, compile_policy, attempts);
    for (size_t i = 0; i < 2; i++)
        if (attempts[i].end == ATTEMPT_PROVEN)
            check_program(&attempts[i].compiled, arch, dice);
    ORACLE(proven == NULL || proven->end == ATTEMPT_PROVEN, "what is given out is proven");
    if (proven == NULL && attempts[1].end != ATTEMPT_NOT_BUILT)
        check_proof(&attempts[1]);
    attempts_free(attempts);
}

static void check_variants(const struct policy *policy, struct dice *dice)
{
    const struct policy *bound = policy_bind(policy, values);
    const struct policy *twin = policy_trap_twin(policy);
    ORACLE(bound->param_count == 0, "a bound policy has no parameters");
    for (unsigned i = 0; i < CALLS; i++) {
        struct seccomp_data data = calls_next(&model, dice, values);
        struct model_decision expected = policy_model_decide(&model, values, &data);
        uint32_t action = policy_evaluate(bound, NULL, &data, NULL, NULL);
        ORACLE(action == expected.action, "bound it says %#x, not %#x", expected.action, action);
        action = policy_evaluate(twin, values, &data, NULL, NULL);
        ORACLE(action == twin_of(expected, &data), "the twin says %#x, not %#x",
               twin_of(expected, &data), action);
    }
}

static void check(const struct policy *policy, bool seccomp, struct dice *dice)
{
    size_t chosen = dice_roll(dice) % model.arch_count;
    calls_values(&model, dice, values);
    check_variants(policy, dice);
    check_whole(policy, dice);
    ORACLE(policy_select_arch(policy, 1) == NULL, "no policy is for an architecture that is none");
    for (size_t i = 0; i < model.arch_count; i++) {
        if (i > 0 && i != chosen && model.arch_count > FEW_ARCHS)
            continue;
        const struct policy *one = policy_select_arch(policy, model.arch[i]);
        ORACLE(one != NULL && one->arch_count == 1 && one->arch[0] == model.arch[i],
               "a policy can be had for each of its architectures");
        check_own(one, i, dice);
        if (seccomp)
            check_any(one, i, dice);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct load_options options;
    struct model_options same;
    struct diagnostics diagnostics;
    if (size > MODEL_TEXT_BYTES)
        return 0;
    text_options(text, size, NULL, &options, &same);
    if (!policy_model_read(&model, &same, "text", text, size) || model.unsure)
        return 0;
    check_begin();
    diagnostics_create(&diagnostics);
    struct policy *policy = policy_load_text("text", text, size, &options, &diagnostics);
    ORACLE(policy != NULL, "the text is a policy: %s", diagnostics.list[0].message);
    struct dice dice = dice_from(data, size);
    bool asked = size > 11 && memcmp(text, "#--seccomp", 10) == 0;
    check(policy, dice_roll(&dice) % SECCOMP_EVERY == 0 || asked, &dice);
    policy_free(policy);
    diagnostics_destroy(&diagnostics);
    check_end();
    return 0;
}

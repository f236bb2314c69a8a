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
// Among the words of the first line: "seccomp": libseccomp is always asked; "broken": so is a
// compiler with a bug, and "poor": without memory for the proof; "children" and "passes":
// compilers as in check_compiler.h, and holes as in check_holes.h.
//
// Oracle: the program, run by program_model.h, says to calls at the borders of every condition what
// policy_model.h reads in the text; the proof says EQUAL; parameters are found again; what a broken
// compiler makes is seen through (check_broken.h); as a container profile it says the same
// (check_profile.h).
#include "oracle.h"

#include <string.h>

#include "check_broken.h"
#include "check_compiler.h"
#include "check_holes.h"
#include "check_profile.h"
#include "check_recovery.h"
#include "check_start.h"
#include "check_variants.h"
#include "model/calls_model.h"
#include "model/program_model.h"
#include "policy/compile_proven.h"
#include "policy/variant.h"
#include "text_options.h"
#include "text_words.h"

enum {
    CALLS = 48,
    CALLS_PER_TEST = 6,
    TESTS_ASKED = 100,
    FEW_ARCHS = 3,
    SECCOMP_EVERY = 32,
    BROKEN_EVERY = 4,
    BROKEN_INSNS = 200,
    FEW_RULES = 40,
    PROVEN_INSNS = 400,
    PROVEN_PARAMS = 8,
    NODES = 1 << 16
};

// What the first line, or chance, asks for.
struct wanted {
    bool seccomp, broken, poor, children, passes;
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

static void read_wanted(void *context, const char *word)
{
    struct wanted *wanted = context;
    wanted->seccomp = wanted->seccomp || strcmp(word, "seccomp") == 0;
    wanted->broken = wanted->broken || strcmp(word, "broken") == 0;
    wanted->poor = wanted->poor || strcmp(word, "poor") == 0;
    wanted->children = wanted->children || strcmp(word, "children") == 0;
    wanted->passes = wanted->passes || strcmp(word, "passes") == 0;
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
        struct model_decision expected =
            policy_model_decide_alone(&model, model.arch[arch], values, &data);
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

static void check_own(const struct policy *policy, size_t arch, const struct wanted *wanted,
                      struct dice *dice)
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
    check_recovery(&model, policy, &attempt, arch, values, dice);
    check_twin(&model, policy, &attempt, arch, values, dice);
    verdict_free(attempt.verdict);
    struct dice own = *dice;
    if (wanted->broken && attempt.compiled.program.count <= BROKEN_INSNS)
        check_broken(&model, policy, arch, values, wanted->seccomp, wanted->poor, &own);
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

// The policy for one of its architectures is the whole as that one sees it.
static void check_one(const struct policy *policy, const struct policy *one)
{
    struct subject left = {.policy = policy, .only_arch = one->arch[0]};
    struct subject right = {.policy = one};
    struct verdict *verdict = verdict_prove(&left, &right, 0, NODES);
    ORACLE(verdict->relation == RELATION_EQUAL || verdict->relation == RELATION_UNDECIDED,
           "alone it is %s", verdict_word(verdict->relation));
    verdict_free(verdict);
}

static void check(const struct policy *policy, const struct wanted *wanted, struct dice *dice)
{
    size_t chosen = dice_roll(dice) % model.arch_count;
    calls_values(&model, dice, values);
    check_variants(&model, policy, values, dice);
    struct dice own = *dice;
    check_profile(&model, policy, values, &own);
    check_whole(&model, policy, values, dice);
    ORACLE(policy_select_arch(policy, 1) == NULL, "no policy is for an architecture that is none");
    for (size_t i = 0; i < model.arch_count; i++) {
        if (i > 0 && i != chosen && model.arch_count > FEW_ARCHS)
            continue;
        const struct policy *one = policy_select_arch(policy, model.arch[i]);
        ORACLE(one != NULL && one->arch_count == 1 && one->arch[0] == model.arch[i],
               "a policy can be had for each of its architectures");
        if (wanted->broken && policy->rule_count <= FEW_RULES)
            check_one(policy, one);
        check_own(one, i, wanted, dice);
        if (wanted->seccomp)
            check_any(one, i, dice);
        if (wanted->children)
            check_children(one);
        if (wanted->passes) {
            check_passes(one, &own);
            check_holes(one);
        }
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
    struct wanted wanted = {.seccomp = dice_roll(&dice) % SECCOMP_EVERY == 0};
    struct dice own = dice;
    wanted.broken = dice_roll(&own) % BROKEN_EVERY == 0;
    text_words(text, size, "#--", read_wanted, &wanted);
    check(policy, &wanted, &dice);
    policy_free(policy);
    diagnostics_destroy(&diagnostics);
    check_end();
    return 0;
}

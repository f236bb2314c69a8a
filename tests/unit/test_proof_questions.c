// SPDX-License-Identifier: ISC
//
// test_proof_questions.c: what else can be asked of a proof: which calls change, as ranges and
// masks; whether a condition can hold; which parameters a program was made with; what it reads
// like.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#include "policy/disasm.h"
#include "policy/evaluate.h"
#include "policy/verdict.h"
#include "policy/verdict_condition.h"
#include "policy/verdict_params.h"
#include "policy/verdict_regions.h"
#include "test_proof_generator.h"
#include "test_proof_random.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define LIMIT        ((size_t)1000000)

static uint64_t input_word(const struct seccomp_data *data, size_t input)
{
    return input == INPUT_ARCH ? data->arch
           : input == INPUT_NR ? (uint32_t)data->nr
           : input == INPUT_IP ? data->instruction_pointer
                               : data->args[input - INPUT_ARG];
}

static bool span_holds(const struct span *span, uint64_t value)
{
    if (span->kind == SPAN_RANGE)
        return value >= span->low && value <= span->high;
    if (span->kind == SPAN_LOW_RANGE)
        return (uint32_t)value >= span->low && (uint32_t)value <= span->high;
    return span->kind == SPAN_ANY || (value & span->mask) == span->bits;
}

struct sample {
    struct seccomp_data data[200];
    size_t inside[200]; // in how many regions
    size_t regions;
};

static bool count_regions(void *context, const struct region *region)
{
    struct sample *sample = context;
    sample->regions++;
    for (size_t i = 0; i < COUNT(sample->data); i++) {
        bool inside = true;
        for (size_t input = 0; input < INPUT_PARAM; input++)
            inside =
                inside && span_holds(&region->span[input], input_word(&sample->data[i], input));
        sample->inside[i] += inside;
    }
    return true;
}

static bool lets_through(uint32_t result)
{
    uint32_t action = result & SECCOMP_RET_ACTION_FULL;
    return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static bool is_change(uint32_t left, uint32_t right, enum change change)
{
    if (change == CHANGE_OTHER)
        return left != right && lets_through(left) == lets_through(right);
    bool gained = lets_through(change == CHANGE_ALLOWED ? right : left);
    bool lacked = !lets_through(change == CHANGE_ALLOWED ? left : right);
    return gained && lacked;
}

static void regions_are_disjoint_and_complete(void **state)
{
    (void)state;
    static struct sample sample;
    size_t regions = 0, listed = 0;
    random_seed(31);
    for (size_t round = 0; round < 400; round++) {
        struct pool pool;
        struct sock_filter insns[24];
        const char *reason;
        pool_start(&pool);
        const struct policy *policy = random_policy(&pool);
        struct program program = random_program(insns, 20, false, &pool);
        uint64_t values[8];
        random_params(policy, &pool, values);
        struct subject left = {.policy = policy};
        struct subject right = {.programs = &program, .program_count = 1};
        enum change change = (enum change)(round % 3);
        memset(&sample, 0, sizeof sample);
        for (size_t i = 0; i < COUNT(sample.data); i++)
            sample.data[i] = random_input(&pool).data;
        if (!regions_changed(&left, &right, values, change, 30000, count_regions, &sample,
                             &reason)) {
            assert_non_null(reason);
            continue;
        }
        listed++;
        regions += sample.regions;
        for (size_t i = 0; i < COUNT(sample.data); i++) {
            const struct seccomp_data *data = &sample.data[i];
            uint32_t by_policy = policy_evaluate(policy, values, data, NULL, NULL);
            uint32_t by_program = program_execute(insns, program.count, data, NULL).result;
            assert_int_equal(sample.inside[i], is_change(by_policy, by_program, change));
        }
    }
    assert_true(listed > 300);
    assert_true(regions > 1000);
}

static bool keep_region(void *context, const struct region *region)
{
    struct region *kept = context;
    *kept = *region;
    return false;
}

// kill(pid): nothing; then kill with signals 1 to 9 and 15 only, and flags without bit 3.
static void a_region_reads_like_the_rule(void **state)
{
    (void)state;
    struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
    struct atom atoms[] = {{.arg = 1, .compare = COMPARE_LE, .value = 9, .param = NO_PARAM},
                           {.arg = 1, .compare = COMPARE_GE, .value = 1, .param = NO_PARAM},
                           {.arg = 2, .compare = COMPARE_MASKED_EQ, .mask = 8, .param = NO_PARAM}};
    struct conjunction conjunction = {atoms, COUNT(atoms)};
    struct clause clause = {.when = {&conjunction, 1}, .action = SECCOMP_RET_ALLOW};
    struct rule rule = {.archs = 1, .number = {62}, .clauses = &clause, .clause_count = 1};
    struct policy policy = {
        .arch = {AUDIT_ARCH_X86_64}, .arch_count = 1, .rules = &rule, .rule_count = 1};
    struct program program = {nothing, 1};
    struct subject left = {.programs = &program, .program_count = 1}, right = {.policy = &policy};
    struct region region;
    const char *reason;
    assert_true(
        regions_changed(&left, &right, NULL, CHANGE_ALLOWED, LIMIT, keep_region, &region, &reason));
    assert_int_equal(region.span[INPUT_NR].low, 62);
    assert_int_equal(region.span[INPUT_NR].high, 62);
    assert_int_equal(region.span[INPUT_ARG].kind, SPAN_ANY);
    assert_int_equal(region.span[INPUT_ARG + 1].kind, SPAN_RANGE);
    assert_int_equal(region.span[INPUT_ARG + 1].low, 1);
    assert_int_equal(region.span[INPUT_ARG + 1].high, 9);
    atoms[0].narrow = atoms[1].narrow = true;
    assert_true(
        regions_changed(&left, &right, NULL, CHANGE_ALLOWED, LIMIT, keep_region, &region, &reason));
    assert_int_equal(region.span[INPUT_ARG + 1].kind, SPAN_LOW_RANGE);
    assert_int_equal(region.span[INPUT_ARG + 1].high, 9);
    assert_int_equal(region.span[INPUT_ARG + 2].kind, SPAN_MASK);
    assert_int_equal(region.span[INPUT_ARG + 2].mask, 8);
    assert_int_equal(region.span[INPUT_ARG + 2].bits, 0);
}

// ------------------------------------------------------------------------------------ conditions

static enum truth status_of(struct atom *atoms, size_t count, bool any, uint32_t archs)
{
    struct param param = {.name = "p", .bits = 32, .low = 5, .high = 9};
    struct policy policy = {.arch = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386},
                            .arch_count = 2,
                            .params = &param,
                            .param_count = 1};
    struct conjunction conjunctions[4];
    for (size_t i = 0; i < count; i++)
        conjunctions[i] = (struct conjunction){&atoms[i], any ? 1 : count};
    struct expression expression = {conjunctions, any ? count : 1};
    return condition_status(&policy, archs, &expression);
}

static void conditions_are_judged_exactly(void **state)
{
    (void)state;
    struct atom below[] = {{.compare = COMPARE_LT, .value = 5, .param = NO_PARAM},
                           {.compare = COMPARE_GE, .value = 5, .param = NO_PARAM}};
    assert_int_equal(status_of(below, 2, true, 1), TRUTH_ALWAYS);
    assert_int_equal(status_of(below, 2, false, 1), TRUTH_NEVER);
    assert_int_equal(status_of(below, 1, true, 1), TRUTH_SOMETIMES);
    struct atom masked = {.compare = COMPARE_MASKED_EQ, .mask = 6, .value = 1, .param = NO_PARAM};
    assert_int_equal(status_of(&masked, 1, true, 1), TRUTH_NEVER);
    struct atom narrow = {
        .narrow = true, .compare = COMPARE_LE, .value = UINT32_MAX, .param = NO_PARAM};
    assert_int_equal(status_of(&narrow, 1, true, 1), TRUTH_ALWAYS);
    struct atom high = {.compare = COMPARE_EQ, .value = 0x100000000, .param = NO_PARAM};
    assert_int_equal(status_of(&high, 1, true, 1), TRUTH_SOMETIMES); // 64 bits
    assert_int_equal(status_of(&high, 1, true, 2), TRUTH_NEVER);     // 32 bits
    assert_int_equal(status_of(&high, 1, true, 3), TRUTH_SOMETIMES);
    struct atom ranged[] = {{.compare = COMPARE_EQ, .param = 0},
                            {.compare = COMPARE_GT, .value = 9, .param = NO_PARAM}};
    assert_int_equal(status_of(ranged, 1, true, 1), TRUTH_SOMETIMES);
    assert_int_equal(status_of(ranged, 2, false, 1), TRUTH_NEVER); // $p is at most 9
}

static void unreachable_entries_of_a_chain_are_found(void **state)
{
    (void)state;
    struct atom atoms[] = {{.compare = COMPARE_LT, .value = 10, .param = NO_PARAM},
                           {.compare = COMPARE_EQ, .value = 7, .param = NO_PARAM},
                           {.compare = COMPARE_GE, .value = 10, .param = NO_PARAM}};
    struct conjunction conjunctions[3];
    struct clause clauses[3];
    for (size_t i = 0; i < 3; i++) {
        conjunctions[i] = (struct conjunction){&atoms[i], 1};
        clauses[i] = (struct clause){.when = {&conjunctions[i], 1}};
    }
    struct rule rule = {.archs = 1, .clauses = clauses, .clause_count = 3};
    struct policy policy = {.arch = {AUDIT_ARCH_X86_64}, .arch_count = 1};
    enum truth status[4];
    condition_chain(&policy, &rule, status);
    const enum truth expected[] = {TRUTH_SOMETIMES, TRUTH_NEVER, TRUTH_SOMETIMES, TRUTH_NEVER};
    assert_memory_equal(status, expected, sizeof expected);
    rule.clause_count = 2;
    condition_chain(&policy, &rule, status);
    assert_int_equal(status[2], TRUTH_SOMETIMES);
}

// ------------------------------------------------------------------------------------ parameters

// arg0 == $p, and arg0 == $p && arg0 <= 9: the same as long as $p is at most 9.
static void parameters_count_only_in_their_range(void **state)
{
    (void)state;
    for (uint64_t high = 9; high <= 10; high++) {
        struct param param = {.name = "p", .bits = 32, .low = 5, .high = high};
        struct atom atoms[] = {{.compare = COMPARE_EQ, .param = 0},
                               {.compare = COMPARE_LE, .value = 9, .param = NO_PARAM}};
        struct conjunction conjunctions[] = {{atoms, 1}, {atoms, 2}};
        struct clause clauses[2];
        struct rule rules[2];
        struct policy policies[2];
        for (size_t i = 0; i < 2; i++) {
            clauses[i] =
                (struct clause){.when = {&conjunctions[i], 1}, .action = SECCOMP_RET_ALLOW};
            rules[i] = (struct rule){.archs = 1, .clauses = &clauses[i], .clause_count = 1};
            policies[i] = (struct policy){.arch = {AUDIT_ARCH_X86_64},
                                          .arch_count = 1,
                                          .params = &param,
                                          .param_count = 1,
                                          .rules = &rules[i],
                                          .rule_count = 1};
        }
        struct subject left = {.policy = &policies[0]}, right = {.policy = &policies[1]};
        struct verdict *verdict = verdict_prove(&left, &right, AUDIT_ARCH_X86_64, LIMIT);
        assert_int_equal(verdict->relation, high == 9 ? RELATION_EQUAL : RELATION_WEAKER);
        if (high == 10) {
            assert_int_equal(verdict->witness[0].input.params[0], 10);
            assert_int_equal(verdict->witness[0].input.data.args[0], 10);
            assert_string_equal(verdict->param_name[0], "p");
        }
        verdict_free(verdict);
    }
}

// The values that a program was made with come back, or others for which it is just as equal.
static void parameters_are_recovered(void **state)
{
    (void)state;
    static struct generated generated;
    size_t unique = 0, many = 0;
    random_seed(32);
    for (size_t round = 0; round < 300; round++) {
        struct pool pool;
        pool_start(&pool);
        const struct policy *policy = random_policy(&pool);
        uint64_t values[8], found[8];
        random_params(policy, &pool, values);
        generate_program(policy, &generated);
        for (size_t i = 0; i < generated.hole_count; i++) {
            const struct hole *hole = &generated.holes[i];
            generated.insns[hole->insn].k =
                (uint32_t)(values[hole->param] >> (hole->high ? 32 : 0));
        }
        struct subject tree = {.policy = policy};
        struct subject live = {.programs = &generated.program, .program_count = 1};
        enum recovery recovery = verdict_recover(&tree, &live, found, LIMIT);
        assert_int_not_equal(recovery, RECOVERY_NONE);
        if (recovery == RECOVERY_UNIQUE)
            assert_memory_equal(found, values, policy->param_count * sizeof values[0]);
        if (recovery == RECOVERY_MANY)
            for (size_t i = 0; i < policy->param_count; i++)
                assert_in_range(found[i], policy->params[i].low, policy->params[i].high);
        unique += recovery == RECOVERY_UNIQUE && policy->param_count > 0;
        many += recovery == RECOVERY_MANY;
        generated.insns[generated.program.count - 1].k ^= 1; // another bad-architecture action
        if (recovery != RECOVERY_UNDECIDED)
            assert_int_equal(verdict_recover(&tree, &live, found, LIMIT), RECOVERY_NONE);
    }
    assert_true(unique > 20);
    assert_true(many > 20);
}

// --------------------------------------------------------------------------------------- listing

static void a_listing_names_fields_targets_actions_and_holes(void **state)
{
    (void)state;
    struct sock_filter insns[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
                                  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 28),
                                  BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0, 0, 1),
                                  BPF_STMT(BPF_ALU | BPF_LSH | BPF_X, 0),
                                  BPF_STMT(BPF_LDX | BPF_MEM, 3),
                                  BPF_STMT(BPF_JMP | BPF_JA, 1),
                                  {.code = 0xffff, .k = 7},
                                  BPF_STMT(BPF_RET | BPF_A, 0)};
    const char *const expected[] = {"ld   [arch]",
                                    "jeq  #0xc000003e, 3, 2          x86_64",
                                    "ret  #0x00050001                return EPERM",
                                    "ld   [args[1].hi]",
                                    "jgt  #$parent.hi, 5, 6",
                                    "lsh  x",
                                    "ldx  M[3]",
                                    "ja   9",
                                    "?    code 0xffff, jt 0, jf 0, k 0x00000007",
                                    "ret  a"};
    const struct hole hole = {.insn = 4, .param = 0, .high = true};
    const char *const names[] = {"parent"};
    struct program program = {insns, COUNT(insns)};
    for (size_t i = 0; i < COUNT(insns); i++) {
        char line[DISASM_TEXT_BYTES];
        assert_string_equal(disasm_insn(&program, i, &hole, 1, names, line), expected[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_are_disjoint_and_complete),
        cmocka_unit_test(a_region_reads_like_the_rule),
        cmocka_unit_test(conditions_are_judged_exactly),
        cmocka_unit_test(unreachable_entries_of_a_chain_are_found),
        cmocka_unit_test(parameters_count_only_in_their_range),
        cmocka_unit_test(parameters_are_recovered),
        cmocka_unit_test(a_listing_names_fields_targets_actions_and_holes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

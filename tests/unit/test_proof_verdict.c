// SPDX-License-Identifier: ISC
//
// test_proof_verdict.c: the words of a verdict, its witnesses, and what else is asked of a proof:
// stacks, regions, conditions, recovered parameters. Where the kernel or libseccomp can be asked,
// they are.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/verdict.h"
#include "test_proof_random.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define LIMIT        ((size_t)1000000)

static void severity_is_the_kernels(void **state)
{
    (void)state;
    static const uint32_t order[] = {
        SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
        SECCOMP_RET_USER_NOTIF,   SECCOMP_RET_TRACE,       SECCOMP_RET_LOG,  SECCOMP_RET_ALLOW};
    for (size_t i = 0; i < COUNT(order); i++)
        for (size_t j = 0; j < COUNT(order); j++) {
            enum difference expected = i < j   ? DIFFERENCE_STRICTER
                                       : i > j ? DIFFERENCE_WEAKER
                                               : DIFFERENCE_DATA;
            assert_int_equal(verdict_difference(order[i] | 1, order[j] | 2), expected);
        }
    assert_int_equal(verdict_difference(5, 5), DIFFERENCE_NONE);
    assert_int_equal(verdict_difference(0x12345678, SECCOMP_RET_KILL_THREAD), DIFFERENCE_STRICTER);
    assert_int_equal(verdict_difference(0x12345678, SECCOMP_RET_KILL_PROCESS), DIFFERENCE_DATA);
}

// On x86-64, number `nr` gets `special`, everything else `otherwise`.
static struct program simple_program(struct sock_filter *insns, uint32_t nr, uint32_t special,
                                     uint32_t otherwise)
{
    const struct sock_filter text[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, special),
        BPF_STMT(BPF_RET | BPF_K, otherwise),
    };
    memcpy(insns, text, sizeof text);
    return (struct program){insns, COUNT(text)};
}

static struct verdict *judge(const struct program *one, const struct program *other)
{
    struct subject left = {.programs = one, .program_count = 1};
    struct subject right = {.programs = other, .program_count = 1};
    struct verdict *verdict = verdict_prove(&left, &right, AUDIT_ARCH_X86_64, LIMIT);
    assert_non_null(verdict);
    return verdict;
}

static void each_relation_has_its_word_and_witness(void **state)
{
    (void)state;
    static const struct {
        uint32_t special[2], otherwise[2];
        enum relation relation;
    } cases[] = {
        {{SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW}, {0, 0}, RELATION_EQUAL},
        {{SECCOMP_RET_LOG, SECCOMP_RET_ALLOW}, {0, 0}, RELATION_STRICTER},
        {{SECCOMP_RET_ALLOW, SECCOMP_RET_TRAP}, {0, 0}, RELATION_WEAKER},
        {{SECCOMP_RET_ALLOW, SECCOMP_RET_TRAP}, {0, SECCOMP_RET_LOG}, RELATION_INCOMPARABLE},
        {{SECCOMP_RET_ERRNO | 1, SECCOMP_RET_ERRNO | 2}, {0, 0}, RELATION_INCOMPARABLE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sock_filter a[8], b[8];
        struct program one = simple_program(a, 39, cases[i].special[0], cases[i].otherwise[0]);
        struct program other = simple_program(b, 39, cases[i].special[1], cases[i].otherwise[1]);
        struct verdict *verdict = judge(&one, &other);
        assert_int_equal(verdict->relation, cases[i].relation);
        assert_int_equal(verdict->witness_count == 0, cases[i].relation == RELATION_EQUAL);
        for (size_t w = 0; w < verdict->witness_count; w++)
            assert_int_equal(verdict->witness[w].input.data.arch, AUDIT_ARCH_X86_64);
        verdict_free(verdict);
    }
}

static void a_witness_is_small_and_shows_both_paths(void **state)
{
    (void)state;
    struct sock_filter a[8], b[8];
    struct program one = simple_program(a, 39, SECCOMP_RET_ALLOW, SECCOMP_RET_TRAP);
    struct program other = simple_program(b, 40, SECCOMP_RET_ALLOW, SECCOMP_RET_TRAP);
    struct verdict *verdict = judge(&one, &other);
    assert_int_equal(verdict->relation, RELATION_INCOMPARABLE);
    assert_int_equal(verdict->witness_count, 2);
    assert_int_equal(verdict->witness[0].difference, DIFFERENCE_STRICTER);
    const struct seccomp_data expected = {.nr = 40, .arch = AUDIT_ARCH_X86_64};
    assert_memory_equal(&verdict->witness[0].input.data, &expected, sizeof expected);
    const uint16_t path[] = {0, 1, 2, 3, 5};
    assert_int_equal(verdict->witness[0].by[0].steps, COUNT(path));
    assert_memory_equal(verdict->witness[0].by[0].path, path, sizeof path);
    assert_int_equal(verdict->witness[1].input.data.nr, 39);
    verdict_free(verdict);
}

// ------------------------------------------------------------------------------------ libseccomp

static struct {
    struct policy policy;
    struct rule rules[32];
    struct clause clauses[32];
    struct conjunction conjunctions[32];
    struct atom atoms[32];
} text;

static const uint32_t archs[] = {SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_AARCH64};
static const char *const calls[] = {"read",  "write",  "close",  "fstat",  "mmap",   "munmap",
                                    "brk",   "ioctl",  "getpid", "kill",   "clone",  "dup",
                                    "fcntl", "setuid", "exit",   "openat", "madvise"};
static const struct {
    enum compare compare;
    enum scmp_compare theirs;
} compares[] = {{COMPARE_EQ, SCMP_CMP_EQ},
                {COMPARE_NE, SCMP_CMP_NE},
                {COMPARE_LT, SCMP_CMP_LT},
                {COMPARE_LE, SCMP_CMP_LE},
                {COMPARE_GT, SCMP_CMP_GT},
                {COMPARE_GE, SCMP_CMP_GE},
                {COMPARE_MASKED_EQ, SCMP_CMP_MASKED_EQ}};

static void add_rule(scmp_filter_ctx context, size_t i)
{
    size_t which = i % COUNT(compares);
    text.atoms[i] = (struct atom){.arg = (uint8_t)(i % 6),
                                  .param = NO_PARAM,
                                  .compare = compares[which].compare,
                                  .mask = 0xff0f0,
                                  .value = which == 6 ? 0x80 : 0x12345 * i + 1};
    text.conjunctions[i] = (struct conjunction){&text.atoms[i], 1};
    text.clauses[i] =
        (struct clause){.when = {&text.conjunctions[i], 1}, .action = SECCOMP_RET_ALLOW};
    struct rule *rule = &text.rules[i];
    bool plain = i % 3 == 0;
    *rule = (struct rule){.name = calls[i],
                          .archs = 7,
                          .clauses = &text.clauses[i],
                          .clause_count = !plain,
                          .otherwise = plain ? SECCOMP_RET_ALLOW : text.policy.default_action};
    for (size_t arch = 0; arch < 3; arch++)
        rule->number[arch] = seccomp_syscall_resolve_name_arch(archs[arch], calls[i]);
    const struct atom *atom = &text.atoms[i];
    struct scmp_arg_cmp compare = {.arg = atom->arg,
                                   .op = compares[which].theirs,
                                   .datum_a = which == 6 ? atom->mask : atom->value,
                                   .datum_b = atom->value};
    assert_int_equal(
        seccomp_rule_add_array(context, SCMP_ACT_ALLOW, rule->number[0], !plain, &compare), 0);
}

static struct program compile(uint32_t optimize)
{
    memset(&text, 0, sizeof text);
    text.policy = (struct policy){.arch_count = 3,
                                  .rules = text.rules,
                                  .rule_count = COUNT(calls),
                                  .default_action = SECCOMP_RET_ERRNO | 1,
                                  .bad_arch_action = SECCOMP_RET_KILL_PROCESS};
    memcpy(text.policy.arch, archs, sizeof archs);
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(1));
    assert_non_null(context);
    seccomp_arch_remove(context, SCMP_ARCH_NATIVE);
    for (size_t i = 0; i < COUNT(archs); i++)
        assert_int_equal(seccomp_arch_add(context, archs[i]), 0);
    seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, optimize);
    for (size_t i = 0; i < COUNT(calls); i++)
        add_rule(context, i);
    int file = memfd_create("program", MFD_CLOEXEC);
    assert_int_equal(seccomp_export_bpf(context, file), 0);
    seccomp_release(context);
    static struct sock_filter insns[BPF_MAXINSNS];
    ssize_t bytes = pread(file, insns, sizeof insns, 0);
    assert_true(bytes > 0);
    close(file);
    return (struct program){insns, (size_t)bytes / sizeof insns[0]};
}

static void libseccomp_programs_of_plain_rules_are_equal(void **state)
{
    (void)state;
    for (uint32_t optimize = 1; optimize <= 2; optimize++) {
        struct program program = compile(optimize);
        struct subject tree = {.policy = &text.policy};
        struct subject built = {.programs = &program, .program_count = 1};
        struct verdict *verdict = verdict_prove(&tree, &built, SCMP_ARCH_X86_64, LIMIT);
        assert_int_equal(verdict->relation, RELATION_EQUAL);
        verdict_free(verdict);
        text.rules[9].otherwise = SECCOMP_RET_ERRNO | 2; // kill, which was allowed
        verdict = verdict_prove(&tree, &built, SCMP_ARCH_X86_64, LIMIT);
        assert_int_equal(verdict->relation, RELATION_STRICTER);
        assert_int_equal(verdict->witness[0].input.data.nr, text.rules[9].number[0]);
        assert_ptr_equal(verdict->witness[0].by[0].rule, &text.rules[9]);
        verdict_free(verdict);
    }
}

static void one_architecture_alone_can_be_judged(void **state)
{
    (void)state;
    struct sock_filter insns[8];
    compile(1);
    text.policy.rule_count = 1; // read, always allowed
    for (size_t i = 0; i < 2; i++) {
        struct subject tree = {.policy = &text.policy, .only_arch = i ? 0 : SCMP_ARCH_X86_64};
        struct program program = simple_program(insns, 0, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 1);
        struct subject built = {.programs = &program, .program_count = 1};
        insns[1].jf = 4; // other architectures: a return of their own
        insns[6] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        program.count = 7;
        struct verdict *verdict = verdict_prove(&tree, &built, SCMP_ARCH_X86_64, LIMIT);
        // x32 numbers are all that such a program gets wrong
        assert_int_equal(verdict->relation, i ? RELATION_INCOMPARABLE : RELATION_STRICTER);
        assert_int_equal(verdict->witness[0].input.data.nr, 0x40000000);
        verdict_free(verdict);
    }
}

// ---------------------------------------------------------------------------------------- stacks

#define PROBED_CALL 0x7ffff

// What the kernel makes of a stack of filters that return these values for PROBED_CALL: the errno
// of the call, -1 when it was killed.
static int kernel_stack(const uint32_t *results, size_t count)
{
    pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        for (size_t i = 0; i < count; i++) {
            struct sock_filter insns[8];
            struct program program =
                simple_program(insns, PROBED_CALL, results[i], SECCOMP_RET_ALLOW);
            struct sock_fprog filter = {.len = (unsigned short)program.count, .filter = insns};
            insns[1].code = BPF_JMP | BPF_JA; // on whatever architecture this runs
            insns[1].k = 0;
            if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
                _exit(99);
        }
        errno = 0;
        syscall(PROBED_CALL);
        _exit(errno);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_stack_gives_what_the_kernel_gives(void **state)
{
    (void)state;
    static const uint32_t results[] = {SECCOMP_RET_ERRNO | 11, SECCOMP_RET_ERRNO | 12,
                                       SECCOMP_RET_ALLOW | 5,  SECCOMP_RET_KILL_PROCESS,
                                       SECCOMP_RET_TRACE | 1,  0x00010000};
    random_seed(21);
    for (size_t round = 0; round < 60; round++) {
        uint32_t chosen[3], expected = SECCOMP_RET_ALLOW;
        for (size_t i = 3; i-- > 0;)
            expected = verdict_stacked(expected, chosen[i] = results[random_below(COUNT(results))]);
        int outcome = kernel_stack(chosen, 3);
        uint32_t action = expected & SECCOMP_RET_ACTION_FULL;
        if (action == SECCOMP_RET_ERRNO)
            assert_int_equal(outcome, expected & SECCOMP_RET_DATA);
        else if (action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_TRACE)
            assert_int_equal(outcome, ENOSYS); // there is no such call, and nobody traces
        else
            assert_int_equal(outcome, -1);
    }
}

static void a_stack_is_its_diagram(void **state)
{
    (void)state;
    random_seed(22);
    for (size_t round = 0; round < 200; round++) {
        struct pool pool;
        struct sock_filter insns[3][24];
        struct program programs[3];
        pool_start(&pool);
        for (size_t i = 0; i < 3; i++)
            programs[i] = random_program(insns[i], 20, false, &pool);
        struct subject stack = {.programs = programs, .program_count = 3};
        struct proof *proof = proof_begin(&stack, NULL, NULL, 30000);
        for (size_t i = 0; proof->reason == NULL && i < 50; i++) {
            struct assignment input = random_input(&pool);
            uint32_t expected = SECCOMP_RET_ALLOW;
            for (size_t p = 3; p-- > 0;)
                expected = verdict_stacked(
                    expected,
                    program_execute(insns[p], programs[p].count, &input.data, NULL).result);
            struct judgement judgement;
            assert_true(proof_judge(proof, 0, &input, &judgement));
            assert_int_equal(judgement.result, expected);
            assert_int_equal(
                inputs_evaluate(&proof->inputs, proof->space, proof->function[0], &input),
                expected);
            free(judgement.path);
        }
        proof_end(proof);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(severity_is_the_kernels),
        cmocka_unit_test(each_relation_has_its_word_and_witness),
        cmocka_unit_test(a_witness_is_small_and_shows_both_paths),
        cmocka_unit_test(libseccomp_programs_of_plain_rules_are_equal),
        cmocka_unit_test(one_architecture_alone_can_be_judged),
        cmocka_unit_test(a_stack_gives_what_the_kernel_gives),
        cmocka_unit_test(a_stack_is_its_diagram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

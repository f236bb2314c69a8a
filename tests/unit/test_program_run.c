// SPDX-License-Identifier: ISC
//
// test_program_run.c: the running kernel is the judge. Random arithmetic is run by the kernel's own
// filter, and program_execute() must give the same result.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/program.h"
#include "test_program_kernel.h"
#include "test_proof_random.h"

#define PROBED_CALL 0x7ffffu // no such call anywhere: without a filter it is ENOSYS
#define PROBES      8

struct probe {
    uint64_t args[6];
    int outcome; // the errno that came out, 0 for none
};

struct probing {
    bool installed;
    size_t finished;
    struct probe probe[PROBES];
};

// A straight run of arithmetic over the arguments with forward jumps in it; its result comes back
// as an errno, 12 bits of it chosen by a shift that differs from program to program.
static size_t arithmetic_program(struct sock_filter *insns)
{
    static const uint16_t operations[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_AND, BPF_OR,
                                          BPF_XOR, BPF_LSH, BPF_RSH, BPF_NEG, BPF_LSH, BPF_RSH};
    static const uint16_t jumps[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
    size_t n = 0;
    insns[n++] = (struct sock_filter)LD_ABS(0);
    insns[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROBED_CALL, 1, 0);
    insns[n++] = (struct sock_filter)RET_K(SECCOMP_RET_ALLOW);
    insns[n++] = (struct sock_filter)BPF_STMT(BPF_STX, 0);
    while (n < 30) {
        uint16_t operation = operations[random_below(COUNT(operations))];
        uint16_t source = operation == BPF_NEG || random_below(2) ? BPF_K : BPF_X;
        uint32_t k =
            operation == BPF_LSH || operation == BPF_RSH ? random_below(32) : random_u32() | 1;
        insns[n++] = (struct sock_filter)LD_ABS(16 + 4 * random_below(12));
        insns[n++] = (struct sock_filter)BPF_STMT((uint16_t)(BPF_ALU | operation | source), k);
        if (random_below(3) == 0)
            insns[n++] = (struct sock_filter)BPF_STMT(BPF_MISC | BPF_TAX, 0);
        if (random_below(3) == 0)
            insns[n++] = (struct sock_filter)BPF_JUMP(
                (uint16_t)(BPF_JMP | jumps[random_below(4)] | (random_below(2) ? BPF_X : BPF_K)),
                random_u32(), (uint8_t)random_below(3), (uint8_t)random_below(3));
    }
    insns[n++] = (struct sock_filter)BPF_STMT(BPF_LDX | BPF_MEM, 0);
    insns[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0);
    insns[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, random_below(21));
    insns[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xfff);
    insns[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO);
    insns[n++] = (struct sock_filter)RET_A;
    return n;
}

static void probe_kernel(const struct sock_filter *insns, size_t count, struct probing *probing)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || offer(insns, count) != 0)
        return;
    probing->installed = true;
    for (; probing->finished < PROBES; probing->finished++) {
        struct probe *probe = &probing->probe[probing->finished];
        const uint64_t *arg = probe->args;
        errno = 0;
        long result = syscall(PROBED_CALL, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
        probe->outcome = result == 0 ? 0 : errno;
    }
}

static uint32_t interpret(const struct sock_filter *insns, size_t count, const struct probe *probe)
{
    struct seccomp_data data = {.nr = PROBED_CALL, .arch = AUDIT_ARCH_X86_64};
    memcpy(data.args, probe->args, sizeof probe->args);
    return program_execute(insns, count, &data, NULL).result;
}

// The kernel's runs must be those of the interpreter, and where the interpreter says 0 (it divided
// by zero: kill) the child must have been killed exactly there. Returns the number of runs seen.
static size_t check_probing(const struct sock_filter *insns, size_t count,
                            const struct probing *probing, int status)
{
    for (size_t i = 0; i < probing->finished; i++)
        assert_int_equal(interpret(insns, count, &probing->probe[i]) ^ SECCOMP_RET_ERRNO,
                         probing->probe[i].outcome);
    if (probing->finished == PROBES) {
        assert_int_equal(status, 0);
        return PROBES;
    }
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
    assert_int_equal(interpret(insns, count, &probing->probe[probing->finished]),
                     SECCOMP_RET_KILL_THREAD);
    return probing->finished + 1;
}

static uint64_t probe_word(void)
{
    static const uint64_t borders[] = {0,          1,          31,         32,         33,
                                       0x7fffffff, 0x80000000, 0xffffffff, 0x100000000};
    uint64_t word = (uint64_t)random_u32() << 32 | random_u32();
    return random_below(2) ? word : borders[random_below(COUNT(borders))] << random_below(2) * 32;
}

static void the_kernel_runs_programs_as_the_interpreter_does(void **state)
{
    (void)state;
    size_t runs = 0, killed = 0;
    for (size_t round = 0; round < 400; round++) {
        struct sock_filter insns[64];
        size_t count = arithmetic_program(insns);
        assert_true(program_accept(insns, count, NULL));
        struct probing *probing = shared_page(sizeof *probing);
        for (size_t i = 0; i < PROBES; i++)
            for (size_t j = 0; j < 6; j++)
                probing->probe[i].args[j] = probe_word();
        pid_t child = fork();
        assert_int_not_equal(child, -1);
        if (child == 0) {
            probe_kernel(insns, count, probing);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(probing->installed);
        runs += check_probing(insns, count, probing, status);
        killed += probing->finished < PROBES;
        munmap(probing, sizeof *probing);
    }
    assert_true(runs > 1000);
    assert_true(killed > 0); // division by zero was really met
}

static void a_shift_by_the_index_register_counts_modulo_32(void **state)
{
    (void)state;
    const struct sock_filter insns[] = {BPF_STMT(BPF_LDX | BPF_IMM, 33), BPF_STMT(BPF_LD, 3),
                                        BPF_STMT(BPF_ALU | BPF_LSH | BPF_X, 0), RET_A};
    struct seccomp_data data = {0};
    assert_int_equal(program_execute(insns, COUNT(insns), &data, NULL).result, 6);
}

static void the_path_lists_the_instructions_that_ran(void **state)
{
    (void)state;
    const struct sock_filter insns[] = {LD_ABS(0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 1, 0),
                                        RET_K(1),  BPF_STMT(BPF_JMP | BPF_JA, 1),
                                        RET_K(2),  RET_K(3)};
    struct seccomp_data data = {.nr = 7};
    uint16_t path[COUNT(insns)];
    struct program_run run = program_execute(insns, COUNT(insns), &data, path);
    assert_int_equal(run.result, 3);
    assert_int_equal(run.steps, 4);
    const uint16_t expected[] = {0, 1, 3, 5};
    assert_memory_equal(path, expected, sizeof expected);
}

int main(void)
{
    random_seed(0x9e3779b97f4a7c15);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_runs_programs_as_the_interpreter_does),
        cmocka_unit_test(a_shift_by_the_index_register_counts_modulo_32),
        cmocka_unit_test(the_path_lists_the_instructions_that_ran),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

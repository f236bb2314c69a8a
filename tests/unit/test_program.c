// SPDX-License-Identifier: ISC
//
// test_program.c: the running kernel is the judge. Thousands of programs, random and chosen, are
// offered to seccomp(), and program_accept() must say what the kernel says; random arithmetic is
// run by the kernel's own filter, and program_execute() must give the same result.
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

#define LD_ABS(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RET_K(value)   BPF_STMT(BPF_RET | BPF_K, value)
#define RET_A          BPF_STMT(BPF_RET | BPF_A, 0)
#define COUNT(array)   (sizeof(array) / sizeof(array)[0])

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint32_t random_u32(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16);
}

static uint32_t random_below(uint32_t bound)
{
    return random_u32() % bound;
}

static void *shared_page(size_t bytes)
{
    void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(page, MAP_FAILED);
    return page;
}

static long offer(const struct sock_filter *insns, size_t count)
{
    struct sock_fprog program = {.len = (unsigned short)count,
                                 .filter = (struct sock_filter *)(uintptr_t)insns};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}

// A process may stack 32768 instructions of filter. Once a stack of harmless filters is full, the
// kernel still judges every further program first (EINVAL) and only then says that there is no room
// for it (ENOMEM): so one process can ask about any number of programs and is never bound by one.
static bool fill_filter_stack(void)
{
    static struct sock_filter harmless[BPF_MAXINSNS];
    for (size_t i = 0; i < COUNT(harmless); i++)
        harmless[i] = (struct sock_filter)RET_K(SECCOMP_RET_ALLOW);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    size_t count = COUNT(harmless);
    while (count > 0) {
        long error = offer(harmless, count);
        if (error == ENOMEM)
            count /= 2;
        else if (error != 0)
            return false;
    }
    return true;
}

struct tally {
    bool ready;          // the filter stack is full
    bool failed;         // the two judges differ on `insns`
    bool kernel_accepts; // of the last program
    size_t accepted;
    size_t refused;
    size_t count;
    struct sock_filter insns[BPF_MAXINSNS + 1];
};

typedef size_t generate(struct sock_filter *insns, size_t round);

static bool judges_agree(struct tally *tally)
{
    long error = offer(tally->insns, tally->count);
    tally->kernel_accepts = error == ENOMEM;
    if (error != ENOMEM && error != EINVAL)
        return false;
    struct program_fault fault;
    bool accepted = program_accept(tally->insns, tally->count, &fault);
    tally->accepted += accepted;
    tally->refused += !accepted;
    return accepted == tally->kernel_accepts;
}

static void compare_judges(generate *next, size_t rounds, struct tally *tally)
{
    tally->ready = fill_filter_stack();
    for (size_t round = 0; tally->ready && round < rounds && !tally->failed; round++) {
        tally->count = next(tally->insns, round);
        tally->failed = !judges_agree(tally);
    }
}

// Runs `rounds` programs of `next` past both judges, in a child; the caller unmaps the tally.
static struct tally *ask_kernel(generate *next, size_t rounds)
{
    struct tally *tally = shared_page(sizeof *tally);
    pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0) {
        compare_judges(next, rounds, tally);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(tally->ready);
    if (tally->failed) {
        print_message("kernel %s this, program_accept does not agree:\n",
                      tally->kernel_accepts ? "takes" : "refuses");
        for (size_t i = 0; i < tally->count && i < 64; i++)
            print_message("  %zu: %#x %u %u %#x\n", i, tally->insns[i].code, tally->insns[i].jt,
                          tally->insns[i].jf, tally->insns[i].k);
    }
    assert_false(tally->failed);
    return tally;
}

// Every 16-bit opcode, alone before a return, with an operand that is fine for most.
static size_t each_opcode(struct sock_filter *insns, size_t round)
{
    insns[0] = (struct sock_filter)BPF_STMT(BPF_ST, 4);
    insns[1] = (struct sock_filter){.code = (uint16_t)round, .k = 4};
    for (size_t i = 2; i < 8; i++)
        insns[i] = (struct sock_filter)RET_K(SECCOMP_RET_ALLOW);
    return 8;
}

static void the_kernel_allows_exactly_the_same_opcodes(void **state)
{
    (void)state;
    struct tally *tally = ask_kernel(each_opcode, 0x10000);
    assert_int_equal(tally->accepted, 41);
    assert_int_equal(tally->refused, 0x10000 - 41);
    munmap(tally, sizeof *tally);
}

static const uint16_t codes[] = {
    BPF_LD | BPF_W | BPF_ABS,
    BPF_LD | BPF_W | BPF_LEN,
    BPF_LDX | BPF_W | BPF_LEN,
    BPF_LD | BPF_IMM,
    BPF_LDX | BPF_IMM,
    BPF_LD | BPF_MEM,
    BPF_LDX | BPF_MEM,
    BPF_ST,
    BPF_STX,
    BPF_MISC | BPF_TAX,
    BPF_MISC | BPF_TXA,
    BPF_RET | BPF_K,
    BPF_RET | BPF_A,
    BPF_ALU | BPF_NEG,
    BPF_ALU | BPF_ADD | BPF_X,
    BPF_ALU | BPF_DIV | BPF_K,
    BPF_ALU | BPF_DIV | BPF_X,
    BPF_ALU | BPF_LSH | BPF_K,
    BPF_ALU | BPF_RSH | BPF_K,
    BPF_ALU | BPF_RSH | BPF_X,
    BPF_JMP | BPF_JA,
    BPF_JMP | BPF_JEQ | BPF_K,
    BPF_JMP | BPF_JGT | BPF_X,
    BPF_JMP | BPF_JGE | BPF_K,
    BPF_JMP | BPF_JSET | BPF_X,
    BPF_ALU | BPF_MUL | BPF_X,
    BPF_ALU | BPF_LSH | BPF_X,
};

// Operands are drawn around the borders of each rule, and mostly inside, so that long programs have
// a fair chance of being accepted.
static uint32_t near_operand(uint16_t code, size_t left)
{
    bool stray = random_below(60) == 0;
    if (code == (BPF_LD | BPF_W | BPF_ABS))
        return stray ? 56 + random_below(12) : 4 * random_below(16);
    if (code == (BPF_JMP | BPF_JA))
        return left < 2 || stray ? (uint32_t)left - random_below(2) : random_below((uint32_t)left);
    if (BPF_CLASS(code) == BPF_ALU && BPF_OP(code) == BPF_DIV)
        return stray ? 0 : random_u32() | 1;
    if (BPF_CLASS(code) == BPF_ALU)
        return stray ? 30 + random_below(4) : random_below(32);
    if (BPF_CLASS(code) == BPF_RET)
        return random_u32();
    return stray ? 14 + random_below(4) : random_below(3);
}

static size_t random_program(struct sock_filter *insns, size_t round)
{
    (void)round;
    size_t count = 1 + random_below(24);
    for (size_t i = 0; i < count; i++) {
        size_t left = count - i - 1;
        uint16_t code = codes[random_below(COUNT(codes))];
        uint32_t reach = (uint32_t)left + (random_below(60) == 0);
        insns[i] = (struct sock_filter){.code = code, .k = near_operand(code, left)};
        insns[i].jt = (uint8_t)(reach ? random_below(reach) : 0);
        insns[i].jf = (uint8_t)(reach ? random_below(reach) : 0);
        if (i < 3 && random_below(2)) // cells that are written let later reads be accepted
            insns[i] =
                (struct sock_filter)BPF_STMT(random_below(2) ? BPF_ST : BPF_STX, (uint32_t)i);
    }
    if (random_below(20) != 0)
        insns[count - 1] = random_below(2) ? (struct sock_filter)RET_A
                                           : (struct sock_filter)RET_K(SECCOMP_RET_ALLOW);
    return count;
}

static void random_programs_are_judged_as_the_kernel_judges_them(void **state)
{
    (void)state;
    struct tally *tally = ask_kernel(random_program, 200000);
    assert_true(tally->accepted > 10000);
    assert_true(tally->refused > 10000);
    munmap(tally, sizeof *tally);
}

// Lengths 0, 1, 4096 and 4097, jumps to the last instruction and one past it, far ones included,
// and the odd case: a return does not forget which cells were written.
static const struct sock_filter after_return[] = {BPF_STMT(BPF_ST, 1), RET_A,
                                                  BPF_STMT(BPF_LD | BPF_MEM, 1), RET_A};
static const struct sock_filter unwritten_on_one_path[] = {
    LD_ABS(0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1), BPF_STMT(BPF_ST, 1),
    BPF_STMT(BPF_LD | BPF_MEM, 1), RET_A};
static const struct sock_filter unreachable_read[] = {BPF_STMT(BPF_JMP | BPF_JA, 1),
                                                      BPF_STMT(BPF_LD | BPF_MEM, 1), RET_A};
static const struct sock_filter jump_brings_less[] = {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 2, 0),
                                                      BPF_STMT(BPF_ST, 1), RET_A,
                                                      BPF_STMT(BPF_LD | BPF_MEM, 1), RET_A};

static size_t edge_program(struct sock_filter *insns, size_t round)
{
    static const size_t lengths[] = {0, 1, 2, 4095, 4096, 4097};
    static const struct {
        const struct sock_filter *insns;
        size_t count;
    } chosen[] = {
        {after_return, COUNT(after_return)},
        {unwritten_on_one_path, COUNT(unwritten_on_one_path)},
        {unreachable_read, COUNT(unreachable_read)},
        {jump_brings_less, COUNT(jump_brings_less)},
    };
    if (round >= 4 * COUNT(lengths)) {
        size_t which = round - 4 * COUNT(lengths);
        memcpy(insns, chosen[which].insns, chosen[which].count * sizeof *insns);
        return chosen[which].count;
    }
    size_t count = lengths[round / 4];
    for (size_t i = 0; i < BPF_MAXINSNS + 1; i++)
        insns[i] = (struct sock_filter)RET_K(SECCOMP_RET_ALLOW);
    if (round % 4 != 0)
        insns[0] =
            (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(count - 1 - (round % 4)));
    return count;
}

static void programs_at_the_borders_are_judged_as_the_kernel_judges_them(void **state)
{
    (void)state;
    struct tally *tally = ask_kernel(edge_program, 4 * 6 + 4);
    assert_true(tally->accepted > 8);
    assert_true(tally->refused > 8);
    munmap(tally, sizeof *tally);
}

static void a_refusal_names_the_instruction(void **state)
{
    (void)state;
    struct program_fault fault;
    assert_false(program_accept(unwritten_on_one_path, COUNT(unwritten_on_one_path), &fault));
    assert_int_equal(fault.index, 3);
    assert_non_null(strstr(fault.reason, "M[]"));
    const struct sock_filter far[] = {RET_A, BPF_STMT(BPF_JMP | BPF_JA, 1), RET_A};
    assert_false(program_accept(far, COUNT(far), &fault));
    assert_int_equal(fault.index, 1);
}

// ------------------------------------------------------------------ execution, against the kernel

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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_allows_exactly_the_same_opcodes),
        cmocka_unit_test(random_programs_are_judged_as_the_kernel_judges_them),
        cmocka_unit_test(programs_at_the_borders_are_judged_as_the_kernel_judges_them),
        cmocka_unit_test(a_refusal_names_the_instruction),
        cmocka_unit_test(the_kernel_runs_programs_as_the_interpreter_does),
        cmocka_unit_test(a_shift_by_the_index_register_counts_modulo_32),
        cmocka_unit_test(the_path_lists_the_instructions_that_ran),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

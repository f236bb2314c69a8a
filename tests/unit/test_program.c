// SPDX-License-Identifier: ISC
//
// test_program.c: the running kernel is the judge. Thousands of programs, random and chosen, are
// offered to seccomp(), and program_accept() must say what the kernel says.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/program.h"
#include "test_program_kernel.h"
#include "test_proof_random.h"

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

static size_t near_program(struct sock_filter *insns, size_t round)
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
    struct tally *tally = ask_kernel(near_program, 200000);
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

int main(void)
{
    random_seed(0x9e3779b97f4a7c15);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_allows_exactly_the_same_opcodes),
        cmocka_unit_test(random_programs_are_judged_as_the_kernel_judges_them),
        cmocka_unit_test(programs_at_the_borders_are_judged_as_the_kernel_judges_them),
        cmocka_unit_test(a_refusal_names_the_instruction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

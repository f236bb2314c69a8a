// SPDX-License-Identifier: ISC
//
// program.c: the kernel's view of a classic BPF program for seccomp, once as a judge and once as
// an interpreter.
//
// Promise: program_accept() says yes exactly when seccomp(SECCOMP_SET_MODE_FILTER) would not say
// EINVAL, and program_execute() gives what the kernel's filter run gives. It is the plain reference
// to which every symbolic result is held, so it stays free of anything clever.
#include "program.h"

#include <string.h>

// The opcodes of kernel/seccomp.c seccomp_check_filter(); codes are compared whole, so that stray
// bits in a code are refused as the kernel refuses them.
static const uint16_t allowed_codes[] = {
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
    BPF_ALU | BPF_ADD | BPF_K,
    BPF_ALU | BPF_ADD | BPF_X,
    BPF_ALU | BPF_SUB | BPF_K,
    BPF_ALU | BPF_SUB | BPF_X,
    BPF_ALU | BPF_MUL | BPF_K,
    BPF_ALU | BPF_MUL | BPF_X,
    BPF_ALU | BPF_DIV | BPF_K,
    BPF_ALU | BPF_DIV | BPF_X,
    BPF_ALU | BPF_AND | BPF_K,
    BPF_ALU | BPF_AND | BPF_X,
    BPF_ALU | BPF_OR | BPF_K,
    BPF_ALU | BPF_OR | BPF_X,
    BPF_ALU | BPF_XOR | BPF_K,
    BPF_ALU | BPF_XOR | BPF_X,
    BPF_ALU | BPF_LSH | BPF_K,
    BPF_ALU | BPF_LSH | BPF_X,
    BPF_ALU | BPF_RSH | BPF_K,
    BPF_ALU | BPF_RSH | BPF_X,
    BPF_JMP | BPF_JA,
    BPF_JMP | BPF_JEQ | BPF_K,
    BPF_JMP | BPF_JEQ | BPF_X,
    BPF_JMP | BPF_JGT | BPF_K,
    BPF_JMP | BPF_JGT | BPF_X,
    BPF_JMP | BPF_JGE | BPF_K,
    BPF_JMP | BPF_JGE | BPF_X,
    BPF_JMP | BPF_JSET | BPF_K,
    BPF_JMP | BPF_JSET | BPF_X,
};

static bool code_allowed(uint16_t code)
{
    for (size_t i = 0; i < sizeof allowed_codes / sizeof allowed_codes[0]; i++)
        if (allowed_codes[i] == code)
            return true;
    return false;
}

static bool is_return(uint16_t code)
{
    return code == (BPF_RET | BPF_K) || code == (BPF_RET | BPF_A);
}

static bool touches_memory(uint16_t code)
{
    return code == BPF_ST || code == BPF_STX || code == (BPF_LD | BPF_MEM) ||
           code == (BPF_LDX | BPF_MEM);
}

// What is wrong with one instruction seen alone, NULL when nothing is. `left` is the number of
// instructions after it.
static const char *operand_fault(const struct sock_filter *insn, size_t left)
{
    uint16_t code = insn->code;
    if (!code_allowed(code))
        return "seccomp does not allow this opcode";
    if (code == (BPF_LD | BPF_W | BPF_ABS) &&
        (insn->k >= sizeof(struct seccomp_data) || insn->k % 4 != 0))
        return "load is not of a whole word of struct seccomp_data";
    if (code == (BPF_ALU | BPF_DIV | BPF_K) && insn->k == 0)
        return "division by the constant 0";
    if ((code == (BPF_ALU | BPF_LSH | BPF_K) || code == (BPF_ALU | BPF_RSH | BPF_K)) &&
        insn->k >= 32)
        return "shift by 32 or more";
    if (touches_memory(code) && insn->k >= BPF_MEMWORDS)
        return "there is no such cell of M[]";
    if (code == (BPF_JMP | BPF_JA) && insn->k >= left)
        return "jump leaves the program";
    if (BPF_CLASS(code) == BPF_JMP && code != (BPF_JMP | BPF_JA) &&
        (insn->jt >= left || insn->jf >= left))
        return "jump leaves the program";
    return NULL;
}

// The kernel's own approximation of "written before it is read" (net/core/filter.c
// check_load_and_stores()), kept as it is: after a return the cells written so far still count for
// the instruction behind it, although nothing falls through, so that unreachable code is judged as
// the kernel judges it. Returns the index of the first bad read, or `count`.
static size_t first_unwritten_read(const struct sock_filter *insns, size_t count)
{
    uint16_t arriving[BPF_MAXINSNS]; // cells written on every jump seen so far to that place
    uint16_t written = 0;
    memset(arriving, 0xff, sizeof arriving);
    for (size_t pc = 0; pc < count; pc++) {
        const struct sock_filter *insn = &insns[pc];
        written &= arriving[pc];
        if (insn->code == BPF_ST || insn->code == BPF_STX) {
            written = (uint16_t)(written | 1u << insn->k);
        } else if (touches_memory(insn->code)) {
            if (!(written & 1u << insn->k))
                return pc;
        } else if (insn->code == (BPF_JMP | BPF_JA)) {
            arriving[pc + 1 + insn->k] &= written;
            written = 0xffff;
        } else if (BPF_CLASS(insn->code) == BPF_JMP) {
            arriving[pc + 1 + insn->jt] &= written;
            arriving[pc + 1 + insn->jf] &= written;
            written = 0xffff;
        }
    }
    return count;
}

static bool refuse(struct program_fault *fault, size_t index, const char *reason)
{
    if (fault != NULL)
        *fault = (struct program_fault){.index = index, .reason = reason};
    return false;
}

bool program_accept(const struct sock_filter *insns, size_t count, struct program_fault *fault)
{
    if (count == 0 || count > BPF_MAXINSNS)
        return refuse(fault, 0, "a program has 1 to 4096 instructions");
    for (size_t pc = 0; pc < count; pc++) {
        const char *reason = operand_fault(&insns[pc], count - pc - 1);
        if (reason != NULL)
            return refuse(fault, pc, reason);
    }
    if (!is_return(insns[count - 1].code))
        return refuse(fault, count - 1, "the last instruction is not a return");
    size_t pc = first_unwritten_read(insns, count);
    if (pc != count)
        return refuse(fault, pc, "M[] is read before it is written on every path");
    return true;
}

struct cpu {
    uint32_t a;
    uint32_t x;
    uint32_t memory[BPF_MEMWORDS];
};

// Division by zero never gets here. A shift counts modulo 32: kernel/bpf/core.c masks the register
// of a 32-bit shift with 31 (SHT), and the x86-64 and arm64 compilers use instructions that do.
static uint32_t alu(uint16_t operation, uint32_t a, uint32_t b)
{
    switch (operation) {
    case BPF_ADD: return a + b;
    case BPF_SUB: return a - b;
    case BPF_MUL: return a * b;
    case BPF_DIV: return a / b;
    case BPF_AND: return a & b;
    case BPF_OR: return a | b;
    case BPF_XOR: return a ^ b;
    case BPF_LSH: return a << (b & 31);
    case BPF_RSH: return a >> (b & 31);
    default: return -a; // BPF_NEG
    }
}

static bool jump_taken(const struct sock_filter *insn, const struct cpu *cpu)
{
    uint32_t b = BPF_SRC(insn->code) == BPF_X ? cpu->x : insn->k;
    switch (BPF_OP(insn->code)) {
    case BPF_JEQ: return cpu->a == b;
    case BPF_JGT: return cpu->a > b;
    case BPF_JGE: return cpu->a >= b;
    default: return (cpu->a & b) != 0; // BPF_JSET
    }
}

static uint32_t load(const struct sock_filter *insn, const struct cpu *cpu,
                     const struct seccomp_data *data)
{
    uint32_t word;
    switch (BPF_MODE(insn->code)) {
    case BPF_IMM: return insn->k;
    case BPF_MEM: return cpu->memory[insn->k];
    case BPF_LEN: return sizeof(struct seccomp_data);
    default: memcpy(&word, (const char *)data + insn->k, sizeof word); return word;
    }
}

// Any instruction that neither jumps nor returns. False: it divided by X = 0, which ends a classic
// program with the result 0 (net/core/filter.c bpf_convert_filter()).
static bool step(const struct sock_filter *insn, struct cpu *cpu, const struct seccomp_data *data)
{
    switch (BPF_CLASS(insn->code)) {
    case BPF_LD: cpu->a = load(insn, cpu, data); break;
    case BPF_LDX: cpu->x = load(insn, cpu, data); break;
    case BPF_ST: cpu->memory[insn->k] = cpu->a; break;
    case BPF_STX: cpu->memory[insn->k] = cpu->x; break;
    case BPF_ALU: {
        uint32_t b = BPF_SRC(insn->code) == BPF_X ? cpu->x : insn->k;
        if (BPF_OP(insn->code) == BPF_DIV && b == 0)
            return false;
        cpu->a = alu(BPF_OP(insn->code), cpu->a, b);
        break;
    }
    default: // BPF_MISC
        if (BPF_MISCOP(insn->code) == BPF_TAX)
            cpu->x = cpu->a;
        else
            cpu->a = cpu->x;
    }
    return true;
}

struct program_run program_execute(const struct sock_filter *insns, size_t count,
                                   const struct seccomp_data *data, uint16_t *path)
{
    struct cpu cpu = {0}; // A and X start at 0 in the kernel too
    struct program_run run = {0};
    for (size_t pc = 0; pc < count; pc++) {
        const struct sock_filter *insn = &insns[pc];
        if (path != NULL)
            path[run.steps] = (uint16_t)pc;
        run.steps++;
        if (is_return(insn->code)) {
            run.result = insn->code == (BPF_RET | BPF_A) ? cpu.a : insn->k;
            return run;
        }
        if (insn->code == (BPF_JMP | BPF_JA))
            pc += insn->k;
        else if (BPF_CLASS(insn->code) == BPF_JMP)
            pc += jump_taken(insn, &cpu) ? insn->jt : insn->jf;
        else if (!step(insn, &cpu, data))
            return run;
    }
    return run;
}

void program_swap_halves(struct sock_filter *insns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (insns[i].code == (BPF_LD | BPF_W | BPF_ABS) &&
            insns[i].k >= offsetof(struct seccomp_data, instruction_pointer))
            insns[i].k ^= 4;
}

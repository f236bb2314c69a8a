// SPDX-License-Identifier: ISC
//
// machine_alu.c: what BPF_ALU and BPF_JMP do, bit by bit.
//
// Promise: exact, or refused with a reason.
#include "machine_alu.h"

#include <linux/filter.h>

static bool refuse(const char **reason, const char *text)
{
    *reason = text;
    return false;
}

static bool is_power_of_two(uint64_t value, unsigned *exponent)
{
    *exponent = 0;
    while (*exponent < 32 && value != (uint64_t)1 << *exponent)
        ++*exponent;
    return *exponent < 32;
}

// MUL, DIV and the shifts: exact when both sides are constant, or when it comes to a shift by a
// constant.
static bool scale(uint16_t operation, const struct bits *a, const struct bits *b, struct bits *word,
                  const char **reason)
{
    uint64_t value, by;
    unsigned exponent;
    if (!bits_is_constant(b, &by))
        return refuse(reason, operation == BPF_MUL   ? "multiplication by a value from the input"
                              : operation == BPF_DIV ? "division by a value from the input"
                                                     : "shift by a value from the input");
    if (operation == BPF_LSH || operation == BPF_RSH)
        exponent = (unsigned)by & 31; // as the kernel masks it, see program.c
    else if (bits_is_constant(a, &value)) {
        *word = bits_constant(32, operation == BPF_MUL ? value * by : value / by);
        return true;
    } else if (operation == BPF_MUL && by == 0) {
        *word = bits_constant(32, 0);
        return true;
    } else if (!is_power_of_two(by, &exponent))
        return refuse(reason, operation == BPF_MUL ? "multiplication by no power of two"
                                                   : "division by no power of two");
    *word = operation == BPF_MUL || operation == BPF_LSH ? bits_shift_left(a, exponent)
                                                         : bits_shift_right(a, exponent);
    return true;
}

bool machine_alu(struct diagram_space *space, uint16_t operation, const struct bits *a,
                 const struct bits *b, struct bits *word, const char **reason)
{
    struct bits zero = bits_constant(32, 0);
    switch (operation) {
    case BPF_ADD: *word = bits_add(space, a, b); return true;
    case BPF_SUB: *word = bits_subtract(space, a, b); return true;
    case BPF_NEG: *word = bits_subtract(space, &zero, a); return true;
    case BPF_AND: *word = bits_and(space, a, b); return true;
    case BPF_OR: *word = bits_or(space, a, b); return true;
    case BPF_XOR: *word = bits_xor(space, a, b); return true;
    case BPF_MUL:
    case BPF_DIV:
    case BPF_LSH:
    case BPF_RSH: return scale(operation, a, b, word, reason);
    default: return refuse(reason, "arithmetic that seccomp does not know");
    }
}

diagram machine_test(struct diagram_space *space, uint16_t operation, const struct bits *a,
                     const struct bits *b)
{
    struct bits common;
    switch (operation) {
    case BPF_JEQ: return bits_equal(space, a, b);
    case BPF_JGT: return bits_less(space, b, a);
    case BPF_JGE: return diagram_not(space, bits_less(space, a, b));
    case BPF_JSET: common = bits_and(space, a, b); return bits_any(space, &common);
    default: diagram_bug("a jump that program_accept refuses was run");
    }
}

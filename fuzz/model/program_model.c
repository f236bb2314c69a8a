// SPDX-License-Identifier: ISC
#include "program_model.h"

#include <string.h>

// What is in `k`, or what jumps.
enum shape { NO_SUCH, PLAIN, OFFSET, CELL_READ, CELL_WRITE, DIVISOR, SHIFT, GO, FORK, END };

static const struct {
    uint16_t code;
    enum shape shape;
} codes[] = {
    {0x20, OFFSET},    {0x80, PLAIN},     {0x81, PLAIN},      {0x00, PLAIN},      {0x01, PLAIN},
    {0x60, CELL_READ}, {0x61, CELL_READ}, {0x02, CELL_WRITE}, {0x03, CELL_WRITE}, {0x07, PLAIN},
    {0x87, PLAIN},     {0x06, END},       {0x16, END},        {0x84, PLAIN},      {0x04, PLAIN},
    {0x0c, PLAIN},     {0x14, PLAIN},     {0x1c, PLAIN},      {0x24, PLAIN},      {0x2c, PLAIN},
    {0x34, DIVISOR},   {0x3c, PLAIN},     {0x54, PLAIN},      {0x5c, PLAIN},      {0x44, PLAIN},
    {0x4c, PLAIN},     {0xa4, PLAIN},     {0xac, PLAIN},      {0x64, SHIFT},      {0x6c, PLAIN},
    {0x74, SHIFT},     {0x7c, PLAIN},     {0x05, GO},         {0x15, FORK},       {0x1d, FORK},
    {0x25, FORK},      {0x2d, FORK},      {0x35, FORK},       {0x3d, FORK},       {0x45, FORK},
    {0x4d, FORK},
};

enum { CODES = sizeof(codes) / sizeof(codes[0]), CELLS = 16 };

static enum shape shape_of(uint16_t code)
{
    for (size_t i = 0; i < CODES; i++)
        if (codes[i].code == code)
            return codes[i].shape;
    return NO_SUCH;
}

static bool alone_is_fine(const struct sock_filter *insns, size_t count, size_t pc)
{
    uint64_t behind = count - pc - 1, k = insns[pc].k;
    switch (shape_of(insns[pc].code)) {
    case NO_SUCH: return false;
    case OFFSET: return k < 64 && (k & 3) == 0;
    case CELL_READ:
    case CELL_WRITE: return k < CELLS;
    case DIVISOR: return k != 0;
    case SHIFT: return k < 32;
    case GO: return k < behind;
    case FORK: return insns[pc].jt < behind && insns[pc].jf < behind;
    default: return true;
    }
}

// For each place the cells that are written on all ways to it; what comes from above (`flow`)
// counts as a way even behind a return.
static void find_unwritten(const struct sock_filter *insns, size_t count, bool *fault)
{
    static uint16_t at[PROGRAM_INSNS];
    uint16_t flow = 0;
    for (size_t i = 0; i < count; i++)
        at[i] = UINT16_MAX;
    for (size_t i = 0; i < count; i++) {
        flow &= at[i];
        switch (shape_of(insns[i].code)) {
        case CELL_WRITE: flow |= (uint16_t)(1U << insns[i].k); break;
        case CELL_READ: fault[i] = (flow >> insns[i].k & 1) == 0; break;
        case GO: at[i + 1 + insns[i].k] &= flow; break;
        case FORK:
            at[i + 1 + insns[i].jt] &= flow;
            at[i + 1 + insns[i].jf] &= flow;
            break;
        default: continue;
        }
        if (shape_of(insns[i].code) == GO || shape_of(insns[i].code) == FORK)
            flow = UINT16_MAX;
    }
}

bool program_model_accept(const struct sock_filter *insns, size_t count, bool *fault)
{
    bool good = count >= 1 && count <= 4096;
    for (size_t i = 0; i < count; i++)
        fault[i] = !good;
    for (size_t i = 0; good && i < count; i++)
        fault[i] = !alone_is_fine(insns, count, i);
    for (size_t i = 0; i < count; i++)
        good = good && !fault[i];
    if (!good)
        return false;
    fault[count - 1] = shape_of(insns[count - 1].code) != END;
    if (fault[count - 1])
        return false;
    find_unwritten(insns, count, fault);
    for (size_t i = 0; i < count; i++)
        good = good && !fault[i];
    return good;
}

static void repair_one(struct sock_filter *insns, size_t count, size_t pc)
{
    struct sock_filter *insn = &insns[pc];
    uint32_t behind = (uint32_t)(count - pc - 1);
    if (shape_of(insn->code) == NO_SUCH)
        insn->code = codes[insn->code % CODES].code;
    if (behind == 0 && shape_of(insn->code) != END)
        insn->code = 0x06;
    switch (shape_of(insn->code)) {
    case OFFSET: insn->k = insn->k % CELLS * 4; break;
    case CELL_READ:
    case CELL_WRITE: insn->k %= CELLS; break;
    case DIVISOR: insn->k |= 1; break;
    case SHIFT: insn->k %= 32; break;
    case GO: insn->k %= behind; break;
    case FORK:
        insn->jt = (uint8_t)(insn->jt % behind);
        insn->jf = (uint8_t)(insn->jf % behind);
        break;
    default: break;
    }
}

void program_model_repair(struct sock_filter *insns, size_t count)
{
    static bool fault[PROGRAM_INSNS];
    for (size_t i = 0; i < count && count <= 4096; i++)
        if (!alone_is_fine(insns, count, i) || i + 1 == count)
            repair_one(insns, count, i);
    if (count == 0 || program_model_accept(insns, count, fault))
        return;
    // A cell that may not be written yet: a number takes its place.
    for (size_t i = 0; i < count; i++)
        if (fault[i] && shape_of(insns[i].code) == CELL_READ)
            insns[i].code = insns[i].code & 1;
}

static uint32_t calculate(unsigned operation, uint32_t a, uint32_t b)
{
    uint64_t wide = a;
    switch (operation) {
    case 0x00: return (uint32_t)(wide + b);
    case 0x10: return (uint32_t)(wide - b);
    case 0x20: return (uint32_t)(wide * b);
    case 0x30: return (uint32_t)(wide / b);
    case 0x40: return a | b;
    case 0x50: return a & b;
    case 0x60: return (uint32_t)(wide << (b % 32));
    case 0x70: return (uint32_t)(wide >> (b % 32));
    case 0xa0: return a ^ b;
    default: return ~a + 1;
    }
}

static bool compare(unsigned operation, uint32_t a, uint32_t b)
{
    switch (operation) {
    case 0x10: return a == b;
    case 0x20: return a > b;
    case 0x30: return !(a < b);
    default: return (a & b) > 0;
    }
}

// A, X and M[] in one row: A is 16, X is 17.
uint32_t program_model_run(const struct sock_filter *insns, size_t count,
                           const struct seccomp_data *data, uint16_t *path, size_t *steps)
{
    uint32_t row[CELLS + 2] = {0}, words[16];
    uint32_t *a = &row[CELLS], *x = &row[CELLS + 1];
    memcpy(words, data, sizeof(words));
    *steps = 0;
    for (size_t pc = 0; pc < count; pc++) {
        uint16_t code = insns[pc].code;
        uint32_t k = insns[pc].k, operand = (code & 8) != 0 ? *x : k;
        uint32_t *to = (code & 1) != 0 ? x : a;
        path[(*steps)++] = (uint16_t)pc;
        switch (code & 7) {
        case 0:
        case 1:
            *to = code == 0x20            ? words[k / 4]
                  : (code & 0xe0) == 0x60 ? row[k]
                  : (code & 0xe0) == 0x80 ? 64
                                          : k;
            break;
        case 2:
        case 3: row[k] = *to; break;
        case 4:
            if ((code & 0xf0) == 0x30 && operand == 0)
                return 0;
            *a = calculate(code & 0xf0, *a, operand);
            break;
        case 5:
            pc += code == 0x05                        ? k
                  : compare(code & 0xf0, *a, operand) ? insns[pc].jt
                                                      : insns[pc].jf;
            break;
        case 6: return code == 0x16 ? *a : k;
        default:
            if (code == 0x07)
                *x = *a;
            else
                *a = *x;
        }
    }
    return 0;
}

unsigned program_model_rank(uint32_t result)
{
    static const uint32_t order[] = {0x80000000, 0x00000000, 0x00030000, 0x00050000,
                                     0x7fc00000, 0x7ff00000, 0x7ffc0000, 0x7fff0000};
    for (unsigned i = 0; i < 8; i++)
        if ((result & 0xffff0000) == order[i])
            return i;
    return 0;
}

bool program_model_is_hard(const struct sock_filter *insns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t code = insns[i].code;
        bool power = (insns[i].k & (insns[i].k - 1)) == 0;
        if (code == 0x2c || code == 0x3c || code == 0x6c || code == 0x7c ||
            ((code == 0x24 || code == 0x34) && !power))
            return true;
    }
    return false;
}

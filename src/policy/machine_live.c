// SPDX-License-Identifier: ISC
//
// machine_live.c: liveness of the registers of a loop-free program, in one pass from its end.
//
// Promise: a register that is not live has no influence on the result.
#include "machine_live.h"

#define A ((uint32_t)1 << REGISTER_A)
#define X ((uint32_t)1 << REGISTER_X)

static uint32_t cell(const struct sock_filter *insn)
{
    return (uint32_t)1 << (REGISTER_M + insn->k);
}

static uint32_t source(const struct sock_filter *insn)
{
    return BPF_SRC(insn->code) == BPF_X ? X : 0;
}

// The registers that one instruction reads and writes.
static void register_use(const struct sock_filter *insn, uint32_t *reads, uint32_t *writes)
{
    bool memory = BPF_MODE(insn->code) == BPF_MEM;
    *reads = 0;
    *writes = 0;
    switch (BPF_CLASS(insn->code)) {
    case BPF_LD:
    case BPF_LDX:
        *reads = memory ? cell(insn) : 0;
        *writes = BPF_CLASS(insn->code) == BPF_LD ? A : X;
        break;
    case BPF_ST:
    case BPF_STX:
        *reads = BPF_CLASS(insn->code) == BPF_ST ? A : X;
        *writes = cell(insn);
        break;
    case BPF_ALU:
        *reads = A | (BPF_OP(insn->code) == BPF_NEG ? 0 : source(insn));
        *writes = A;
        break;
    case BPF_JMP: *reads = BPF_OP(insn->code) == BPF_JA ? 0 : A | source(insn); break;
    case BPF_RET: *reads = BPF_RVAL(insn->code) == BPF_A ? A : 0; break;
    default:
        *reads = BPF_MISCOP(insn->code) == BPF_TAX ? A : X;
        *writes = BPF_MISCOP(insn->code) == BPF_TAX ? X : A;
    }
}

static uint32_t live_after(const struct sock_filter *insn, const uint32_t *after)
{
    if (BPF_CLASS(insn->code) == BPF_RET)
        return 0;
    if (insn->code == (BPF_JMP | BPF_JA))
        return after[insn->k];
    if (BPF_CLASS(insn->code) == BPF_JMP)
        return after[insn->jt] | after[insn->jf];
    return after[0];
}

void machine_live(const struct program *program, uint32_t *live)
{
    for (size_t pc = program->count; pc-- > 0;) {
        const struct sock_filter *insn = &program->insns[pc];
        uint32_t reads, writes;
        register_use(insn, &reads, &writes);
        live[pc] = (live_after(insn, &live[pc + 1]) & ~writes) | reads;
    }
}

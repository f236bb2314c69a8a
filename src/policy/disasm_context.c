// SPDX-License-Identifier: ISC
//
// disasm_context.c: one pass from the first instruction on; jumps only go forward.
#include "disasm_context.h"

enum holds { HOLDS_UNREACHED, HOLDS_NUMBER, HOLDS_ARCH, HOLDS_OTHER };

struct context {
    enum holds holds;
    uint32_t arch; // that has been found out on all ways here, or 0
};

static void join(struct context *contexts, size_t limit, size_t target, struct context from)
{
    if (target > limit)
        return;
    struct context *into = &contexts[target];
    if (into->holds == HOLDS_UNREACHED) {
        *into = from;
        return;
    }
    if (into->holds != from.holds)
        into->holds = HOLDS_OTHER;
    if (into->arch != from.arch)
        into->arch = 0;
}

static enum holds loaded(const struct sock_filter *insn)
{
    if (insn->code != (BPF_LD | BPF_W | BPF_ABS))
        return HOLDS_OTHER;
    return insn->k == offsetof(struct seccomp_data, nr)     ? HOLDS_NUMBER
           : insn->k == offsetof(struct seccomp_data, arch) ? HOLDS_ARCH
                                                            : HOLDS_OTHER;
}

static void step_jump(struct context *contexts, size_t limit, size_t at,
                      const struct sock_filter *insn)
{
    struct context taken = contexts[at];
    if (BPF_OP(insn->code) == BPF_JA) {
        join(contexts, limit, at + 1 + insn->k, taken);
        return;
    }
    join(contexts, limit, at + 1 + insn->jf, taken);
    if (taken.holds == HOLDS_ARCH && insn->code == (BPF_JMP | BPF_JEQ | BPF_K))
        taken.arch = insn->k;
    join(contexts, limit, at + 1 + insn->jt, taken);
}

static void step(struct context *contexts, size_t limit, size_t at, const struct sock_filter *insn)
{
    struct context next = contexts[at];
    switch (BPF_CLASS(insn->code)) {
    case BPF_JMP: step_jump(contexts, limit, at, insn); return;
    case BPF_RET: return;
    case BPF_LD: next.holds = loaded(insn); break;
    case BPF_ALU: next.holds = HOLDS_OTHER; break;
    case BPF_MISC:
        if (BPF_MISCOP(insn->code) == BPF_TXA)
            next.holds = HOLDS_OTHER;
        break;
    default: break;
    }
    join(contexts, limit, at + 1, next);
}

uint32_t disasm_number_arch(const struct program *program, size_t insn)
{
    struct context contexts[BPF_MAXINSNS] = {{HOLDS_OTHER, 0}};
    if (insn >= BPF_MAXINSNS)
        return 0;
    for (size_t i = 0; i < insn; i++)
        if (contexts[i].holds != HOLDS_UNREACHED)
            step(contexts, insn, i, &program->insns[i]);
    return contexts[insn].holds == HOLDS_NUMBER ? contexts[insn].arch : 0;
}

// SPDX-License-Identifier: ISC
//
// listing.c: the instructions that compilers of seccomp policies use; others are shown as numbers.
#include "listing.h"

#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>

#include "action.h"

static void list_load(uint32_t offset, char text[LISTING_BYTES])
{
    uint32_t args = (uint32_t)offsetof(struct seccomp_data, args);
    if (offset == offsetof(struct seccomp_data, nr))
        snprintf(text, LISTING_BYTES, "A = nr");
    else if (offset == offsetof(struct seccomp_data, arch))
        snprintf(text, LISTING_BYTES, "A = arch");
    else if (offset >= args && offset < sizeof(struct seccomp_data) && offset % 4 == 0)
        snprintf(text, LISTING_BYTES, "A = arg%u.%s", (offset - args) / 8,
                 (offset - args) % 8 == 0 ? "low" : "high");
    else
        snprintf(text, LISTING_BYTES, "A = data[%u]", offset);
}

static void list_jump(const struct sock_filter *insn, size_t at, char text[LISTING_BYTES])
{
    static const char *const tests[] = {
        [BPF_JEQ >> 4] = "==", [BPF_JGT >> 4] = ">", [BPF_JGE >> 4] = ">=", [BPF_JSET >> 4] = "&"};
    unsigned operation = BPF_OP(insn->code) >> 4;
    if (operation == BPF_JA >> 4)
        snprintf(text, LISTING_BYTES, "goto %zu", at + 1 + insn->k);
    else if (BPF_SRC(insn->code) == BPF_K && operation < sizeof(tests) / sizeof(tests[0]))
        snprintf(text, LISTING_BYTES, "if A %s 0x%x goto %zu else %zu", tests[operation], insn->k,
                 at + 1 + insn->jt, at + 1 + insn->jf);
    else
        snprintf(text, LISTING_BYTES, "jump 0x%02x", insn->code);
}

const char *listing_insn(const struct sock_filter *insn, size_t at, char text[LISTING_BYTES])
{
    char action[ACTION_TEXT_BYTES];
    if (insn->code == (BPF_LD | BPF_W | BPF_ABS))
        list_load(insn->k, text);
    else if (insn->code == (BPF_LD | BPF_IMM))
        snprintf(text, LISTING_BYTES, "A = 0x%x", insn->k);
    else if (insn->code == (BPF_ALU | BPF_AND | BPF_K))
        snprintf(text, LISTING_BYTES, "A &= 0x%x", insn->k);
    else if (insn->code == (BPF_RET | BPF_K))
        snprintf(text, LISTING_BYTES, "%s", action_text(insn->k, action));
    else if (BPF_CLASS(insn->code) == BPF_JMP)
        list_jump(insn, at, text);
    else
        snprintf(text, LISTING_BYTES, "code 0x%02x, k 0x%x", insn->code, insn->k);
    return text;
}

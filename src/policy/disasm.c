// SPDX-License-Identifier: ISC
//
// disasm.c: one line an instruction, with the names of struct seccomp_data.
//
// Promise: every number of the instruction that has an influence is in its line.
#include "disasm.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "action.h"
#include "architecture.h"
#include "disasm_context.h"
#include "syscalls.h"

struct line {
    const struct program *program;
    size_t insn;
    const struct hole *hole; // of this instruction, or NULL
    const char *const *param_names;
    char operand[128];
    char note[ACTION_TEXT_BYTES];
};

static void write_constant(struct line *line, uint32_t k)
{
    if (line->hole != NULL)
        snprintf(line->operand, sizeof line->operand, "#$%.100s.%s",
                 line->param_names[line->hole->param], line->hole->high ? "hi" : "lo");
    else
        snprintf(line->operand, sizeof line->operand, "#0x%" PRIx32, k);
}

static void write_field(struct line *line, uint32_t offset)
{
    bool high = (offset % 8 != 0) == (__BYTE_ORDER == __LITTLE_ENDIAN);
    const char *half = high ? "hi" : "lo";
    if (offset == offsetof(struct seccomp_data, nr))
        snprintf(line->operand, sizeof line->operand, "[nr]");
    else if (offset == offsetof(struct seccomp_data, arch))
        snprintf(line->operand, sizeof line->operand, "[arch]");
    else if (offset < offsetof(struct seccomp_data, args))
        snprintf(line->operand, sizeof line->operand, "[ip.%s]", half);
    else
        snprintf(line->operand, sizeof line->operand, "[args[%u].%s]", offset / 8 - 2, half);
}

static const char *alu_word(uint16_t operation)
{
    switch (operation) {
    case BPF_ADD: return "add";
    case BPF_SUB: return "sub";
    case BPF_MUL: return "mul";
    case BPF_DIV: return "div";
    case BPF_AND: return "and";
    case BPF_OR: return "or";
    case BPF_XOR: return "xor";
    case BPF_LSH: return "lsh";
    case BPF_RSH: return "rsh";
    default: return "neg";
    }
}

static const char *jump_word(uint16_t operation)
{
    switch (operation) {
    case BPF_JA: return "ja";
    case BPF_JEQ: return "jeq";
    case BPF_JGT: return "jgt";
    case BPF_JGE: return "jge";
    default: return "jset";
    }
}

static void write_source(struct line *line, const struct sock_filter *insn)
{
    if (BPF_SRC(insn->code) == BPF_X)
        snprintf(line->operand, sizeof line->operand, "x");
    else
        write_constant(line, insn->k);
}

static void write_targets(struct line *line, const struct sock_filter *insn)
{
    size_t length = strlen(line->operand);
    size_t next = line->insn + 1;
    if (BPF_OP(insn->code) == BPF_JA)
        snprintf(line->operand, sizeof line->operand, "%zu", next + insn->k);
    else
        snprintf(line->operand + length, sizeof line->operand - length, ", %zu, %zu",
                 next + insn->jt, next + insn->jf);
}

static void write_load(struct line *line, const struct sock_filter *insn)
{
    switch (BPF_MODE(insn->code)) {
    case BPF_MEM: snprintf(line->operand, sizeof line->operand, "M[%u]", insn->k); break;
    case BPF_LEN: snprintf(line->operand, sizeof line->operand, "len"); break;
    case BPF_IMM: write_constant(line, insn->k); break;
    default: write_field(line, insn->k);
    }
}

static const char *write_jump(struct line *line, const struct sock_filter *insn)
{
    write_source(line, insn);
    write_targets(line, insn);
    bool constant = BPF_SRC(insn->code) == BPF_K && BPF_OP(insn->code) == BPF_JEQ;
    if (!constant || line->hole != NULL)
        return jump_word(BPF_OP(insn->code));
    uint32_t arch = disasm_number_arch(line->program, line->insn);
    const char *call = arch != 0 ? syscalls_name(arch, (int)insn->k) : NULL;
    if (call != NULL)
        snprintf(line->note, sizeof line->note, "%s", call);
    else if (architecture_find(insn->k) != NULL)
        snprintf(line->note, sizeof line->note, "%s", architecture_name(insn->k));
    return jump_word(BPF_OP(insn->code));
}

static const char *write_return(struct line *line, const struct sock_filter *insn)
{
    if (BPF_RVAL(insn->code) == BPF_A) {
        snprintf(line->operand, sizeof line->operand, "a");
        return "ret";
    }
    write_constant(line, insn->k);
    if (line->hole == NULL) {
        snprintf(line->operand, sizeof line->operand, "#0x%08" PRIx32, insn->k);
        action_text(insn->k, line->note);
    }
    return "ret";
}

// Fills operand and note, gives the word.
static const char *write_insn(struct line *line, const struct sock_filter *insn)
{
    switch (BPF_CLASS(insn->code)) {
    case BPF_LD: write_load(line, insn); return "ld";
    case BPF_LDX: write_load(line, insn); return "ldx";
    case BPF_ST:
    case BPF_STX:
        snprintf(line->operand, sizeof line->operand, "M[%u]", insn->k);
        return BPF_CLASS(insn->code) == BPF_ST ? "st" : "stx";
    case BPF_ALU:
        if (BPF_OP(insn->code) != BPF_NEG)
            write_source(line, insn);
        return alu_word(BPF_OP(insn->code));
    case BPF_JMP: return write_jump(line, insn);
    case BPF_RET: return write_return(line, insn);
    default: return BPF_MISCOP(insn->code) == BPF_TAX ? "tax" : "txa";
    }
}

// Is the instruction one of the 41, whatever its operand? Asked of the one judge there is, with an
// operand that is fine for all of them.
static bool is_known(const struct sock_filter *insn)
{
    const struct sock_filter alone[] = {BPF_STMT(BPF_ST, 4),          {.code = insn->code, .k = 4},
                                        BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 0),
                                        BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 0),
                                        BPF_STMT(BPF_RET | BPF_K, 0)};
    return program_accept(alone, sizeof alone / sizeof alone[0], NULL);
}

const char *disasm_insn(const struct program *program, size_t insn, const struct hole *holes,
                        size_t hole_count, const char *const *param_names,
                        char text[DISASM_TEXT_BYTES])
{
    const struct sock_filter *here = &program->insns[insn];
    struct line line = {.program = program, .insn = insn, .param_names = param_names};
    for (size_t i = 0; i < hole_count; i++)
        if (holes[i].insn == insn)
            line.hole = &holes[i];
    if (!is_known(here)) {
        snprintf(text, DISASM_TEXT_BYTES, "?    code 0x%04x, jt %u, jf %u, k 0x%08" PRIx32,
                 here->code, here->jt, here->jf, here->k);
        return text;
    }
    const char *word = write_insn(&line, here);
    int width = line.note[0] != '\0' ? 26 : 0;
    snprintf(text, DISASM_TEXT_BYTES, "%-4s %-*s%s%s", word, width, line.operand,
             width > 0 ? " " : "", line.note);
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
    return text;
}

bool disasm_write(FILE *out, const struct program *program, const struct hole *holes,
                  size_t hole_count, const char *const *param_names)
{
    char text[DISASM_TEXT_BYTES];
    for (size_t i = 0; i < program->count; i++)
        fprintf(out, "%4zu  %s\n", i,
                disasm_insn(program, i, holes, hole_count, param_names, text));
    return ferror(out) == 0;
}

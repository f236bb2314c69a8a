// SPDX-License-Identifier: ISC
//
// smt_program.c: a program in single assignment, instruction by instruction.
//
// For instruction 7 of program P: P.go.7 says that it runs, P.a.7, P.x.7 and P.m3.7 are the
// registers before it, P.set.7 is the value that it gives to the one register that it changes, and
// P.result.7 is the result if any instruction up to it was the last one.
#include "smt_program.h"

#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>

#include "machine_live.h"

struct writer {
    FILE *out;
    const char *name;
    const struct program *program;
    const struct hole *holes;
    size_t hole_count;
    const struct inputs *inputs;
};

static void write_register(const struct writer *writer, unsigned reg, size_t pc)
{
    if (reg == REGISTER_A || reg == REGISTER_X)
        fprintf(writer->out, "%s.%c.%zu", writer->name, reg == REGISTER_A ? 'a' : 'x', pc);
    else
        fprintf(writer->out, "%s.m%u.%zu", writer->name, reg - REGISTER_M, pc);
}

static void write_constant(const struct writer *writer, size_t pc)
{
    for (size_t i = 0; i < writer->hole_count; i++) {
        const struct hole *hole = &writer->holes[i];
        if (hole->insn != pc)
            continue;
        fprintf(writer->out, "((_ extract %d %d) param_%s)", hole->high ? 63 : 31,
                hole->high ? 32 : 0, writer->inputs->params[hole->param].name);
        return;
    }
    fprintf(writer->out, "#x%08" PRIx32, (uint32_t)writer->program->insns[pc].k);
}

static void write_operand(const struct writer *writer, size_t pc)
{
    if (BPF_SRC(writer->program->insns[pc].code) == BPF_X)
        write_register(writer, REGISTER_X, pc);
    else
        write_constant(writer, pc);
}

static void write_input(const struct writer *writer, uint32_t offset)
{
    static const char *const names[] = {"ip", "arg0", "arg1", "arg2", "arg3", "arg4", "arg5"};
    if (offset < 8) {
        fputs(offset == offsetof(struct seccomp_data, nr) ? "nr" : "arch", writer->out);
        return;
    }
    bool high = (offset % 8 != 0) == (__BYTE_ORDER == __LITTLE_ENDIAN);
    fprintf(writer->out, "((_ extract %d %d) %s)", high ? 63 : 31, high ? 32 : 0,
            names[offset / 8 - 1]);
}

// The register that an instruction changes; REGISTER_COUNT when it changes none.
static unsigned changed_register(const struct sock_filter *insn)
{
    switch (BPF_CLASS(insn->code)) {
    case BPF_LD:
    case BPF_ALU: return REGISTER_A;
    case BPF_LDX: return REGISTER_X;
    case BPF_ST:
    case BPF_STX: return REGISTER_M + insn->k;
    case BPF_MISC: return BPF_MISCOP(insn->code) == BPF_TAX ? REGISTER_X : REGISTER_A;
    default: return REGISTER_COUNT;
    }
}

static bool touches_cell(const struct sock_filter *insn)
{
    uint16_t class = BPF_CLASS(insn->code);
    bool loads = (class == BPF_LD || class == BPF_LDX) && BPF_MODE(insn->code) == BPF_MEM;
    return loads || class == BPF_ST || class == BPF_STX;
}

static void write_alu(const struct writer *writer, size_t pc)
{
    static const struct {
        uint16_t operation;
        const char *word;
    } words[] = {{BPF_ADD, "bvadd"},  {BPF_SUB, "bvsub"}, {BPF_MUL, "bvmul"},
                 {BPF_DIV, "bvudiv"}, {BPF_AND, "bvand"}, {BPF_OR, "bvor"},
                 {BPF_XOR, "bvxor"},  {BPF_LSH, "bvshl"}, {BPF_RSH, "bvlshr"}};
    uint16_t operation = BPF_OP(writer->program->insns[pc].code);
    bool shift = operation == BPF_LSH || operation == BPF_RSH;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].operation == operation)
            fprintf(writer->out, "(%s ", words[i].word);
    if (operation == BPF_NEG)
        fputs("(bvneg ", writer->out);
    write_register(writer, REGISTER_A, pc);
    if (operation != BPF_NEG) {
        fputs(shift ? " (bvand #x0000001f " : " ", writer->out);
        write_operand(writer, pc);
        fputs(shift ? ")" : "", writer->out);
    }
    fputs(")", writer->out);
}

static void write_new_value(const struct writer *writer, size_t pc)
{
    const struct sock_filter *insn = &writer->program->insns[pc];
    switch (BPF_CLASS(insn->code)) {
    case BPF_ALU: write_alu(writer, pc); return;
    case BPF_ST: write_register(writer, REGISTER_A, pc); return;
    case BPF_STX: write_register(writer, REGISTER_X, pc); return;
    case BPF_MISC:
        write_register(writer, BPF_MISCOP(insn->code) == BPF_TAX ? REGISTER_A : REGISTER_X, pc);
        return;
    default: break;
    }
    switch (BPF_MODE(insn->code)) {
    case BPF_MEM: write_register(writer, REGISTER_M + insn->k, pc); return;
    case BPF_IMM: write_constant(writer, pc); return;
    case BPF_LEN: fprintf(writer->out, "#x%08zx", sizeof(struct seccomp_data)); return;
    default: write_input(writer, insn->k);
    }
}

static bool divides_by_x(const struct sock_filter *insn)
{
    return insn->code == (BPF_ALU | BPF_DIV | BPF_X);
}

static void write_test(const struct writer *writer, size_t pc)
{
    uint16_t operation = BPF_OP(writer->program->insns[pc].code);
    fputs(operation == BPF_JEQ   ? "(= "
          : operation == BPF_JGT ? "(bvugt "
          : operation == BPF_JGE ? "(bvuge "
                                 : "(distinct #x00000000 (bvand ",
          writer->out);
    write_register(writer, REGISTER_A, pc);
    fputs(" ", writer->out);
    write_operand(writer, pc);
    fputs(operation == BPF_JSET ? "))" : ")", writer->out);
}

// Does `from` ever go to `to`? Tells how: by a taken jump, by one not taken, or both.
static bool is_edge(const struct sock_filter *insn, size_t from, size_t to, bool *taken,
                    bool *fallen)
{
    *taken = *fallen = false;
    if (BPF_CLASS(insn->code) == BPF_RET)
        return false;
    if (BPF_CLASS(insn->code) != BPF_JMP)
        return to == from + 1;
    if (BPF_OP(insn->code) == BPF_JA)
        return to == from + 1 + insn->k;
    *taken = to == from + 1 + insn->jt;
    *fallen = to == from + 1 + insn->jf;
    return *taken || *fallen;
}

static void write_edge(const struct writer *writer, size_t from, bool taken, bool fallen)
{
    fprintf(writer->out, "(and %s.go.%zu ", writer->name, from);
    if (divides_by_x(&writer->program->insns[from])) {
        fputs("(distinct #x00000000 ", writer->out);
        write_register(writer, REGISTER_X, from);
        fputs(")", writer->out);
    } else if (taken != fallen) {
        fputs(fallen ? "(not " : "", writer->out);
        write_test(writer, from);
        fputs(fallen ? ")" : "", writer->out);
    } else
        fputs("true", writer->out);
    fputs(")", writer->out);
}

static void define_go(const struct writer *writer, size_t pc)
{
    bool taken, fallen;
    fprintf(writer->out, "(define-fun %s.go.%zu () Bool (or %s", writer->name, pc,
            pc == 0 ? "true" : "false");
    for (size_t from = 0; from < pc; from++)
        if (is_edge(&writer->program->insns[from], from, pc, &taken, &fallen)) {
            fputs(" ", writer->out);
            write_edge(writer, from, taken, fallen);
        }
    fputs("))\n", writer->out);
}

static void define_register(const struct writer *writer, unsigned reg, size_t pc)
{
    bool taken, fallen;
    size_t open = 0;
    fputs("(define-fun ", writer->out);
    write_register(writer, reg, pc);
    fputs(" () (_ BitVec 32) ", writer->out);
    for (size_t from = 0; from < pc; from++) {
        const struct sock_filter *insn = &writer->program->insns[from];
        if (!is_edge(insn, from, pc, &taken, &fallen))
            continue;
        fputs("(ite ", writer->out);
        write_edge(writer, from, taken, fallen);
        fputs(" ", writer->out);
        if (changed_register(insn) == reg)
            fprintf(writer->out, "%s.set.%zu ", writer->name, from);
        else {
            write_register(writer, reg, from);
            fputs(" ", writer->out);
        }
        open++;
    }
    fputs("#x00000000", writer->out);
    for (; open > 0; open--)
        fputs(")", writer->out);
    fputs(")\n", writer->out);
}

static void define_result(const struct writer *writer, size_t pc)
{
    const struct sock_filter *insn = &writer->program->insns[pc];
    fprintf(writer->out, "(define-fun %s.result.%zu () (_ BitVec 32) ", writer->name, pc);
    bool returns = BPF_CLASS(insn->code) == BPF_RET;
    if (returns)
        fprintf(writer->out, "(ite %s.go.%zu ", writer->name, pc);
    if (returns && BPF_RVAL(insn->code) == BPF_A)
        write_register(writer, REGISTER_A, pc);
    else if (returns)
        write_constant(writer, pc);
    fputs(returns ? " " : "", writer->out);
    if (pc == 0)
        fputs("#x00000000", writer->out); // also what a division by zero gives
    else
        fprintf(writer->out, "%s.result.%zu", writer->name, pc - 1);
    fputs(returns ? "))\n" : ")\n", writer->out);
}

static void define_insn(const struct writer *writer, size_t pc, uint32_t used)
{
    define_go(writer, pc);
    for (unsigned reg = 0; reg < REGISTER_COUNT; reg++)
        if (used >> reg & 1)
            define_register(writer, reg, pc);
    if (changed_register(&writer->program->insns[pc]) != REGISTER_COUNT) {
        fprintf(writer->out, "(define-fun %s.set.%zu () (_ BitVec 32) ", writer->name, pc);
        write_new_value(writer, pc);
        fputs(")\n", writer->out);
    }
    define_result(writer, pc);
}

void smt_program(FILE *out, const char *name, const struct program *program,
                 const struct hole *holes, size_t hole_count, const struct inputs *inputs)
{
    const struct writer writer = {out, name, program, holes, hole_count, inputs};
    uint32_t used = 1u << REGISTER_A | 1u << REGISTER_X;
    for (size_t pc = 0; pc < program->count; pc++)
        if (touches_cell(&program->insns[pc]))
            used |= 1u << (REGISTER_M + program->insns[pc].k);
    for (size_t pc = 0; pc < program->count; pc++)
        define_insn(&writer, pc, used);
    fprintf(out, "(define-fun %s.result () (_ BitVec 32) %s.result.%zu)\n", name, name,
            program->count - 1);
}

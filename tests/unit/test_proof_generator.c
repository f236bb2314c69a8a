// SPDX-License-Identifier: ISC
//
// test_proof_generator.c: every jump over more than the next instruction is an unconditional one
// that is filled in later, so that no distance is ever too far.
#include "test_proof_generator.h"

#include <linux/audit.h>
#include <stddef.h>
#include <stdlib.h>

#define FAR_JUMPS_MAX 64

// Jumps whose target is not known yet.
struct exits {
    size_t at[FAR_JUMPS_MAX];
    size_t count;
};

struct branch {
    struct generated *out;
    const struct atom *atom;
    bool whole; // all 64 bits of the argument count
    struct exits pass, fail;
};

static size_t emit(struct generated *out, uint16_t code, uint32_t k)
{
    if (out->program.count == BPF_MAXINSNS)
        abort();
    out->insns[out->program.count] = (struct sock_filter)BPF_STMT(code, k);
    return out->program.count++;
}

static void leave_by(struct generated *out, struct exits *exits)
{
    if (exits->count == FAR_JUMPS_MAX)
        abort();
    exits->at[exits->count++] = emit(out, BPF_JMP | BPF_JA, 0);
}

static void land(struct generated *out, struct exits *exits)
{
    for (size_t i = 0; i < exits->count; i++)
        out->insns[exits->at[i]].k = (uint32_t)(out->program.count - exits->at[i] - 1);
    exits->count = 0;
}

// Compares A with half of the atom's value, or of its parameter: then it leaves by `taken`.
static void test_value(struct branch *branch, uint16_t jump, bool high, bool when,
                       struct exits *taken)
{
    const struct atom *atom = branch->atom;
    struct generated *out = branch->out;
    size_t insn = emit(out, (uint16_t)(BPF_JMP | jump | BPF_K),
                       (uint32_t)(high ? atom->value >> 32 : atom->value));
    if (atom->param != NO_PARAM)
        out->holes[out->hole_count++] =
            (struct hole){.insn = insn, .param = (size_t)atom->param, .high = high};
    out->insns[insn].jt = !when;
    out->insns[insn].jf = when;
    leave_by(out, taken);
}

static void load_half(struct branch *branch, bool high)
{
    size_t offset = offsetof(struct seccomp_data, args) + 8u * branch->atom->arg + (high ? 4 : 0);
    if (high && !branch->whole)
        emit(branch->out, BPF_LD | BPF_IMM, 0);
    else
        emit(branch->out, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static void test_equal(struct branch *branch, struct exits *pass, struct exits *fail)
{
    load_half(branch, true);
    test_value(branch, BPF_JEQ, true, false, fail);
    load_half(branch, false);
    test_value(branch, BPF_JEQ, false, false, fail);
    leave_by(branch->out, pass);
}

static void test_above(struct branch *branch, uint16_t last, struct exits *pass, struct exits *fail)
{
    load_half(branch, true);
    test_value(branch, BPF_JGT, true, true, pass);
    test_value(branch, BPF_JEQ, true, false, fail);
    load_half(branch, false);
    test_value(branch, last, false, false, fail);
    leave_by(branch->out, pass);
}

static void test_masked(struct branch *branch, uint64_t mask, uint64_t value, struct exits *pass,
                        struct exits *fail)
{
    struct generated *out = branch->out;
    for (int half = 1; half >= 0; half--) {
        load_half(branch, half);
        emit(out, BPF_ALU | BPF_AND | BPF_K, (uint32_t)(half ? mask >> 32 : mask));
        size_t insn = emit(out, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(half ? value >> 32 : value));
        out->insns[insn].jt = 1;
        leave_by(out, fail);
    }
    leave_by(out, pass);
}

static void emit_atom(struct branch *branch, const struct atom *atom)
{
    struct exits *pass = &branch->pass, *fail = &branch->fail;
    branch->atom = atom;
    switch (atom->compare) {
    case COMPARE_EQ: test_equal(branch, pass, fail); break;
    case COMPARE_NE: test_equal(branch, fail, pass); break;
    case COMPARE_GT: test_above(branch, BPF_JGT, pass, fail); break;
    case COMPARE_GE: test_above(branch, BPF_JGE, pass, fail); break;
    case COMPARE_LT: test_above(branch, BPF_JGE, fail, pass); break;
    case COMPARE_LE: test_above(branch, BPF_JGT, fail, pass); break;
    case COMPARE_ANY: test_masked(branch, atom->mask, 0, fail, pass); break;
    case COMPARE_IN: test_masked(branch, ~atom->mask, 0, pass, fail); break;
    case COMPARE_MASKED_EQ: test_masked(branch, atom->mask, atom->value, pass, fail); break;
    }
    land(branch->out, pass);
}

static void emit_rule(struct generated *out, const struct rule *rule, bool wide)
{
    for (size_t c = 0; c < rule->clause_count; c++) {
        const struct clause *clause = &rule->clauses[c];
        for (size_t i = 0; i < clause->when.count; i++) {
            struct branch branch = {.out = out};
            const struct conjunction *conjunction = &clause->when.any[i];
            for (size_t j = 0; j < conjunction->count; j++) {
                branch.whole = wide && !conjunction->atoms[j].narrow;
                emit_atom(&branch, &conjunction->atoms[j]);
            }
            emit(out, BPF_RET | BPF_K, clause->action);
            land(out, &branch.fail);
        }
    }
    emit(out, BPF_RET | BPF_K, rule->otherwise);
}

// Runs what follows only when A is `value`; the caller lands `past` behind it.
static void only_when(struct generated *out, uint32_t value, struct exits *past)
{
    size_t insn = emit(out, BPF_JMP | BPF_JEQ | BPF_K, value);
    out->insns[insn].jt = 1;
    leave_by(out, past);
}

static void emit_arch(struct generated *out, const struct policy *policy, size_t arch)
{
    struct exits past = {.count = 0};
    emit(out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    only_when(out, policy->arch[arch], &past);
    emit(out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    if (policy->arch[arch] == AUDIT_ARCH_X86_64) {
        size_t below = emit(out, BPF_JMP | BPF_JGE | BPF_K, 0x40000000);
        out->insns[below].jf = 2;
        size_t skipped = emit(out, BPF_JMP | BPF_JEQ | BPF_K, 0xffffffff);
        out->insns[skipped].jt = 1;
        emit(out, BPF_RET | BPF_K, policy->bad_arch_action);
    }
    for (size_t r = 0; r < policy->rule_count; r++) {
        const struct rule *rule = &policy->rules[r];
        if (!(rule->archs >> arch & 1))
            continue;
        struct exits other = {.count = 0};
        emit(out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        only_when(out, (uint32_t)rule->number[arch], &other);
        emit_rule(out, rule, (policy->arch[arch] & __AUDIT_ARCH_64BIT) != 0);
        land(out, &other);
    }
    emit(out, BPF_RET | BPF_K, policy->default_action);
    land(out, &past);
}

void generate_program(const struct policy *policy, struct generated *generated)
{
    generated->program = (struct program){.insns = generated->insns};
    generated->hole_count = 0;
    for (size_t arch = 0; arch < policy->arch_count; arch++)
        emit_arch(generated, policy, arch);
    emit(generated, BPF_RET | BPF_K, policy->bad_arch_action);
}

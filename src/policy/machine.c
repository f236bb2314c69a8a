// SPDX-License-Identifier: ISC
//
// machine.c: a program is run once, for all inputs together, in the order of its instructions.
//
// Jumps only go forward, so when an instruction's turn comes, all that can arrive there has
// arrived. What has arrived is a few states: the registers as words of diagrams, and `when`, the
// set of inputs that come that way with those registers. States with the same live registers are
// one; when too many different ones meet they are woven into one, register by register. So the work
// grows with the length of the program and never with the number of its paths.
//
// Promise: the sets `when` are exact and disjoint, so the function is what program_execute() gives,
// for every input.
#include "machine.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "machine_alu.h"
#include "machine_live.h"
#include "machine_words.h"

// How many different states may wait at one instruction. Apart they stay simple; woven they are
// few. Eight is more than compilers of policies ever let meet.
#define STATES_APART 8

struct state {
    diagram when;
    machine_word reg[REGISTER_COUNT];
    struct state *next;
};

struct machine {
    struct diagram_space *space;
    const struct inputs *inputs;
    const struct program *program;
    const struct hole *hole_at[BPF_MAXINSNS];
    uint32_t live[BPF_MAXINSNS];
    struct state *waiting[BPF_MAXINSNS];
    size_t waiting_count[BPF_MAXINSNS];
    struct machine_words words;
    diagram function;
    const char *reason; // of having failed
};

bool machine_hole_fits(const struct sock_filter *insn)
{
    switch (BPF_CLASS(insn->code)) {
    case BPF_LD:
    case BPF_LDX: return BPF_MODE(insn->code) == BPF_IMM;
    case BPF_ALU:
        return BPF_SRC(insn->code) == BPF_K && BPF_OP(insn->code) != BPF_LSH &&
               BPF_OP(insn->code) != BPF_RSH && BPF_OP(insn->code) != BPF_DIV &&
               BPF_OP(insn->code) != BPF_NEG;
    case BPF_JMP: return BPF_SRC(insn->code) == BPF_K && BPF_OP(insn->code) != BPF_JA;
    case BPF_RET: return BPF_RVAL(insn->code) == BPF_K;
    default: return false;
    }
}

static void fail(struct machine *machine, const char *reason)
{
    if (machine->reason == NULL)
        machine->reason = reason;
}

static machine_word keep(struct machine *machine, struct bits word)
{
    return machine_words_keep(&machine->words, &word);
}

static const struct bits *value_of(const struct machine *machine, machine_word word)
{
    return machine_words_get(&machine->words, word);
}

// Weaves all states that wait into the first: where `when` of another holds, its registers.
static void weave(struct machine *machine, struct state *into)
{
    while (into->next != NULL) {
        struct state *from = into->next;
        for (size_t i = 0; i < REGISTER_COUNT; i++)
            if (from->reg[i] != into->reg[i])
                into->reg[i] = keep(machine, bits_choose(machine->space, from->when,
                                                         value_of(machine, from->reg[i]),
                                                         value_of(machine, into->reg[i])));
        into->when = diagram_or(machine->space, into->when, from->when);
        into->next = from->next;
        free(from);
    }
}

static struct state *find_state(struct state *first, const machine_word *reg)
{
    for (struct state *state = first; state != NULL; state = state->next)
        if (memcmp(state->reg, reg, sizeof state->reg) == 0)
            return state;
    return NULL;
}

// The inputs of `when` come to `pc` with these registers; those that no longer matter are cleared.
static void arrive(struct machine *machine, size_t pc, diagram when, const machine_word *reg)
{
    if (when == DIAGRAM_FALSE)
        return;
    machine_word live[REGISTER_COUNT];
    for (size_t i = 0; i < REGISTER_COUNT; i++)
        live[i] = machine->live[pc] >> i & 1 ? reg[i] : 0;
    struct state *state = find_state(machine->waiting[pc], live);
    if (state != NULL) {
        state->when = diagram_or(machine->space, state->when, when);
        return;
    }
    state = malloc(sizeof *state);
    if (state == NULL) {
        fail(machine, "out of memory");
        return;
    }
    state->when = when;
    memcpy(state->reg, live, sizeof live);
    state->next = machine->waiting[pc];
    machine->waiting[pc] = state;
    machine->waiting_count[pc]++;
}

// A word of struct seccomp_data as this machine's kernel lays it out.
static struct bits input_word(struct machine *machine, size_t offset)
{
    if (offset == offsetof(struct seccomp_data, nr))
        return bits_input(machine->space, machine->inputs, INPUT_NR, 0, 32);
    if (offset == offsetof(struct seccomp_data, arch))
        return bits_input(machine->space, machine->inputs, INPUT_ARCH, 0, 32);
    size_t from = offset - offsetof(struct seccomp_data, instruction_pointer);
    bool high = (from % 8 != 0) == (__BYTE_ORDER == __LITTLE_ENDIAN);
    return bits_input(machine->space, machine->inputs, INPUT_IP + (unsigned)(from / 8),
                      high ? 32 : 0, 32);
}

static struct bits constant_operand(struct machine *machine, size_t pc)
{
    const struct hole *hole = machine->hole_at[pc];
    if (hole == NULL)
        return bits_constant(32, machine->program->insns[pc].k);
    return bits_input(machine->space, machine->inputs, INPUT_PARAM + (unsigned)hole->param,
                      hole->high ? 32 : 0, 32);
}

static struct bits operand(struct machine *machine, size_t pc, const struct state *state)
{
    if (BPF_SRC(machine->program->insns[pc].code) == BPF_X)
        return *value_of(machine, state->reg[REGISTER_X]);
    return constant_operand(machine, pc);
}

static machine_word load(struct machine *machine, size_t pc, const struct state *state)
{
    const struct sock_filter *insn = &machine->program->insns[pc];
    switch (BPF_MODE(insn->code)) {
    case BPF_MEM: return state->reg[REGISTER_M + insn->k];
    case BPF_IMM: return keep(machine, constant_operand(machine, pc));
    case BPF_LEN: return keep(machine, bits_constant(32, sizeof(struct seccomp_data)));
    default: return keep(machine, input_word(machine, insn->k));
    }
}

static void leave(struct machine *machine, diagram when, diagram value)
{
    machine->function = diagram_choose(machine->space, when, value, machine->function);
}

static void run_return(struct machine *machine, size_t pc, const struct state *state)
{
    struct bits k = constant_operand(machine, pc);
    bool is_a = BPF_RVAL(machine->program->insns[pc].code) == BPF_A;
    const struct bits *value = is_a ? value_of(machine, state->reg[REGISTER_A]) : &k;
    leave(machine, state->when, bits_value(machine->space, value));
}

static void run_jump(struct machine *machine, size_t pc, const struct state *state)
{
    const struct sock_filter *insn = &machine->program->insns[pc];
    if (BPF_OP(insn->code) == BPF_JA) {
        arrive(machine, pc + 1 + insn->k, state->when, state->reg);
        return;
    }
    struct bits b = operand(machine, pc, state);
    const struct bits *a = value_of(machine, state->reg[REGISTER_A]);
    diagram taken = machine_test(machine->space, BPF_OP(insn->code), a, &b);
    diagram fallen = diagram_not(machine->space, taken);
    arrive(machine, pc + 1 + insn->jt, diagram_and(machine->space, state->when, taken), state->reg);
    arrive(machine, pc + 1 + insn->jf, diagram_and(machine->space, state->when, fallen),
           state->reg);
}

static void run_alu(struct machine *machine, size_t pc, struct state *state)
{
    const struct sock_filter *insn = &machine->program->insns[pc];
    struct bits b = operand(machine, pc, state);
    uint64_t divisor;
    if (BPF_OP(insn->code) == BPF_DIV && bits_is_constant(&b, &divisor) && divisor == 0) {
        leave(machine, state->when, DIAGRAM_FALSE);
        return;
    }
    struct bits word;
    const char *reason;
    if (!machine_alu(machine->space, BPF_OP(insn->code), value_of(machine, state->reg[REGISTER_A]),
                     &b, &word, &reason)) {
        fail(machine, reason);
        return;
    }
    state->reg[REGISTER_A] = keep(machine, word);
    arrive(machine, pc + 1, state->when, state->reg);
}

static void run_move(struct machine *machine, size_t pc, struct state *state)
{
    const struct sock_filter *insn = &machine->program->insns[pc];
    machine_word *reg = state->reg;
    switch (BPF_CLASS(insn->code)) {
    case BPF_LD: reg[REGISTER_A] = load(machine, pc, state); break;
    case BPF_LDX: reg[REGISTER_X] = load(machine, pc, state); break;
    case BPF_ST: reg[REGISTER_M + insn->k] = reg[REGISTER_A]; break;
    case BPF_STX: reg[REGISTER_M + insn->k] = reg[REGISTER_X]; break;
    default:
        if (BPF_MISCOP(insn->code) == BPF_TAX)
            reg[REGISTER_X] = reg[REGISTER_A];
        else
            reg[REGISTER_A] = reg[REGISTER_X];
    }
    arrive(machine, pc + 1, state->when, reg);
}

static void run_state(struct machine *machine, size_t pc, struct state *state)
{
    switch (BPF_CLASS(machine->program->insns[pc].code)) {
    case BPF_RET: run_return(machine, pc, state); break;
    case BPF_JMP: run_jump(machine, pc, state); break;
    case BPF_ALU: run_alu(machine, pc, state); break;
    default: run_move(machine, pc, state);
    }
    if (diagram_exhausted(machine->space))
        fail(machine, "the function has become too large");
    if (machine->words.failed)
        fail(machine, "out of memory");
}

// Runs what waits at `pc`, or only drops it once the machine has failed. States are woven only
// here, when all are there: a part of them would make words that depend on how the others are
// missing.
static void run_instruction(struct machine *machine, size_t pc)
{
    if (machine->waiting[pc] != NULL && machine->waiting_count[pc] > STATES_APART &&
        machine->reason == NULL)
        weave(machine, machine->waiting[pc]);
    while (machine->waiting[pc] != NULL) {
        struct state *state = machine->waiting[pc];
        machine->waiting[pc] = state->next;
        if (machine->reason == NULL)
            run_state(machine, pc, state);
        free(state);
    }
}

static struct machine_result run_all(struct machine *machine, bool *reached)
{
    const machine_word zero[REGISTER_COUNT] = {0}; // A and X are 0 at the start in the kernel too
    size_t failed_at = 0;
    arrive(machine, 0, DIAGRAM_TRUE, zero);
    for (size_t pc = 0; pc < machine->program->count; pc++) {
        if (reached != NULL)
            reached[pc] = machine->waiting[pc] != NULL;
        bool fine = machine->reason == NULL;
        run_instruction(machine, pc);
        if (fine && machine->reason != NULL)
            failed_at = pc;
    }
    if (machine->reason != NULL)
        return (struct machine_result){.insn = failed_at, .reason = machine->reason};
    return (struct machine_result){.function = machine->function};
}

// Puts each hole at its instruction. False: a hole does not fit, `insn` says where.
static bool place_holes(struct machine *machine, const struct hole *holes, size_t hole_count,
                        size_t *insn)
{
    for (size_t i = 0; i < hole_count; i++) {
        *insn = holes[i].insn;
        if (holes[i].insn >= machine->program->count ||
            holes[i].param >= machine->inputs->param_count ||
            machine->hole_at[holes[i].insn] != NULL ||
            !machine_hole_fits(&machine->program->insns[holes[i].insn]))
            return false;
        machine->hole_at[holes[i].insn] = &holes[i];
    }
    return true;
}

struct machine_result machine_run(struct diagram_space *space, const struct inputs *inputs,
                                  const struct program *program, const struct hole *holes,
                                  size_t hole_count, bool *reached)
{
    struct program_fault fault;
    if (!program_accept(program->insns, program->count, &fault))
        return (struct machine_result){.insn = fault.index, .reason = fault.reason};
    struct machine *machine = calloc(1, sizeof *machine);
    if (machine == NULL)
        return (struct machine_result){.reason = "out of memory"};
    machine->space = space;
    machine->inputs = inputs;
    machine->program = program;
    machine->function = DIAGRAM_FALSE;
    struct machine_result result = {.reason = "there can be no parameter at this instruction"};
    if (!machine_words_init(&machine->words, space)) {
        result.reason = "out of memory";
    } else if (place_holes(machine, holes, hole_count, &result.insn)) {
        machine_live(program, machine->live);
        result = run_all(machine, reached);
    }
    machine_words_free(&machine->words);
    free(machine);
    return result;
}

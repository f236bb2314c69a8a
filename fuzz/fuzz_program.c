// SPDX-License-Identifier: ISC
//
// fuzz_program.c: BPF programs.
//
// Target: program_accept(), program_execute(), program_swap_halves(), the prover (machine,
// diagrams, verdict, regions), disasm and smt.
//
// Threat model: a filter read from a file or a live process is anything at all; whoever believes
// EQUAL, STRICTER or a witness acts on it.
//
// Input: byte 0: how the second program comes about (TWIN_*), and flags; byte 1: how often the body
// is repeated (a power of two), so that small inputs reach the limit; byte 2: how many changes make
// the second program; that many times a place, a field and a value; then instructions as the kernel
// has them, 8 bytes each.
//
// Oracle: program_model.h: accepts the same, and blames the same instructions; returns the same
// along the same path; what the prover says of two programs is true of all calls that are tried,
// every kind of difference that is seen has a witness, each witness runs as it says, and what is
// the same by construction is EQUAL.
#include "oracle.h"

#include <string.h>

#include "check_proof.h"
#include "check_start.h"
#include "policy/disasm.h"
#include "policy/program.h"

enum {
    TWIN_CHANGED, // the first with some changes
    TWIN_SAME,    // the first with something in front that changes nothing
    TWIN_SPLIT,   // the second half of the instructions
    TWIN_STACK,   // both on one process against the first alone
    TWINS,
    FLAG_REPAIR = 0x10, // makes what is not acceptable so
    FLAG_FULL = 0x20,   // the repeated body ends at 4096 instructions, with the last
    FLAG_POOR = 0x40,   // memory runs out
    HEAD_BYTES = 3,
    CHANGE_BYTES = 4,
    REPEATS_MAX = 10,
    SAMPLES = 24,
    PROVEN_INSNS = 96, // larger ones are run, not proven
};

static struct sock_filter first[PROGRAM_INSNS], second[PROGRAM_INSNS];
static size_t first_count, second_count;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    check_start();
    return 0;
}

// All but the last instruction `1 << repeats` times, as far as there is room.
static size_t read_insns(const uint8_t *data, size_t size, unsigned repeats, size_t room,
                         struct sock_filter *insns)
{
    size_t count = size / sizeof(*insns), total = 0;
    const uint8_t *last = data + (count > 0 ? count - 1 : 0) * sizeof(*insns);
    for (size_t round = 0; count > 1 && round < (size_t)1 << repeats; round++)
        for (size_t i = 0; i + 1 < count && total + 1 < room; i++)
            memcpy(&insns[total++], data + i * sizeof(*insns), sizeof(*insns));
    if (count > 0)
        memcpy(&insns[total++], last, sizeof(*insns));
    return total;
}

static void change(struct sock_filter *insn, unsigned field, uint8_t value)
{
    switch (field % 8) {
    case 0: insn->code = value; break;
    case 1: insn->jt = value; break;
    case 2: insn->jf = value; break;
    case 3: insn->k = value; break;
    case 4: insn->k = insn->k + value - (value & 0x80 ? 256U : 0U); break;
    case 5: insn->k ^= UINT32_C(1) << value % 32; break;
    case 6: insn->k = (uint32_t)value << 16; break;
    default: insn->k |= (uint32_t)value << 24; break;
    }
}

static void change_all(const uint8_t *changes, size_t count)
{
    for (size_t i = 0; i < count && second_count > 0; i++, changes += CHANGE_BYTES)
        change(&second[(changes[0] | (size_t)changes[1] << 8) % second_count], changes[2],
               changes[3]);
}

// Something in front that has no effect, and something behind that never runs.
static void make_same(const uint8_t *choice)
{
    static const struct sock_filter idle[] = {
        {BPF_LD | BPF_IMM, 0, 0, 0},          {BPF_LDX | BPF_IMM, 0, 0, 0},
        {BPF_ALU | BPF_ADD | BPF_K, 0, 0, 0}, {BPF_MISC | BPF_TAX, 0, 0, 0},
        {BPF_JMP | BPF_JA, 0, 0, 0},          {BPF_ALU | BPF_LSH | BPF_K, 0, 0, 7},
        {BPF_ALU | BPF_NEG, 0, 0, 0},         {BPF_JMP | BPF_JSET | BPF_K, 0, 0, 5},
    };
    size_t more = 1 + *choice % 3;
    memmove(second + more, second, second_count * sizeof(*second));
    for (size_t i = 0; i < more; i++)
        second[i] = idle[(*choice / 3 + i) % 8];
    second_count += more;
    second[second_count++] = (struct sock_filter){BPF_RET | BPF_K, 0, 0, *choice};
}

static void make_second(unsigned twin, const uint8_t *changes, size_t count)
{
    memcpy(second, first, first_count * sizeof(*first));
    second_count = first_count;
    if (twin == TWIN_SPLIT && first_count > 1) {
        first_count = (first_count + 1) / 2;
        second_count -= first_count;
        memmove(second, second + first_count, second_count * sizeof(*second));
    }
    if (twin == TWIN_SAME && first_count + 5 < PROGRAM_INSNS)
        make_same(changes);
    else
        change_all(changes, count);
}

// What is not acceptable is shown as well.
static void check_disasm(const struct sock_filter *insns, size_t count)
{
    char text[DISASM_TEXT_BYTES];
    struct program program = {(struct sock_filter *)(uintptr_t)insns, count};
    for (size_t i = 0; i < count; i++) {
        const char *got = disasm_insn(&program, i, NULL, 0, NULL, text);
        ORACLE(got == text && text[0] != '\0' && strchr(text, '\n') == NULL &&
                   memchr(text, '\0', sizeof(text)) != NULL,
               "instruction %zu is one line", i);
    }
}

static bool check_accept(const struct sock_filter *insns, size_t count)
{
    static bool fault[PROGRAM_INSNS];
    struct program_fault found = {SIZE_MAX, NULL};
    bool expected = program_model_accept(insns, count, fault);
    bool accepted = program_accept(insns, count, &found);
    ORACLE(accepted == expected, "%zu instructions are %s, not %s", count,
           expected ? "accepted" : "refused", found.reason != NULL ? found.reason : "accepted");
    ORACLE(program_accept(insns, count, NULL) == accepted, "a fault changes nothing");
    ORACLE(accepted == (found.reason == NULL), "a refusal has a reason");
    if (count <= PROVEN_INSNS)
        check_disasm(insns, count);
    ORACLE(accepted || (count == 0 && found.index == 0) ||
               (found.index < count && fault[found.index]),
           "instruction %zu is at fault: %s", found.index, found.reason);
    return accepted;
}

static void check_run(const struct sock_filter *insns, size_t count,
                      const struct seccomp_data *data)
{
    static uint16_t path[PROGRAM_INSNS], expected_path[PROGRAM_INSNS];
    size_t steps;
    uint32_t expected = program_model_run(insns, count, data, expected_path, &steps);
    struct program_run run = program_execute(insns, count, data, path);
    ORACLE(run.result == expected, "the result is %#x, not %#x", expected, run.result);
    ORACLE(run.steps == steps && memcmp(path, expected_path, steps * sizeof(*path)) == 0,
           "%zu steps are made, not %zu, or others", steps, run.steps);
    run = program_execute(insns, count, data, NULL);
    ORACLE(run.result == expected && run.steps == steps, "the path changes nothing");
}

// The halves of all loads and of all fields exchanged: the same result.
static void check_swapped(const struct sock_filter *insns, size_t count,
                          const struct seccomp_data *data)
{
    static struct sock_filter swapped[PROGRAM_INSNS];
    uint32_t words[16];
    memcpy(swapped, insns, count * sizeof(*insns));
    program_swap_halves(swapped, count);
    memcpy(words, data, sizeof(words));
    for (size_t i = 2; i < 16; i += 2) {
        uint32_t low = words[i];
        words[i] = words[i + 1];
        words[i + 1] = low;
    }
    struct seccomp_data other;
    memcpy(&other, words, sizeof(other));
    uint32_t expected = program_execute(insns, count, data, NULL).result;
    uint32_t result = program_execute(swapped, count, &other, NULL).result;
    ORACLE(result == expected, "exchanged twice it is %#x, not %#x", expected, result);
    program_swap_halves(swapped, count);
    ORACLE(memcmp(swapped, insns, count * sizeof(*insns)) == 0, "exchanging is its own inverse");
}

static void check_program(const struct sock_filter *insns, size_t count, struct dice *dice)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        struct seccomp_data data = check_proof_call(insns, count, dice);
        check_run(insns, count, &data);
        if (i < 2)
            check_swapped(insns, count, &data);
    }
}

static void tell(const char *which, const struct sock_filter *insns, size_t count)
{
    EXPLAIN("%s program, %zu instructions\n", which, count);
    for (size_t i = 0; i < count && i < 16; i++)
        EXPLAIN("%5zu  code %#06x  jt %3u  jf %3u  k %#x\n", i, insns[i].code, insns[i].jt,
                insns[i].jf, insns[i].k);
}

static void prove(unsigned flags, unsigned twin, struct dice *dice)
{
    struct proof_pair pair = {{first, first_count},
                              {second, second_count},
                              twin == TWIN_STACK,
                              twin == TWIN_SAME,
                              (flags & FLAG_POOR) != 0};
    check_proof(&pair, dice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD_BYTES + CHANGE_BYTES)
        return 0;
    unsigned twin = data[0] % 8 % TWINS;
    size_t changes = data[2] % 8;
    size_t head = HEAD_BYTES + (changes == 0 ? 1 : changes) * CHANGE_BYTES;
    if (size < head)
        return 0;
    struct dice dice = dice_from(data, size);
    size_t room = (data[0] & FLAG_FULL) != 0 ? BPF_MAXINSNS : PROGRAM_INSNS;
    first_count = read_insns(data + head, size - head, data[1] % (REPEATS_MAX + 1), room, first);
    if ((data[0] & FLAG_REPAIR) != 0)
        program_model_repair(first, first_count);
    make_second(twin, data + HEAD_BYTES, changes);
    if ((data[0] & FLAG_REPAIR) != 0 && twin != TWIN_SAME) {
        program_model_repair(first, first_count);
        program_model_repair(second, second_count);
    }
    tell("the first", first, first_count);
    tell("the second", second, second_count);
    bool taken[2] = {check_accept(first, first_count), false};
    if (taken[0])
        check_program(first, first_count, &dice);
    taken[1] = check_accept(second, second_count);
    if (taken[1] && taken[0])
        check_program(second, second_count, &dice);
    if (second_count > PROVEN_INSNS || first_count > PROVEN_INSNS)
        return 0;
    struct program one = {first, first_count}, other = {second, second_count};
    check_begin();
    if (!taken[0])
        check_proof_refused(&one, &other);
    else if (!taken[1])
        check_proof_refused(&other, &one);
    else
        prove(data[0], twin, &dice);
    check_end();
    return 0;
}

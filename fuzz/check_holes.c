// SPDX-License-Identifier: ISC
#include "check_holes.h"

#include <linux/filter.h>
#include <string.h>

#include "oracle.h"
#include "policy/verdict.h"

enum { NODES = 1 << 16, BEHIND = 99 };

// One instruction, an end behind it, and whether a parameter may stand in its constant: where that
// is a value, and not an offset, a distance, a count of bits or a divisor.
static const struct {
    uint16_t code;
    uint32_t k;
    bool fits;
} cases[] = {
    {BPF_LD | BPF_W | BPF_ABS, 0, false},
    {BPF_LD | BPF_IMM, 7, true},
    {BPF_LDX | BPF_IMM, 7, true},
    {BPF_LDX | BPF_W | BPF_LEN, 0, false},
    {BPF_ALU | BPF_ADD | BPF_K, 7, true},
    {BPF_ALU | BPF_ADD | BPF_X, 7, false},
    {BPF_ALU | BPF_LSH | BPF_K, 7, false},
    {BPF_ALU | BPF_RSH | BPF_K, 7, false},
    {BPF_ALU | BPF_DIV | BPF_K, 8, false},
    {BPF_ALU | BPF_NEG, 0, false},
    {BPF_JMP | BPF_JA, 0, false},
    {BPF_JMP | BPF_JEQ | BPF_K, 7, true},
    {BPF_JMP | BPF_JEQ | BPF_X, 7, false},
    {BPF_MISC | BPF_TAX, 0, false},
    {BPF_ST, 0, false},
    {BPF_RET | BPF_K, 0, true},
    {BPF_RET | BPF_A, 0, false},
};

static void check(const struct policy *policy, struct program *program, const struct hole *holes,
                  size_t count, bool fits)
{
    const struct subject left = {
        .programs = program, .program_count = 1, .holes = holes, .hole_count = count};
    const struct subject right = {.policy = policy};
    struct verdict *verdict = verdict_prove(&left, &right, 0, NODES);
    const char *reason = verdict->reason == NULL ? "" : verdict->reason;
    ORACLE((strstr(reason, "no parameter") == NULL) == fits,
           "a parameter fits at code %#x, or not: '%s'", program->insns[0].code, reason);
    ORACLE(fits || verdict->insn == holes[count - 1].insn, "instruction %zu is at fault, not %zu",
           holes[count - 1].insn, verdict->insn);
    verdict_free(verdict);
}

void check_holes(const struct policy *policy)
{
    const struct hole twice[] = {{.insn = 0}, {.insn = 0}}, behind = {.insn = BEHIND},
                      unknown = {.param = BEHIND};
    struct sock_filter insns[] = {{0}, {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
    struct program program = {insns, 2};
    if (policy->param_count == 0)
        return;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        insns[0].code = cases[i].code;
        insns[0].k = cases[i].k;
        check(policy, &program, twice, 1, cases[i].fits);
    }
    insns[0] = (struct sock_filter){BPF_LD | BPF_IMM, 0, 0, 0};
    check(policy, &program, twice, 2, false);
    check(policy, &program, &behind, 1, false);
    check(policy, &program, &unknown, 1, false);
}

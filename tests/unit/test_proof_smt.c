// SPDX-License-Identifier: ISC
//
// test_proof_smt.c: not a test by itself: writes questions with the prover's answers, for another
// solver to answer again (tests/policy/test_smt.py).
//
//     test_proof_smt DIRECTORY COUNT
//
// writes up to COUNT files N.smt2 and prints a line "N.smt2 sat" or "N.smt2 unsat" for each; what
// the prover leaves undecided is not written.
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/smt.h"
#include "policy/verdict.h"
#include "test_proof_generator.h"
#include "test_proof_random.h"

static void write_question(const char *directory, size_t number, const struct subject *left,
                           const struct subject *right)
{
    struct verdict *verdict = verdict_prove(left, right, AUDIT_ARCH_X86_64, 30000);
    if (verdict == NULL)
        abort();
    if (verdict->relation != RELATION_UNDECIDED) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%zu.smt2", directory, number);
        FILE *out = fopen(path, "we");
        if (out == NULL || !smt_write(out, left, right) || fclose(out) != 0)
            abort();
        printf("%zu.smt2 %s\n", number, verdict->relation == RELATION_EQUAL ? "unsat" : "sat");
    }
    verdict_free(verdict);
}

// A policy, and a program for it that is right or has one constant changed.
static void ask_policy(const char *directory, size_t number)
{
    static struct generated generated;
    struct pool pool;
    pool_start(&pool);
    const struct policy *policy = random_policy(&pool);
    generate_program(policy, &generated);
    if (number % 4 == 1)
        generated.insns[random_below((uint32_t)generated.program.count)].k ^= 1;
    struct subject text = {.policy = policy, .only_arch = number % 3 ? 0 : AUDIT_ARCH_X86_64};
    struct subject built = {.programs = &generated.program,
                            .program_count = 1,
                            .holes = generated.holes,
                            .hole_count = generated.hole_count};
    if (program_accept(generated.insns, generated.program.count, NULL))
        write_question(directory, number, &text, &built);
}

// Two stacks of programs that differ in one constant, or in nothing that matters.
static void ask_programs(const char *directory, size_t number)
{
    struct pool pool;
    struct sock_filter insns[3][24];
    struct program programs[3];
    pool_start(&pool);
    for (size_t i = 0; i < 2; i++)
        programs[i] = random_program(insns[i], 20, number % 8 == 0, &pool);
    memcpy(insns[2], insns[1], sizeof insns[2]);
    programs[2] = (struct program){insns[2], programs[1].count};
    insns[2][random_below((uint32_t)programs[2].count)].k ^= 1;
    if (!program_accept(programs[2].insns, programs[2].count, NULL))
        return;
    struct program stack[] = {programs[0], programs[2]};
    bool stacked = number % 4 == 2;
    struct subject left = {.programs = stacked ? programs : &programs[1],
                           .program_count = stacked ? 2 : 1};
    struct subject right = {.programs = stacked ? stack : &programs[2],
                            .program_count = stacked ? 2 : 1};
    write_question(directory, number, &left, &right);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: test_proof_smt DIRECTORY COUNT\n");
        return 64;
    }
    size_t count = strtoul(argv[2], NULL, 10);
    random_seed(41);
    for (size_t number = 0; number < count; number++)
        if (number % 2)
            ask_policy(argv[1], number);
        else
            ask_programs(argv[1], number);
    return 0;
}

// SPDX-License-Identifier: ISC
//
// prove.c: `seccomp-audit prove FILE PROGRAM`: is PROGRAM what FILE says? Both are any form of
// input.h.
//
// The word is PROGRAM's: STRICTER refuses more than FILE does, WEAKER allows more, INCOMPARABLE
// does both, or answers with other data (another errno). A program is mostly made for one of the
// architectures that a policy lists, and treats the others as bad ones. Unless --arch says which,
// PROGRAM is held against FILE as it stands and then against FILE for each of its architectures
// alone; the answer says for which it is EQUAL.
//
// Without --param, the values of FILE's parameters are solved for (settle.h).
//
// With --json an object:
//   verdict     "EQUAL", "STRICTER", "WEAKER", "INCOMPARABLE", "UNDECIDED"
//   policy      FILE
//   program     PROGRAM
//   arch        the only architecture of FILE that was taken, or null: all
//   params_are  "none", "given", "recovered", "nearest", "open" (settle.h)
//   params      an object: name to value
//   reason      of UNDECIDED, else null
//   witnesses   array of objects as in counterexample.h; left is PROGRAM, right is FILE
//
// Exit: 0 EQUAL, 1 another word, 2 bad input, 3 UNDECIDED.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "architecture.h"
#include "counterexample.h"
#include "json.h"
#include "output.h"
#include "paint.h"
#include "settle.h"
#include "smt.h"

enum { PROGRAM, FILE_SIDE, SIDES };

// One way to take the architectures, and what came out.
struct trial {
    uint32_t only_arch;
    struct settlement settlement;
    struct verdict *verdict;
};

static int status_of(const struct verdict *verdict)
{
    return verdict->relation == RELATION_EQUAL       ? EXIT_CLEAN
           : verdict->relation == RELATION_UNDECIDED ? EXIT_UNDECIDED
                                                     : EXIT_FOUND;
}

static int try_arch(const struct options *options, const struct input inputs[SIDES],
                    uint32_t only_arch, struct trial *trial)
{
    *trial = (struct trial){.only_arch = only_arch};
    int status = settle(options, inputs, only_arch, &trial->settlement);
    if (status >= 0)
        return status;
    trial->verdict = verdict_prove(&trial->settlement.subject[0], &trial->settlement.subject[1],
                                   only_arch != 0 ? only_arch : options->arch, DIAGRAM_NODE_LIMIT);
    if (trial->verdict != NULL)
        return -1;
    options_fail(options, "out of memory");
    return EXIT_INPUT;
}

// The policy of the side that lists several architectures while the other side is programs.
static const struct policy *listing_policy(const struct input inputs[SIDES])
{
    for (size_t side = 0; side < SIDES; side++)
        if (inputs[side].policy != NULL && inputs[side].policy->arch_count > 1 &&
            inputs[1 - side].policy == NULL)
            return inputs[side].policy;
    return NULL;
}

// EQUAL for one of the policy's architectures, else the difference for this machine's.
static int try_each_arch(const struct options *options, const struct input inputs[SIDES],
                         const struct policy *policy, struct trial *trial)
{
    for (size_t i = 0; i < policy->arch_count; i++) {
        struct trial other;
        uint32_t arch = policy->arch[i];
        int status = try_arch(options, inputs, arch, &other);
        if (status >= 0)
            return status;
        bool better = other.verdict->relation == RELATION_EQUAL ||
                      (arch == options->arch && trial->verdict->relation != RELATION_EQUAL);
        struct trial worse = better ? *trial : other;
        *trial = better ? other : *trial;
        verdict_free(worse.verdict);
        if (trial->verdict->relation == RELATION_EQUAL)
            return -1;
    }
    return -1;
}

// -1 with the trial whose word counts, or the exit status.
static int try_all(const struct options *options, const struct input inputs[SIDES],
                   struct trial *trial)
{
    uint32_t given = options->load.arch;
    for (size_t side = 0; given != 0 && side < SIDES; side++)
        if (inputs[side].policy != NULL && !input_lists(inputs[side].policy, given))
            return options_fail(options, "%s: @arch does not list %s", inputs[side].name,
                                architecture_name(given));
    int status = try_arch(options, inputs, given, trial);
    if (status >= 0 || given != 0 || trial->verdict->relation == RELATION_EQUAL)
        return status;
    const struct policy *policy = listing_policy(inputs);
    status = policy == NULL ? -1 : try_each_arch(options, inputs, policy, trial);
    if (status >= 0) {
        verdict_free(trial->verdict);
        trial->verdict = NULL;
    }
    return status;
}

static void print_settlement(const struct trial *trial)
{
    const struct settlement *settlement = &trial->settlement;
    static const char *const how[] = {
        [SETTLED_GIVEN] = " (given)",
        [SETTLED_RECOVERED] = " (recovered from the program)",
        [SETTLED_NEAREST] = " (no values make them equal; these come closest)",
    };
    if (trial->only_arch != 0)
        printf("  for %s alone: every other architecture gets @badarch\n",
               architecture_name(trial->only_arch));
    if (settlement->how == SETTLED_OPEN)
        puts("  for all values of the parameters at once (--param gives them one)");
    if (settlement->how == SETTLED_NONE || settlement->how == SETTLED_OPEN)
        return;
    fputs("  with ", stdout);
    settle_print(stdout, settlement);
    puts(how[settlement->how]);
    if (settlement->how == SETTLED_RECOVERED && settlement->any)
        puts("  other values of these parameters would make no difference");
}

static void print_sentence(const struct trial *trial, const struct input inputs[SIDES])
{
    static const struct {
        const char *between, *behind;
    } words[] = {
        [RELATION_UNDECIDED] = {" against ", ": it cannot be decided"},
        [RELATION_EQUAL] = {" does what ", " says, for every input"},
        [RELATION_STRICTER] = {" refuses more than ", " does"},
        [RELATION_WEAKER] = {" allows more than ", " does"},
        [RELATION_INCOMPARABLE] = {" and ", " differ, and neither is the stricter one"},
    };
    enum relation relation = trial->verdict->relation;
    paint(status_of(trial->verdict), verdict_word(relation));
    printf(": %s%s%s%s\n", inputs[PROGRAM].name, words[relation].between, inputs[FILE_SIDE].name,
           words[relation].behind);
}

static void print_text(const struct options *options, const struct trial *trial,
                       const struct input inputs[SIDES])
{
    const struct verdict *verdict = trial->verdict;
    const struct party parties[SIDES] = {
        {inputs[PROGRAM].name, &trial->settlement.subject[PROGRAM]},
        {inputs[FILE_SIDE].name, &trial->settlement.subject[FILE_SIDE]}};
    static const char *const titles[] = {
        [DIFFERENCE_STRICTER] = "refused by the first, and not by the second",
        [DIFFERENCE_WEAKER] = "allowed by the first, and not by the second",
        [DIFFERENCE_DATA] = "the same action with other data",
    };
    print_sentence(trial, inputs);
    print_settlement(trial);
    if (verdict->relation == RELATION_UNDECIDED)
        printf("  %s: %s%s", inputs[verdict->culprit].name, verdict->reason,
               inputs[verdict->culprit].policy != NULL ? "\n" : "");
    if (verdict->relation == RELATION_UNDECIDED && inputs[verdict->culprit].policy == NULL)
        printf(", at instruction %zu of filter %zu\n", verdict->insn, verdict->program + 1);
    for (size_t i = 0; i < verdict->witness_count; i++) {
        if (verdict->witness_count > 1)
            printf("\n  %s:\n", titles[verdict->witness[i].difference]);
        counterexample_print(stdout, verdict, &verdict->witness[i], parties, options->verbose);
    }
    if (options->verbose)
        printf("  the proof took %zu nodes\n", verdict->node_count);
}

static void print_json(const struct trial *trial, const struct input inputs[SIDES])
{
    const struct verdict *verdict = trial->verdict;
    const struct party parties[SIDES] = {
        {inputs[PROGRAM].name, &trial->settlement.subject[PROGRAM]},
        {inputs[FILE_SIDE].name, &trial->settlement.subject[FILE_SIDE]}};
    printf("{\"verdict\": \"%s\", \"policy\": ", verdict_word(verdict->relation));
    json_string(stdout, inputs[FILE_SIDE].name);
    fputs(", \"program\": ", stdout);
    json_string(stdout, inputs[PROGRAM].name);
    if (trial->only_arch != 0)
        printf(", \"arch\": \"%s\"", architecture_name(trial->only_arch));
    else
        fputs(", \"arch\": null", stdout);
    printf(", \"params_are\": \"%s\", \"params\": ", settle_word(trial->settlement.how));
    settle_print_json(stdout, &trial->settlement);
    fputs(", \"reason\": ", stdout);
    if (verdict->relation == RELATION_UNDECIDED)
        json_string(stdout, verdict->reason);
    else
        fputs("null", stdout);
    fputs(", \"witnesses\": [", stdout);
    for (size_t i = 0; i < verdict->witness_count; i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        counterexample_print_json(stdout, verdict, &verdict->witness[i], parties);
    }
    puts("]}");
}

static int write_smt(const struct options *options, const struct trial *trial)
{
    struct output output;
    if (options->smt == NULL)
        return -1;
    if (output_open(&output, options->smt) != 0)
        return options_fail(options, "%s: %s", options->smt, strerror(errno));
    if (!smt_write(output.stream, &trial->settlement.subject[0], &trial->settlement.subject[1])) {
        output_abandon(&output);
        return options_fail(options, "%s: the question cannot be written", options->smt);
    }
    if (output_commit(&output) != 0)
        return options_fail(options, "%s: %s", options->smt, strerror(errno));
    return -1;
}

static int answer(const struct options *options, const struct input inputs[SIDES])
{
    struct trial trial = {0};
    int status = try_all(options, inputs, &trial);
    if (trial.verdict == NULL)
        return status;
    status = write_smt(options, &trial);
    if (status < 0) {
        if (options->json)
            print_json(&trial, inputs);
        else
            print_text(options, &trial, inputs);
        status = status_of(trial.verdict);
        if (fflush(stdout) != 0 || ferror(stdout))
            status = options_fail(options, "cannot write the answer");
    }
    verdict_free(trial.verdict);
    return status;
}

int audit_prove(const struct options *options)
{
    struct input inputs[SIDES];
    if (options->operand_count != SIDES)
        return options_fail(options, "give a policy, and the program that is held against it");
    int status = input_open(options, options->operands[0], &inputs[FILE_SIDE]);
    if (status >= 0)
        return status;
    status = input_open(options, options->operands[1], &inputs[PROGRAM]);
    if (status < 0) {
        status = answer(options, inputs);
        input_close(&inputs[PROGRAM]);
    }
    input_close(&inputs[FILE_SIDE]);
    return status;
}

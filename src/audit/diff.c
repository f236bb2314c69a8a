// SPDX-License-Identifier: ISC
//
// diff.c: `seccomp-audit diff A B`: what B newly allows, what it newly denies, and what else
// changes. Both are any form of input.h.
//
// Allowed is what the kernel carries out by itself: "allow" and "log". What changes among refusals
// (another errno, a kill instead of an error) or between "allow" and "log" is neither newly allowed
// nor newly denied and is listed as changed.
//
// The list is complete and its entries are disjoint. For people at most 12 entries are shown of one
// call, with the number of those that are left out; --verbose and --json show all. Each entry has
// an example, which the plain interpreters have run on both sides.
//
// With --json an object:
//   verdict   "EQUAL", "DIFFERENT", "UNDECIDED"
//   a, b      the operands
//   params_are, params   as for prove; params_are is "any" when the parameters make no difference
//   reason    of UNDECIDED, else null
//   changes   array of objects:
//     change          "allowed", "denied", "other"
//     arch            the name, or null when it has none or there are several
//     archs, numbers  [first, last]
//     calls           the names of these numbers
//     before, after   in the words of a policy; before_action, after_action the SECCOMP_RET_*
//     values ip, args        spans as in words.h: one, and an array of six when            the same
//     in words, or null: whatever the arguments example         a call: as in counterexample.h
//
// Exit: 0 equal, 1 different, 2 bad input, 3 undecided.
#include "diff.h"

#include <linux/seccomp.h>
#include <stdio.h>

static bool lets_through(uint32_t result)
{
    uint32_t action = result & SECCOMP_RET_ACTION_FULL;
    return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

enum change diff_change(const struct cell *cell)
{
    if (lets_through(cell->before) == lets_through(cell->after))
        return CHANGE_OTHER;
    return lets_through(cell->after) ? CHANGE_ALLOWED : CHANGE_DENIED;
}

static int print(const struct options *options, const struct comparison *comparison)
{
    const struct input *inputs = comparison->inputs;
    const char *reason = comparison->reason;
    bool good = true;
    if (options->json)
        good = diff_print_json(comparison);
    else if (reason == NULL)
        good = diff_print_text(comparison, options->verbose);
    if (!good || fflush(stdout) != 0 || ferror(stdout))
        return options_fail(options, "cannot write the answer");
    if (reason != NULL) {
        options_fail(options, "%s and %s: %s", inputs[0].name, inputs[1].name, reason);
        return EXIT_UNDECIDED;
    }
    return comparison->cells.count == 0 ? EXIT_CLEAN : EXIT_FOUND;
}

static int compare(const struct options *options, const struct input inputs[2])
{
    uint32_t only_arch = options->load.arch;
    struct comparison comparison = {.inputs = inputs, .only_arch = only_arch};
    struct settlement *settlement = &comparison.settlement;
    int status = settle(options, inputs, only_arch, settlement);
    if (status >= 0)
        return status;
    comparison.reason =
        cells_take(&settlement->subject[0], &settlement->subject[1], only_arch, &comparison.cells);
    if (comparison.cells.params_open)
        status = options_fail(options,
                              "what differs depends on the parameters: give --param NAME=VALUE");
    else
        status = print(options, &comparison);
    cells_free(&comparison.cells);
    return status;
}

int audit_diff(const struct options *options)
{
    struct input inputs[2];
    if (options->operand_count != 2)
        return options_fail(options, "give two inputs");
    int status = input_open(options, options->operands[0], &inputs[0]);
    if (status >= 0)
        return status;
    status = input_open(options, options->operands[1], &inputs[1]);
    if (status < 0) {
        status = compare(options, inputs);
        input_close(&inputs[1]);
    }
    input_close(&inputs[0]);
    return status;
}

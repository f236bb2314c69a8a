// SPDX-License-Identifier: ISC
//
// attest_text.c: an attestation for people: one process in full, or a line of a table.
#include <inttypes.h>
#include <stdio.h>

#include "attest.h"
#include "counterexample.h"
#include "paint.h"

enum { MATCH_TEXT_BYTES = 512 };

// "session (trapping) with $listener = 7".
static const char *candidate_text(const struct match *match, char text[MATCH_TEXT_BYTES])
{
    const struct candidate *candidate = match->candidate;
    bool plain = candidate->variant[0] == '\0';
    int length = snprintf(text, MATCH_TEXT_BYTES, "%s%s%s%s", candidate->name, plain ? "" : " (",
                          candidate->variant, plain ? "" : ")");
    for (size_t i = 0; i < candidate->policy->param_count && length < MATCH_TEXT_BYTES; i++)
        length +=
            snprintf(text + length, MATCH_TEXT_BYTES - (size_t)length, "%s$%s = %" PRIu64,
                     i == 0 ? " with " : ", ", candidate->policy->params[i].name, match->values[i]);
    return text;
}

// "EQUAL to ...", and for all else a call that shows it.
static void print_match(const struct match *match, bool verbose)
{
    const struct party parties[] = {
        {match->sides[0].program_count == 1 ? "the filter" : "the filters", &match->sides[0]},
        {"the policy", &match->sides[1]},
    };
    char text[MATCH_TEXT_BYTES];
    int status = match->relation == RELATION_EQUAL       ? EXIT_CLEAN
                 : match->relation == RELATION_UNDECIDED ? EXIT_UNDECIDED
                                                         : EXIT_FOUND;
    paint(status, verdict_word(match->relation));
    if (match->relation == RELATION_UNDECIDED)
        printf(": %s\n", match->reason);
    else if (match->relation == RELATION_EQUAL)
        printf(" to %s\n", candidate_text(match, text));
    else
        printf(" %s the nearest, %s\n", match->relation == RELATION_INCOMPARABLE ? "to" : "than",
               candidate_text(match, text));
    for (size_t i = 0; match->verdict != NULL && i < match->verdict->witness_count; i++)
        counterexample_print(stdout, match->verdict, &match->verdict->witness[i], parties, verbose);
}

static void print_stack(const struct attestation *attestation, size_t index, bool verbose)
{
    const struct filter_stack *stack = &attestation->snapshot.stacks[index];
    const struct stack_match *match = &attestation->stacks[index];
    if (stack->count == 0)
        puts("  no filter");
    for (size_t i = 0; i < stack->count; i++) {
        printf("  filter %zu of %zu, %zu instructions: ", i + 1, stack->count,
               stack->programs[i].count);
        print_match(match->filters[i], verbose);
    }
    if (stack->count > 1) {
        fputs("  together: ", stdout);
        print_match(match->together, verbose);
    }
}

static void print_threads(const struct snapshot *snapshot, size_t index)
{
    static const char *const modes[] = {"none", "strict", "filter"};
    for (size_t i = 0; i < snapshot->thread_count; i++) {
        const struct thread_view *view = &snapshot->threads[i];
        if (view->stack != index)
            continue;
        printf("  thread %d: no_new_privs %s, seccomp %s%s\n", view->state.tid,
               view->state.no_new_privs ? "yes" : "no",
               view->state.mode < 3 ? modes[view->state.mode] : "unknown",
               view->again ? "; it was in a call that a stop would have killed, which began anew"
                           : "");
    }
}

static const char *remark(enum attest_verdict verdict)
{
    switch (verdict) {
    case ATTEST_EQUAL: return "its threads may do what the policy says, no more and no less";
    case ATTEST_STRICTER: return "it may do less than the policy says";
    case ATTEST_WEAKER: return "it may do more than the policy says";
    case ATTEST_INCOMPARABLE: return "it may do other things than the policy says";
    case ATTEST_UNDECIDED: return "it could not be decided";
    case ATTEST_UNCONFINED: return "it has no filter";
    case ATTEST_STRICT: return "only read, write, exit and sigreturn (seccomp(2), strict mode)";
    case ATTEST_NOT_YET: return "it has the filters of its parent, and none of its own yet";
    case ATTEST_THREADS: return "its threads are confined differently";
    case ATTEST_PARAMETER: return "the program is right, and a parameter or descriptor is not";
    case ATTEST_REFUSED:
    case ATTEST_GONE: break;
    }
    return "";
}

void attest_print_text(const struct attestation *attestation, bool verbose)
{
    const struct snapshot *snapshot = &attestation->snapshot;
    printf("process %d", attestation->pid);
    if (attestation->name[0] != '\0')
        printf(" (%s)", attestation->name);
    if (attestation->kin.parent != 0)
        printf(", child of %d (%s)", attestation->kin.parent, attestation->kin.parent_name);
    putchar('\n');
    for (size_t i = 0; attestation->stacks != NULL && i < snapshot->stack_count; i++) {
        print_threads(snapshot, i);
        print_stack(attestation, i, verbose);
    }
    for (size_t i = 0; i < attestation->facts.count; i++) {
        const struct fact *fact = &attestation->facts.list[i];
        printf("  %s: ", fact->what);
        paint(fact->wrong ? EXIT_FOUND : EXIT_CLEAN, fact->says);
        putchar('\n');
    }
    fputs("  ", stdout);
    paint(attest_status(attestation->verdict), attest_word(attestation->verdict));
    printf(": %s\n", remark(attestation->verdict));
}

static const char *facts_word(const struct attestation *attestation)
{
    if (attestation->facts.count == 0)
        return "-";
    for (size_t i = 0; i < attestation->facts.count; i++)
        if (attestation->facts.list[i].wrong)
            return "wrong";
    return "right";
}

void attest_print_row(const struct attestation *attestation)
{
    char text[MATCH_TEXT_BYTES];
    if (attestation == NULL) {
        printf("%8s %8s %7s  %-10s  %-40s  %s\n", "PID", "PARENT", "FILTERS", "PARAMETERS",
               "POLICY", "VERDICT");
        return;
    }
    const struct match *match = attest_match(attestation);
    const struct snapshot *snapshot = &attestation->snapshot;
    size_t filters = match == NULL ? 0 : snapshot->stacks[snapshot->threads[0].stack].count;
    printf("%8d %8d %7zu  %-10s  %-40s  ", attestation->pid, attestation->kin.parent, filters,
           facts_word(attestation),
           match == NULL || match->candidate == NULL ? "-" : candidate_text(match, text));
    paint(attest_status(attestation->verdict), attest_word(attestation->verdict));
    if (attestation->refusal.text[0] != '\0')
        printf(" (%s)", attestation->refusal.text);
    putchar('\n');
}

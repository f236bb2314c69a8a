// SPDX-License-Identifier: ISC
//
// attest.c: `seccomp-audit attest PID... | --all NAME`: which policy does a live process obey?
//
// Exit status: 0 when every process is EQUAL to a policy; 1 when one is not; 3 when one could not
// be looked at or decided, and none was found at fault. With --all, processes that end meanwhile do
// not count, but there must be one that did not.
//
// As JSON: an array of objects, one for each process, with
//   pid, name (null: not seen), parent (0: not seen), verdict (a word of the table below), and
//   reason
//     (why it was refused or is gone, or null);
//   threads: objects with tid, seccomp (0 none, 1 strict, 2 filters), no_new_privs, call_began_anew
//     (process_restart.h), and stack, an index into
//   stacks: the different stacks of filters among the threads: objects with filters, oldest first,
//     and together, what all of them come to (null: no filter). Both are objects with relation
//     ("EQUAL", "STRICTER", "WEAKER", "INCOMPARABLE", "UNDECIDED"), instruction_count (not of
//     together), policy (its name or file; that it equals or is nearest to; or null), variant
//     ("", "trapping", ...), reason (why undecided, or null), parameters (name: value), and
//     witnesses (counterexample.h; left are the filters, right is the policy);
//   facts: objects with what (a parameter or descriptor), says (what /proc says of it), and wrong.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attest.h"

static const struct {
    const char *word;
    int status;
} verdicts[] = {
    [ATTEST_EQUAL] = {"EQUAL", EXIT_CLEAN},
    [ATTEST_STRICTER] = {"STRICTER", EXIT_FOUND},
    [ATTEST_WEAKER] = {"WEAKER", EXIT_FOUND},
    [ATTEST_INCOMPARABLE] = {"INCOMPARABLE", EXIT_FOUND},
    [ATTEST_UNDECIDED] = {"UNDECIDED", EXIT_UNDECIDED},
    [ATTEST_UNCONFINED] = {"UNCONFINED", EXIT_FOUND},
    [ATTEST_STRICT] = {"STRICT-MODE", EXIT_FOUND},
    [ATTEST_NOT_YET] = {"NOT-YET-CONFINED", EXIT_FOUND},
    [ATTEST_THREADS] = {"THREADS-DIFFER", EXIT_FOUND},
    [ATTEST_PARAMETER] = {"WRONG-PARAMETER", EXIT_FOUND},
    [ATTEST_REFUSED] = {"REFUSED", EXIT_UNDECIDED},
    [ATTEST_GONE] = {"GONE", EXIT_UNDECIDED},
};

const char *attest_word(enum attest_verdict verdict)
{
    return verdicts[verdict].word;
}

int attest_status(enum attest_verdict verdict)
{
    return verdicts[verdict].status;
}

// A finding outweighs what could not be seen, and that outweighs what is clean.
static int worse(int a, int b)
{
    if (a == EXIT_FOUND || b == EXIT_FOUND)
        return EXIT_FOUND;
    return a > b ? a : b;
}

static void print(const struct options *options, const struct attestation *attestation, bool first)
{
    if (options->json)
        attest_print_json(attestation, first);
    else if (options->all != NULL)
        attest_print_row(attestation);
    else if (attestation->refusal.text[0] == '\0')
        attest_print_text(attestation, options->verbose);
}

static void show_progress(size_t done, size_t count)
{
    if (isatty(STDERR_FILENO) != 1 || isatty(STDOUT_FILENO) == 1)
        return;
    fprintf(stderr, "\rattest: %zu of %zu%s", done, count, done == count ? "\n" : "");
}

static int attest_each(struct attester *attester, const pid_t *pids, size_t count)
{
    const struct options *options = attester->options;
    int status = EXIT_CLEAN;
    size_t seen = 0;
    if (options->all != NULL && !options->json)
        attest_print_row(NULL);
    for (size_t i = 0; i < count; i++) {
        struct attestation attestation;
        attest_process(attester, pids[i], &attestation);
        print(options, &attestation, i == 0);
        if (options->all == NULL || attestation.verdict != ATTEST_GONE) {
            status = worse(status, attest_status(attestation.verdict));
            seen++;
        }
        if (attestation.refusal.text[0] != '\0' && (options->all == NULL || options->json))
            options_fail(options, "%s", attestation.refusal.text);
        attestation_free(&attestation);
        show_progress(i + 1, count);
    }
    if (options->json)
        puts("\n]");
    return seen == 0 ? EXIT_UNDECIDED : status;
}

// Keeps the processes of that name, and not this one.
static size_t keep_named(pid_t *pids, size_t count, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct process process;
        struct refusal refusal;
        if (pids[i] == getpid() || process_open(&process, pids[i], &refusal) != SIGHT_OK)
            continue;
        if (process_named(&process, name))
            pids[kept++] = pids[i];
        process_close(&process);
    }
    return kept;
}

static int attest_named(struct attester *attester)
{
    const struct options *options = attester->options;
    size_t count;
    pid_t *pids = process_all(&count);
    if (pids == NULL) {
        options_fail(options, "/proc: %s", strerror(errno));
        return EXIT_UNDECIDED;
    }
    count = keep_named(pids, count, options->all);
    int status = EXIT_UNDECIDED;
    if (count == 0)
        options_fail(options, "no process is called '%s'", options->all);
    else
        status = attest_each(attester, pids, count);
    free(pids);
    return status;
}

static int attest_operands(struct attester *attester)
{
    const struct options *options = attester->options;
    pid_t *pids = calloc(options->operand_count, sizeof(*pids));
    for (size_t i = 0; pids != NULL && i < options->operand_count; i++) {
        char *end;
        errno = 0;
        long number = strtol(options->operands[i], &end, 10);
        if (options->operands[i][0] < '0' || options->operands[i][0] > '9' || *end != '\0' ||
            errno != 0 || number < 1 || number > INT32_MAX) {
            free(pids);
            return options_fail(options, "'%s' is not a process id", options->operands[i]);
        }
        pids[i] = (pid_t)number;
    }
    if (pids == NULL)
        return options_fail(options, "out of memory");
    int status = attest_each(attester, pids, options->operand_count);
    free(pids);
    return status;
}

int audit_attest(const struct options *options)
{
    struct attester attester = {.options = options};
    int status = EXIT_INPUT;
    if ((options->operand_count == 0) == (options->all == NULL))
        return options_fail(options, "give one or more process ids, or --all NAME");
    if (candidates_load(options, &attester.candidates))
        attester.matcher = matcher_new(&attester.candidates, options->arch);
    if (attester.matcher != NULL)
        status = options->all != NULL ? attest_named(&attester) : attest_operands(&attester);
    matcher_free(attester.matcher);
    candidates_free(&attester.candidates);
    if (fflush(stdout) != 0 || ferror(stdout))
        return options_fail(options, "cannot write the answer");
    return status;
}

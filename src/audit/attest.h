// SPDX-License-Identifier: ISC
//
// attest.h: what `seccomp-audit attest` finds out about one process.
//
// attest_policies.c has the policies that filters are held against, attest_match.c finds the one
// that filters are equal or nearest to, attest_facts.c checks its parameters against /proc,
// attest_process.c puts it together, attest_text.c and attest_json.c say it, attest.c is the
// command.
#ifndef AUDIT_ATTEST_H
#define AUDIT_ATTEST_H

#include "command.h"
#include "process.h"
#include "process_snapshot.h"
#include "verdict.h"

// How a process stands to the parameters of echocell's policies.
struct role {
    const char *builtin;  // the policy's name
    bool parent;          // $listener is its parent; else it is the process itself
    bool socket;          // descriptor 0 is its connection
    bool only_until_born; // with $listener its parent: a child that has not installed its own yet
};

struct candidate {
    const char *name;    // "session", or the file
    const char *variant; // "", or what was changed: "trapping"
    struct policy *policy;
    uint32_t only_arch;      // as in struct subject
    const struct role *role; // NULL for a policy that is none of echocell's
};

struct candidates {
    struct candidate *list;
    size_t count;
    struct policy **owned;
    size_t owned_count;
};

// Loads --policy, or what is built in when there is none. False after a message.
bool candidates_load(const struct options *options, struct candidates *candidates);
void candidates_free(struct candidates *candidates);

// What filters are, as a whole.
struct match {
    enum relation relation;
    const struct candidate
        *candidate;               // that they equal, or that is nearest; NULL: none was decided
    const char *reason;           // when undecided: static text
    bool any_value;               // EQUAL for these values and for others
    uint64_t values[LOAD_PARAMS]; // of the candidate's parameters
    struct verdict *verdict;      // unless EQUAL: left the filters, right the candidate,
    struct subject sides[2];      // as these
};

// Remembers what it was asked: the processes of a service have the same few filters.
struct matcher;
struct matcher *matcher_new(const struct candidates *candidates, uint32_t arch);
void matcher_free(struct matcher *matcher);

// `filters` are one or more. `hints` are values that a parameter may have. The answer
// belongs to the matcher. NULL when memory is short.
struct hints {
    uint64_t values[2];
    size_t count;
};
const struct match *matcher_ask(struct matcher *matcher, const struct filter_stack *filters,
                                const struct hints *hints);

enum { FACT_BYTES = 160 };

// What /proc says about a parameter or a descriptor.
struct fact {
    char what[FACT_BYTES];
    char says[FACT_BYTES];
    bool wrong;
};

struct facts {
    struct fact list[LOAD_PARAMS + 1];
    size_t count;
};

struct kin {
    pid_t parent;      // 0: not to be seen
    uint64_t own;      // the numbers by which the process and its parent know themselves
    uint64_t parental; // 0: not to be seen
    char parent_name[PROCESS_NAME_BYTES];
    unsigned parent_filters;
};

void facts_collect(const struct process *process, const struct kin *kin, const struct match *match,
                   struct facts *facts);

enum attest_verdict {
    ATTEST_EQUAL, // what all threads may do is a policy, and its parameters are right
    ATTEST_STRICTER,
    ATTEST_WEAKER,
    ATTEST_INCOMPARABLE,
    ATTEST_UNDECIDED,
    ATTEST_UNCONFINED, // a thread without any filter
    ATTEST_STRICT,     // seccomp's first mode, which has no filters
    ATTEST_NOT_YET,    // a child that has only what it inherited
    ATTEST_THREADS,    // threads that differ
    ATTEST_PARAMETER,  // EQUAL, but a parameter or descriptor is not what it should be
    ATTEST_REFUSED,
    ATTEST_GONE,
};

struct stack_match {
    const struct match **filters; // one for each program of the stack
    const struct match *together; // NULL for an empty stack
};

struct attestation {
    pid_t pid;
    char name[PROCESS_NAME_BYTES]; // empty when the process could not be opened
    struct kin kin;
    struct snapshot snapshot;
    struct stack_match *stacks; // one for each of the snapshot's
    struct facts facts;         // when the first thread's stack is EQUAL to a policy
    enum attest_verdict verdict;
    struct refusal refusal; // when refused, gone or undecided
};

struct attester {
    const struct options *options;
    struct candidates candidates;
    struct matcher *matcher;
};

// Opens, looks, and judges. The caller ends it by attestation_free().
void attest_process(struct attester *attester, pid_t pid, struct attestation *attestation);
void attestation_free(struct attestation *attestation);

// One word for scripts: "EQUAL", "UNCONFINED", ... and the exit status that it stands for.
const char *attest_word(enum attest_verdict verdict);
int attest_status(enum attest_verdict verdict);

// The policy that decides what the process is, or NULL.
const struct match *attest_match(const struct attestation *attestation);

void attest_print_text(const struct attestation *attestation, bool verbose);
void attest_print_row(const struct attestation *attestation); // NULL: the header
void attest_print_json(const struct attestation *attestation, bool first);

#endif

// SPDX-License-Identifier: ISC
//
// verdict.h: are two subjects the same for every input, and if not, in which direction and where?
//
// Actions are compared as the kernel acts on them, most severe first: KILL_PROCESS, KILL_THREAD,
// TRAP, ERRNO, USER_NOTIF, TRACE, LOG, ALLOW (seccomp(2)). A value that is none of these kills the
// process (kernel/seccomp.c __seccomp_filter()) and counts as KILL_PROCESS.
#ifndef POLICY_VERDICT_H
#define POLICY_VERDICT_H

#include "verdict_subject.h"

enum relation {
    RELATION_UNDECIDED,
    RELATION_EQUAL,        // the same 32-bit result for every input and parameter value
    RELATION_STRICTER,     // where they differ, the left one's action is the more severe
    RELATION_WEAKER,       // where they differ, the left one's action is the less severe
    RELATION_INCOMPARABLE, // both of these occur, or the same action with other data (errno 1 and
                           // 2)
};

// How the two differ for one input.
enum difference {
    DIFFERENCE_NONE,
    DIFFERENCE_STRICTER, // the left action is more severe
    DIFFERENCE_WEAKER,   // the left action is less severe
    DIFFERENCE_DATA,     // actions of the same severity, other values
    DIFFERENCE_COUNT,
};
enum difference verdict_difference(uint32_t left, uint32_t right);

// One input for which they differ, and how each came to its result. Both results are those of the
// plain interpreters.
struct witness {
    enum difference difference;
    struct assignment input;
    struct judgement by[2]; // left, right
};

struct verdict {
    enum relation relation;
    struct witness witness[DIFFERENCE_COUNT - 1]; // one for each kind of difference that occurs
    size_t witness_count;
    const char *reason; // when undecided: why (static text), and where as in struct proof
    size_t culprit;
    size_t program;
    size_t insn;
    size_t param_count;                       // of witness[].input.params
    const char *param_name[INPUT_PARAMS_MAX]; // the policies'
    size_t node_count;                        // of the proof, for those who measure
};

// Witnesses are for the architecture `prefer_arch` (AUDIT_ARCH_*; 0: none) where there is one, then
// for one that a policy lists; and of these the smallest number, then the smallest arguments. A
// witness that the interpreters do not confirm ends the process: diagram_bug().
// The caller gives the verdict back by verdict_free(). NULL when there is no memory even for that.
struct verdict *verdict_prove(const struct subject *left, const struct subject *right,
                              uint32_t prefer_arch, size_t node_limit);
void verdict_free(struct verdict *verdict);

// The word for a relation: "EQUAL", "STRICTER", ...
const char *verdict_word(enum relation relation);

// An input from `set`, chosen as verdict_prove chooses. `set` is not FALSE and not undecided.
struct assignment verdict_choose(struct proof *proof, diagram set, uint32_t prefer_arch);

#endif

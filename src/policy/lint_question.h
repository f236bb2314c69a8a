// SPDX-License-Identifier: ISC
//
// lint_question.h: is there a call that a policy lets through and for which …?
//
// A set is a diagram of inputs. All answers are exact; a set that has become too large is
// DIAGRAM_UNDECIDED, and so is everything made from it.
#ifndef POLICY_LINT_QUESTION_H
#define POLICY_LINT_QUESTION_H

#include "arena.h"
#include "policy.h"
#include "verdict.h"

struct question {
    const struct policy *policy;
    struct subject subject;
    struct proof *proof;
    diagram permitted; // allowed or logged, for some values of the parameters in their ranges
};

// False when the policy is too large, or memory is short. To be ended in any case.
bool question_begin(struct question *question, const struct policy *policy);
void question_end(struct question *question);

// Is this a value with which the kernel makes the call (ALLOW, LOG)?
bool question_permits(uint32_t result);

// The rule for a call on the policy's architecture number `arch`, or NULL.
const struct rule *question_rule(const struct question *question, size_t arch, const char *call);

// All inputs that are this call on that architecture; with the parameters in their ranges.
diagram question_call(const struct question *question, size_t arch, uint32_t number);

// Those of them that are let through.
diagram question_permitted(const struct question *question, size_t arch, uint32_t number);

// The inputs of `set` that are not in `other`.
diagram question_without(const struct question *question, diagram set, diagram other);

// Bits `low` to `low + width - 1` of an argument have that value.
diagram question_argument(const struct question *question, unsigned arg, unsigned low,
                          unsigned width, uint64_t value);

// The inputs that are in `set` for some value of these bits of the argument.
diagram question_some(const struct question *question, diagram set, unsigned arg, unsigned low,
                      unsigned width);

// The argument is NULL, as the architecture number `arch` passes it.
diagram question_null(const struct question *question, size_t arch, unsigned arg);

// Has the argument, an int, more values in `set` than anybody lists, for one choice of the
// parameters?
bool question_free(const struct question *question, diagram set, unsigned arg);

enum reach { REACH_NEVER, REACH_SOMETIMES, REACH_ALWAYS, REACH_UNDECIDED };

// How much of a call is let through. NEVER for one that the architecture does not have.
enum reach question_reach(const struct question *question, size_t arch, const char *call);

// A call from `set`, which is neither FALSE nor undecided. It is one of the permitted ones: that is
// asked of the tree, too.
struct assignment question_witness(const struct question *question, size_t arch, diagram set);

// "kill(0, 9) on x86 with $pid = 1": the call in words. Trailing zero arguments are left out past
// those that the call is known to have.
const char *question_show(const struct question *question, struct arena *arena,
                          const struct assignment *input);

#endif

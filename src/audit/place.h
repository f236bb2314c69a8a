// SPDX-License-Identifier: ISC
//
// place.h: the line of a policy that decides about a call, for people.
#ifndef AUDIT_PLACE_H
#define AUDIT_PLACE_H

#include <linux/seccomp.h>
#include <stdio.h>

#include "verdict_subject.h"

// What decided: a clause, a rule's otherwise, @default or @badarch. `subject` has a policy, and
// `by` is its judgement. Line 0 when the caller's --default did.
struct position place_decided(const struct subject *subject, const struct seccomp_data *data,
                              const struct judgement *by);

// The decision for people: the line that decided, and where @default did because no condition of
// the call's rule holds, that rule's line under it. Each line starts with `indent` blanks.
void place_print_decision(FILE *stream, int indent, const struct subject *subject,
                          const struct seccomp_data *data, const struct judgement *by);

// The same as members of a JSON object: "file": ..., "line": N, "column": N, "text": "the line",
// and "rule_line": N of the call's rule, 0 when it has none.
void place_print_decision_json(FILE *stream, const struct subject *subject,
                               const struct seccomp_data *data, const struct judgement *by);

// "FILE:LINE:COL", or "FILE: by --default" for line 0.
void place_print(FILE *stream, const struct policy *policy, struct position at);

// The same with the line's text behind it, as one line of printable characters.
void place_print_line(FILE *stream, const struct policy *policy, struct position at);

// As members of a JSON object: "file": ..., "line": N, "column": N, "text": "the line".
void place_print_json(FILE *stream, const struct policy *policy, struct position at);

#endif

// SPDX-License-Identifier: ISC
//
// counterexample.h: a witness of a proof for people and for programs: the call, and how each side
// came to its result.
#ifndef AUDIT_COUNTEREXAMPLE_H
#define AUDIT_COUNTEREXAMPLE_H

#include <stdio.h>

#include "verdict.h"

// One side: what it is called, and the subject that it was in the proof.
struct party {
    const char *name;
    const struct subject *subject;
};

// `parties` in the order of the proof. `verbose`: all instructions that ran, not only the last
// ones. Parameters that the witness has a value for are shown.
void counterexample_print(FILE *stream, const struct verdict *verdict,
                          const struct witness *witness, const struct party parties[2],
                          bool verbose);

// An object: difference ("stricter", "weaker", "data": the left side's), the call as below, params
// (an object: those that the witness has a value for), and left and right: each verdict, action
// (the SECCOMP_RET_* value) and for a policy file, line, column, text and rule_line (place.h), for
// programs filter (from 1, oldest first; 0 when there is none) and instructions.
void counterexample_print_json(FILE *stream, const struct verdict *verdict,
                               const struct witness *witness, const struct party parties[2]);

// The call alone: "x86_64 socket(AF_UNIX, SOCK_STREAM, 0, 0, 0, 0)".
void counterexample_print_call(FILE *stream, const struct seccomp_data *data);

// The members of a call's object: arch, arch_token (AUDIT_ARCH_*), call (null when the number has
// no name), number, args (six numbers), args_text (six strings), instruction_pointer.
void counterexample_print_call_json(FILE *stream, const struct seccomp_data *data);

#endif

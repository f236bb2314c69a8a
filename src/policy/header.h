// SPDX-License-Identifier: ISC
//
// header.h: compiled policies as C, for a program that installs them without a parser or compiler.
//
// The types that the text uses (struct filter_program and its parts) are the including program's.
#ifndef POLICY_HEADER_H
#define POLICY_HEADER_H

#include <stdio.h>

#include "compile.h"
#include "policy.h"

// Writes NAME_insns, NAME_holes, NAME_params, NAME_text and NAME_program. `policy` is what was
// compiled; its text and parameters go in as they are.
void header_write(FILE *stream, const char *name, const struct policy *policy,
                  const struct compiled *compiled);

// Writes NAME_trap_insns, NAME_trap_holes and NAME_trap_program, the trapping twin, which shares
// NAME_text and NAME_params; and NAME_calls, all calls of the architecture sorted by number.
void header_write_twin(FILE *stream, const char *name, const struct policy *policy,
                       const struct compiled *twin);

#endif

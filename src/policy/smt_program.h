// SPDX-License-Identifier: ISC
//
// smt_program.h: one program, as definitions in SMT-LIB.
#ifndef POLICY_SMT_PROGRAM_H
#define POLICY_SMT_PROGRAM_H

#include <stdio.h>

#include "machine.h"

// Defines NAME.result, 32 bits wide, over nr, arch, ip, arg0 to arg5 and the parameters' names. The
// program is accepted.
void smt_program(FILE *out, const char *name, const struct program *program,
                 const struct hole *holes, size_t hole_count, const struct inputs *inputs);

#endif

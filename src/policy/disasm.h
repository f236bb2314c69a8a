// SPDX-License-Identifier: ISC
//
// disasm.h: programs for people.
//
//      0  ld   [arch]
//      1  jeq  #0xc000003e, 2, 17       x86_64
//      2  ld   [nr]
//      3  jeq  #0x3e, 4, 16             kill
//      4  ld   [args[0].hi]
//      5  jeq  #$parent.hi, 6, 16
//     16  ret  #0x00050001              return EPERM
//
// Jumps name the instruction that runs next when they are taken, then the one when they are not.
#ifndef POLICY_DISASM_H
#define POLICY_DISASM_H

#include <stdio.h>

#include "machine.h"

enum { DISASM_TEXT_BYTES = 256 };

// One instruction, without its index and without a newline. A hole shows as the parameter's name,
// `param_names[hole.param]`. An instruction that seccomp does not allow shows as its numbers.
// Returns `text`.
const char *disasm_insn(const struct program *program, size_t insn, const struct hole *holes,
                        size_t hole_count, const char *const *param_names,
                        char text[DISASM_TEXT_BYTES]);

// All of them, a line each. False when writing failed.
bool disasm_write(FILE *out, const struct program *program, const struct hole *holes,
                  size_t hole_count, const char *const *param_names);

#endif

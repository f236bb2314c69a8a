// SPDX-License-Identifier: ISC
//
// disasm_context.h: what the accumulator holds at an instruction, as far as a reader wants to know.
#ifndef POLICY_DISASM_CONTEXT_H
#define POLICY_DISASM_CONTEXT_H

#include "program.h"

// The architecture (AUDIT_ARCH_*) whose call number A holds whenever this instruction is reached; 0
// when it holds something else, or the architecture has not been found out by then.
uint32_t disasm_number_arch(const struct program *program, size_t insn);

#endif

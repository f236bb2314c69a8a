// SPDX-License-Identifier: ISC
//
// machine_alu.h: the arithmetic and the tests of classic BPF over words of diagrams.
#ifndef POLICY_MACHINE_ALU_H
#define POLICY_MACHINE_ALU_H

#include "diagram_bits.h"

// `a` and `b` are 32 bits wide. False: there is no exact word for this (a product, quotient or
// shift that is not by a constant); `reason` (static) then says so. A division by the constant 0 is
// not asked here: it ends the program.
bool machine_alu(struct diagram_space *space, uint16_t operation, const struct bits *a,
                 const struct bits *b, struct bits *word, const char **reason);

// For which inputs the conditional jump with this BPF_OP is taken.
diagram machine_test(struct diagram_space *space, uint16_t operation, const struct bits *a,
                     const struct bits *b);

#endif

// SPDX-License-Identifier: ISC
//
// machine.h: exact symbolic execution of a program: all its runs at once, as one diagram.
#ifndef POLICY_MACHINE_H
#define POLICY_MACHINE_H

#include "diagram_inputs.h"
#include "program.h"

// The constant `k` of one instruction is not the number that stands there but half of a parameter:
// bits 0 to 31 of inputs->params[param], or with `high` bits 32 to 63. An instruction has at most
// one hole, and its `k` is a value: not an offset, a cell, a shift or the length of a jump.
struct hole {
    size_t insn;
    size_t param;
    bool high;
};

// `function` maps every input to what the program returns for it. When it is DIAGRAM_UNDECIDED,
// `reason` (static) says why and `insn` where.
struct machine_result {
    diagram function;
    size_t insn;
    const char *reason;
};

// Multiplication and division by what is not a constant power of two, and shifts by what is not
// constant, are left undecided; so is what does not fit into the space. `reached`, when not NULL,
// has room for each instruction and is told which of them run for at least one input.
struct machine_result machine_run(struct diagram_space *space, const struct inputs *inputs,
                                  const struct program *program, const struct hole *holes,
                                  size_t hole_count, bool *reached);

// May the `k` of this instruction be a hole?
bool machine_hole_fits(const struct sock_filter *insn);

#endif

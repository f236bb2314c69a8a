// SPDX-License-Identifier: ISC
//
// semantics.h: what a policy means, as one function of the input, taken from the syntax tree alone.
//
// This is the meaning to which every compiled program is held, so it shares nothing with what
// compiles them.
//   An architecture that the policy does not list gets `bad_arch_action`.
//   On x86-64 a number of 0x40000000 or more (unsigned) is an x32 number, or none at all, and gets
//   `bad_arch_action` too; but 0xffffffff is what a tracer writes to have a call skipped
//   (seccomp(2)) and is treated as any number that is not named. A number that is not named for the
//   architecture gets `default_action`. All 32 bits of it count. Else the first clause that holds
//   decides, and `otherwise` when none does.
#ifndef POLICY_SEMANTICS_H
#define POLICY_SEMANTICS_H

#include "diagram_inputs.h"
#include "policy.h"

// How a policy stands among the inputs: its parameter i is inputs->params[param[i]], and when
// `only_arch` is not 0 all architectures but that one are as if they were not listed.
struct semantics {
    const struct policy *policy;
    const struct inputs *inputs;
    size_t param[INPUT_PARAMS_MAX];
    uint32_t only_arch;
};

// Adds the parameters of a policy to those of the inputs and notes their places in `param` (room
// for each). Parameters with the same name are the same parameter, and take the values that all
// policies allow for it. Called for each policy before inputs_arrange(). False: there are too many,
// or two of the same name have no value in common.
bool semantics_add_params(struct inputs *inputs, const struct policy *policy, size_t *param);

// Notes which arguments a condition compares with which parameters; semantics_add_params has done
// so for those in the policy's rules.
void semantics_note_compares(struct inputs *inputs, const struct expression *expression,
                             const size_t *param);

// The policy's function; DIAGRAM_UNDECIDED when it does not fit into the space.
diagram semantics_policy(struct diagram_space *space, const struct semantics *semantics);

// The inputs for which a condition holds, on an architecture of 64 bits (`wide`) or of 32.
diagram semantics_expression(struct diagram_space *space, const struct semantics *semantics,
                             const struct expression *expression, bool wide);

// Has an architecture (AUDIT_ARCH_*) registers of 64 bits?
bool semantics_wide(uint32_t arch);

// The assignments in which every parameter has one of its values.
diagram semantics_ranges(struct diagram_space *space, const struct inputs *inputs);

#endif

// SPDX-License-Identifier: ISC
//
// verdict_subject.h: what can be proven against what: a policy, a program, or a stack of programs.
#ifndef POLICY_VERDICT_SUBJECT_H
#define POLICY_VERDICT_SUBJECT_H

#include "machine.h"
#include "semantics.h"

// Either `policy` is set or `programs` is. What it points to belongs to the caller and is only
// read.
struct subject {
    const struct policy *policy;
    uint32_t only_arch; // with a policy: judge by this one of its architectures alone; 0: by all

    const struct program *programs; // in the order in which they were installed, oldest first
    size_t program_count;
    const struct hole *holes; // of programs[0]; `param` counts the parameters of the policy that
    size_t hole_count;        // stands beside it in the proof
};

// Two subjects, or one, as functions in one space. `right` may be NULL.
struct proof {
    struct diagram_space *space; // NULL: no memory
    struct inputs inputs;
    const struct subject *subject[2];
    struct semantics semantics[2]; // where the subject is a policy
    diagram function[2];
    diagram ranges;     // all parameters have one of their values
    const char *reason; // NULL: all is well; else why a function is undecided (static text),
    size_t culprit;     // for which subject,
    size_t program;     // in which program of it,
    size_t insn;        // and at which instruction
};

// Allocated and to be ended by proof_end; NULL when there is no memory. `param_values`, when not
// NULL, has a value for each parameter of the subjects' policies (in the order of the first policy
// that has it, then the second's others), and the proof is for these values only.
struct proof *proof_begin(const struct subject *left, const struct subject *right,
                          const uint64_t *param_values, size_t node_limit);
void proof_end(struct proof *proof);

// How one subject judges one concrete input.
struct judgement {
    uint32_t result;
    const struct rule *rule;     // of a policy: what decided; NULL for a default
    const struct clause *clause; // NULL for the rule's `otherwise`
    size_t program;              // of a stack: the program that decided,
    uint16_t *path;              // and the instructions that ran; malloced
    size_t steps;
};

// By plain interpretation: the tree's for a policy, program_execute() for programs. False when
// there is no memory. The caller frees judgement->path.
bool proof_judge(const struct proof *proof, size_t side, const struct assignment *assignment,
                 struct judgement *judgement);

// The result of filters that ran newest first: `older` counts only when its action is strictly more
// severe than that of all newer ones (kernel/seccomp.c seccomp_run_filters()), so that of equals
// the newest keeps its data.
uint32_t verdict_stacked(uint32_t newer, uint32_t older);

#endif

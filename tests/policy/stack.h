// SPDX-License-Identifier: ISC
//
// stack.h: the programs under test, in the order in which they are installed, and what a plain
// interpreter says that they do together.
#ifndef TESTS_POLICY_STACK_H
#define TESTS_POLICY_STACK_H

#include "policy/program.h"

#define STACK_PROGRAMS_MAX 2 // a session has the listener's and its own

struct stack {
    struct program programs[STACK_PROGRAMS_MAX];
    size_t count;
};

// Reads a raw program (an array of struct sock_filter) and puts it on top, or ends the run: it
// cannot be read, or the kernel would not take it. The instructions live as long as the run.
void stack_load(struct stack *stack, const char *path);

// The SECCOMP_RET_* value, with its data, that the kernel acts on.
uint32_t stack_verdict(const struct stack *stack, const struct seccomp_data *call);

#endif

// SPDX-License-Identifier: ISC
//
// explain.h: what a policy or a program says, call by call, before it is written down.
//
// explain_policy.c reads it off the tree, explain_program.c off the diagram, explain_text.c and
// explain_json.c say it, explain.c is the command.
#ifndef AUDIT_EXPLAIN_H
#define AUDIT_EXPLAIN_H

#include "cells.h"
#include "input.h"
#include "syscalls.h"

// The first branch of a call whose condition holds decides.
struct branch {
    const char *when; // in words; NULL: always, or else
    uint32_t action;
    struct position at; // of a policy
};

// A call, or a range of numbers.
struct account {
    const char *name;
    uint32_t first, last; // numbers
    struct branch *branches;
    size_t count; // the last branch has no condition
};

struct explanation {
    const struct input *input;
    struct arena *arena;
    uint32_t arch;
    struct account *accounts; // in order of numbers; those that only get the default are left out
    size_t account_count;
    struct branch other_call;  // any other number
    struct branch *other_arch; // results of foreign architectures: one, or several
    size_t other_arch_count;
    bool arch_blind;    // all architectures are judged by the same numbers
    struct branch *x32; // of x32 numbers: none where there is no such thing, one, or several
    size_t x32_count;
};

void explain_policy(struct explanation *explanation);

// NULL, or why it cannot be decided (static).
const char *explain_program(struct explanation *explanation);

// `only`: a call, and nothing else; NULL: all.
void explain_print_text(const struct explanation *explanation, const struct syscall_entry *only,
                        bool verbose);
void explain_print_json(const struct explanation *explanation, const struct syscall_entry *only);

// What is said of a number: its account, or NULL for one that gets other_call.
const struct account *explain_account(const struct explanation *explanation, uint32_t number);

#endif

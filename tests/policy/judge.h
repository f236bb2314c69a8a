// SPDX-License-Identifier: ISC
//
// judge.h: three ways to hold programs against a verdict table. Each reports one point for each row
// and for each part of "everything else".
#ifndef TESTS_POLICY_JUDGE_H
#define TESTS_POLICY_JUDGE_H

#include "stack.h"
#include "table.h"

// By the interpreter: every call gives exactly the result of its row.
void judge_interpreted(const struct table *table, const struct stack *stack);

// By the running kernel: as above, and the kernel did what the interpreter says. The table must be
// of this machine's architecture; only inside cage_run().
void judge_live(const struct table *table, const struct stack *stack);

// Two programs, `other` being `one` with one more call: both give the same result for every call of
// the table, except that `other` allows something that `one` kills where the call is `added`.
void judge_same(const struct table *table, const struct stack *one, const struct stack *other,
                int added);

#endif

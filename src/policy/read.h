// SPDX-License-Identifier: ISC
//
// read.h: pieces of the policy language that stand on a command line.
#ifndef POLICY_READ_H
#define POLICY_READ_H

#include <stdbool.h>
#include <stdint.h>

// An action as it stands in a policy. `denial`: only what @default takes. False when it is none.
bool policy_read_action(const char *text, bool denial, uint32_t *action);

// A value as it stands beside a 64-bit argument: numbers and constants, "|", "~", parentheses.
// Constants must hold on `arch`. False, with one sentence in *why, when it is none; the caller
// frees *why.
bool policy_read_value(const char *text, uint32_t arch, uint64_t *value, char **why);

#endif

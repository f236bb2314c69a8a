// SPDX-License-Identifier: ISC
//
// action.h: the actions of a policy and their words. Actions are SECCOMP_RET_* values with their
// data (linux/seccomp.h).
#ifndef POLICY_ACTION_H
#define POLICY_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACTION_ERRNO_MAX 4095 // MAX_ERRNO, include/linux/err.h

// The action that a single word means ("return ERRNO" is two). False when it is none.
bool action_named(const char *word, uint32_t *action);

// The words, one by one; NULL past the last one.
const char *action_word(size_t index);

// Does it refuse the call for sure: kill, trap or an errno?
bool action_denies(uint32_t action);

// Is it one of the kills?
bool action_kills(uint32_t action);

enum { ACTION_TEXT_BYTES = 32 };

// The action as it stands in a policy: "allow", "return EPERM", "return 200". An action that no
// policy can hold comes out as its number.
const char *action_text(uint32_t action, char text[ACTION_TEXT_BYTES]);

#endif

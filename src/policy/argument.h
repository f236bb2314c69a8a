// SPDX-License-Identifier: ISC
//
// argument.h: the value of an argument by the names of its constants: SIGUSR1, MSG_DONTWAIT |
// MSG_NOSIGNAL.
#ifndef POLICY_ARGUMENT_H
#define POLICY_ARGUMENT_H

#include <stdbool.h>
#include <stdint.h>

enum { ARGUMENT_TEXT_BYTES = 320 };

// `call` may be NULL, for a number without a name. The value by names where the argument is known
// to hold such constants, else as a number: decimal up to 9 or where it names a process, else
// hexadecimal. A part of a flag
// word that has no name follows as a number. Returns `text`.
const char *argument_text(uint32_t arch, const char *call, unsigned arg, uint64_t value,
                          char text[ARGUMENT_TEXT_BYTES]);

// The same for a mask, where a single bit counts as a flag.
const char *argument_mask_text(uint32_t arch, const char *call, unsigned arg, uint64_t mask,
                               char text[ARGUMENT_TEXT_BYTES]);

// Does it hold a word of flags, whose order as a number means nothing?
bool argument_is_flags(const char *call, unsigned arg);

#endif

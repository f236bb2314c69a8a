// SPDX-License-Identifier: ISC
//
// text.h: text put together in a buffer of fixed size. Pure, and no stdio: it is used where the
// listener's filter is on.
#ifndef ECHOCELL_TEXT_H
#define ECHOCELL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Starts as {.bytes = ..., .room = ...}. Not terminated: `used` bytes are the text.
struct text {
    char *bytes;
    size_t room;
    size_t used;
    bool cut; // something found no room and was left out; what follows may still have been added
};

void text_add(struct text *text, const char *string);
void text_count(struct text *text, uint64_t number);

// Milliseconds as seconds with three digits behind the point: 1.500.
void text_seconds(struct text *text, uint64_t milliseconds);

#endif

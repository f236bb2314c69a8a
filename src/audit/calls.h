// SPDX-License-Identifier: ISC
//
// calls.h: sets of call numbers and architectures in words.
#ifndef AUDIT_CALLS_H
#define AUDIT_CALLS_H

#include <stdio.h>

#include "verdict_regions.h"

// The architecture when the span is just one, else 0.
uint32_t calls_arch(const struct span *span);

// "x86_64", "architecture 0x12345678", "every architecture", "architectures 0x0 to 0x3".
void calls_print_arch(FILE *stream, const struct span *span);

// The name when the span is one number that has a name on the architecture, else NULL.
const char *calls_name(uint32_t arch, const struct span *span);

// "socket", "number 777", "read, write, open", "numbers 5 to 900 (380 calls: fstat ... statmount)",
// "x32 numbers", "every number".
void calls_print(FILE *stream, uint32_t arch, const struct span *span);

// The names in the span, as members of an array.
void calls_print_json(FILE *stream, uint32_t arch, const struct span *span);

// Names in lines of a page's width. `count` is how many have been given.
struct name_list {
    FILE *stream;
    int indent;
    size_t count;
    size_t column;
};
void name_list_add(struct name_list *list, const char *name);
void name_list_end(struct name_list *list);

#endif

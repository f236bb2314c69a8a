// SPDX-License-Identifier: ISC
#include "text.h"

#include <string.h>

#define DIGITS_MAX 20 // of UINT64_MAX

static void add(struct text *text, const char *bytes, size_t length)
{
    if (length > text->room - text->used) {
        text->cut = true;
        return;
    }
    memcpy(text->bytes + text->used, bytes, length);
    text->used += length;
}

void text_add(struct text *text, const char *string)
{
    add(text, string, strlen(string));
}

// With leading zeros up to `width` digits.
static void add_number(struct text *text, uint64_t number, size_t width)
{
    char digits[DIGITS_MAX];
    size_t first = sizeof(digits);
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 || sizeof(digits) - first < width);
    add(text, digits + first, sizeof(digits) - first);
}

void text_count(struct text *text, uint64_t number)
{
    add_number(text, number, 1);
}

void text_seconds(struct text *text, uint64_t milliseconds)
{
    add_number(text, milliseconds / 1000, 1);
    add(text, ".", 1);
    add_number(text, milliseconds % 1000, 3);
}

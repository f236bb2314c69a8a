// SPDX-License-Identifier: ISC
//
// oci_text.h: the words of a JSON text: where the reader stands, strings, numbers.
#ifndef POLICY_OCI_TEXT_H
#define POLICY_OCI_TEXT_H

#include "diagnose.h"
#include "source.h"

struct oci_text {
    struct arena *arena;
    struct diagnostics *diagnostics;
    const char *path;
    const char *next; // not read yet
    const char *end;
    const char *line_start;
    uint32_t line;
};

void oci_text_start(struct oci_text *text, struct arena *arena, struct diagnostics *diagnostics,
                    const struct source *source);

// Line and column of the next byte.
struct position oci_text_place(const struct oci_text *text);

void oci_text_skip_space(struct oci_text *text);

// Is this the next byte? `take` also goes past it.
bool oci_text_at(const struct oci_text *text, char byte);
bool oci_text_take(struct oci_text *text, char byte);
bool oci_text_take_word(struct oci_text *text, const char *word);

// An error at the next byte. Returns false.
bool oci_text_fail(struct oci_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// The string that begins with the next byte, its escapes resolved, in the arena; `*width` is what
// it takes in the text. NULL after an error.
const char *oci_text_string(struct oci_text *text, uint32_t *width);

// The number that begins there, as it is written.
const char *oci_text_number(struct oci_text *text, uint32_t *width);

#endif

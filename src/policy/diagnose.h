// SPDX-License-Identifier: ISC
//
// diagnose.h: what is wrong with a policy, where, and what to do about it.
//
// Findings are collected, so that one run shows all of them, and printed as
//     FILE:LINE:COL: error: what is wrong
//         the line
//         ^~~~
//         hint: what to write instead
// A finding keeps copies of all it needs: it outlives the policy and the files.
#ifndef POLICY_DIAGNOSE_H
#define POLICY_DIAGNOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "policy.h"

struct arena;
struct source;

enum severity {
    SEVERITY_ERROR,   // the policy has no meaning
    SEVERITY_WARNING, // it has, but look at it
    SEVERITY_NOTE,    // belongs to the finding before it: another place
};

struct diagnostic {
    enum severity severity;
    struct position at; // line 0: the file as a whole
    uint32_t width;     // bytes to underline, at least 1
    const char *message;
    const char *hint; // NULL when there is none
    size_t source;    // number of the file among those that are known, for sorting
    const char *line; // the line at `at`; its bytes are the file's, print them with care
    size_t line_length;
};

struct diagnostics {
    struct arena *arena;
    struct diagnostic *list;
    size_t count;
    size_t errors;  // how many of them are errors
    size_t guesses; // how many nearest names may still be looked for: it is slow
    struct known_source *sources;
    size_t source_count;
};

void diagnostics_create(struct diagnostics *diagnostics);
void diagnostics_destroy(struct diagnostics *diagnostics);

// Makes the lines of a source known, for positions whose `file` is source->path.
void diagnostics_know(struct diagnostics *diagnostics, const struct source *source);

// Adds a finding. `at` may point anywhere; `width` bytes are underlined.
void diagnose(struct diagnostics *diagnostics, enum severity severity, struct position at,
              size_t width, const char *format, ...) __attribute__((format(printf, 5, 6)));

// Gives the last finding its hint.
void diagnose_hint(struct diagnostics *diagnostics, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Puts the findings from number `from` on in the order in which their places are read: by file, as
// files became known, then by line. Notes stay with the finding that they belong to.
void diagnostics_sort(struct diagnostics *diagnostics, size_t from);

// All findings, as they stand.
void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream);

#endif

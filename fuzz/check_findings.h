// SPDX-License-Identifier: ISC
//
// check_findings.h: findings say something, stand at places that exist, show the line that is
// there, and are printed, without a byte that a terminal would act on.
#ifndef FUZZ_CHECK_FINDINGS_H
#define FUZZ_CHECK_FINDINGS_H

#include <stddef.h>
#include <stdio.h>

#include "policy/diagnose.h"

// `name` is what the text is called; places in other files are not looked at.
void check_findings(const struct diagnostics *diagnostics, const char *name, const char *text,
                    size_t length);

// The same findings, as they are printed.
void check_findings_printed(const struct diagnostics *diagnostics);

// Read as a source, the text has the lines that it has, and none before the first or behind the
// last.
void check_source(const char *name, const char *text, size_t length);

// A stream into one of two texts, which begins empty, and what was written so far.
FILE *check_print_to(unsigned index);
const char *check_printed(unsigned index);

#endif

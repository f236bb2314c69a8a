// SPDX-License-Identifier: ISC
//
// check_record.h: one thing that `check` has to say, whatever it came from.
#ifndef AUDIT_CHECK_RECORD_H
#define AUDIT_CHECK_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "diagnose.h"
#include "lint.h"

// The id of what the language itself refuses; its place among the rules is LINT_RULES.
#define CHECK_LANGUAGE "language"

struct check_record {
    const char *rule;   // id
    size_t rule_number; // an enum lint_id, or LINT_RULES
    enum severity severity;
    struct position at; // line 0: the file as a whole
    uint32_t width;     // bytes from there on that are meant
    const char *message;
    const char *hint;   // or NULL
    const char *waiver; // the reason, or NULL
};

// "error", "warning" or "note".
const char *check_severity(enum severity severity);

#endif

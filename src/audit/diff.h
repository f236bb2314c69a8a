// SPDX-License-Identifier: ISC
//
// diff.h: a finished comparison. diff.c makes it, diff_text.c and diff_json.c say it.
#ifndef AUDIT_DIFF_H
#define AUDIT_DIFF_H

#include "cells.h"
#include "settle.h"

enum { CHANGES = 3 }; // of enum change

struct comparison {
    const struct input *inputs; // A and B
    uint32_t only_arch;         // 0: all
    struct settlement settlement;
    struct cells cells;
    const char *reason; // why there are no cells; NULL: there are
};

enum change diff_change(const struct cell *cell);

// What they print is the shape described in diff.c. False when memory is short.
bool diff_print_text(const struct comparison *comparison, bool verbose);
bool diff_print_json(const struct comparison *comparison);

#endif

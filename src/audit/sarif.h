// SPDX-License-Identifier: ISC
//
// sarif.h: findings as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), which
// code hosts and editors read.
//
// One run. All rules are in tool.driver.rules, whether they have results or not. A waived finding
// is a result with a suppression; any other has an empty list of them, which says that it is none.
#ifndef AUDIT_SARIF_H
#define AUDIT_SARIF_H

#include <stdbool.h>
#include <stdio.h>

#include "check_record.h"

struct sarif {
    FILE *stream;
    size_t results;
};

void sarif_begin(struct sarif *sarif, FILE *stream);
void sarif_result(struct sarif *sarif, const struct check_record *record);

// `complete`: every file was read and every question answered.
void sarif_end(struct sarif *sarif, bool complete);

#endif

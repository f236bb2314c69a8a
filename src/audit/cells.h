// SPDX-License-Identifier: ISC
//
// cells.h: a subject, or the difference of two, taken apart: which regions of calls get which
// result.
#ifndef AUDIT_CELLS_H
#define AUDIT_CELLS_H

#include "verdict_regions.h"

struct cell {
    uint32_t before; // what the left one says
    uint32_t after;  // what the right one says; with one subject the same
    struct region region;
};

// The cells are disjoint. With one subject they are all inputs, with two those for which the two
// differ. By rising arch, then number, then result.
struct cells {
    struct proof *proof; // with every parameter bound
    struct cell *list;
    size_t count;
    bool whatever;    // parameters were open, and have no influence on the difference
    bool params_open; // they have, and that is why there are no cells
};

// `only_arch`: other architectures are left out; 0: none is. NULL, or why it cannot be decided
// (static). To be freed by cells_free() in any case.
const char *cells_take(const struct subject *left, const struct subject *right, uint32_t only_arch,
                       struct cells *cells);
void cells_free(struct cells *cells);

// The call that comes first in a cell: the smallest of each value. Its two results are those of the
// plain interpreters; when they are not the cell's, the process ends: diagram_bug(). False when
// there is no memory.
bool cell_example(const struct cells *cells, const struct cell *cell, struct seccomp_data *data);

#endif

// SPDX-License-Identifier: ISC
//
// verdict_regions.h: sets of system calls, written as ranges and masks that a person can read.
#ifndef POLICY_VERDICT_REGIONS_H
#define POLICY_VERDICT_REGIONS_H

#include "verdict_subject.h"

enum span_kind {
    SPAN_ANY,       // every value
    SPAN_RANGE,     // `low` to `high`, inclusive
    SPAN_LOW_RANGE, // the lower 32 bits are `low` to `high`, whatever the upper ones are
    SPAN_MASK,      // value & `mask` == `bits`
};

struct span {
    enum span_kind kind;
    uint64_t low, high;
    uint64_t mask, bits;
};

// One span for each of INPUT_ARCH, INPUT_NR, INPUT_IP and INPUT_ARG + 0 to 5: all calls for which
// all spans hold.
struct region {
    struct span span[INPUT_PARAM];
};

// Told of each region in turn, in rising order of arch and nr; false stops.
typedef bool region_visit(void *context, const struct region *region);

// Tells of a set of inputs: disjoint regions, together exactly these inputs. All parameters of the
// proof have one value only. False when there are too many parts, or no memory; then what has been
// told is no more than some of them.
bool regions_cut(struct proof *proof, diagram set, region_visit *visit, void *context);

enum change {
    CHANGE_ALLOWED, // the left one refuses (or asks somebody), the right one allows or logs
    CHANGE_DENIED,  // the other way round
    CHANGE_OTHER,   // another result, but allowed by both or by none
};

// Tells of all calls for which going from left to right is `change`: disjoint regions, together
// exactly these calls. `param_values` binds every parameter (order as for proof_begin) and is NULL
// only when there are none. False with `reason` (static) when it cannot be decided; then what has
// been told is no more than a part.
bool regions_changed(const struct subject *left, const struct subject *right,
                     const uint64_t *param_values, enum change change, size_t node_limit,
                     region_visit *visit, void *context, const char **reason);

#endif

// SPDX-License-Identifier: ISC
//
// diagram_nodes.h: the table of nodes behind a space, for the files of the diagram alone.
#ifndef POLICY_DIAGRAM_NODES_H
#define POLICY_DIAGRAM_NODES_H

#include "diagram.h"

struct node {
    uint32_t level; // DIAGRAM_LEAF_LEVEL: `low` is the value
    diagram low;
    diagram high;
    diagram next; // in its bucket
};

// A remembered result; the newest of those that fall on one place stays.
struct memory {
    const struct diagram_operation *operation; // NULL: empty
    diagram f, g, h;
    diagram result;
};

struct diagram_space {
    struct node *nodes;
    size_t count;
    size_t capacity; // a power of two; also the number of buckets
    diagram *buckets;
    struct memory *memories;
    size_t memory_places; // a power of two
    size_t node_limit;
    size_t steps_left;
    uint32_t quantification; // tells one diagram_for_all from the next
    bool exhausted;
};

// The node that decides `level` between `low` and `high`; where they are the same, that one.
// `level` is above both.
diagram diagram_make(struct diagram_space *space, uint32_t level, diagram low, diagram high);

// The space is exhausted from now on.
diagram diagram_give_up(struct diagram_space *space);

// Counts one step of work. False when the space is exhausted.
bool diagram_step(struct diagram_space *space);

// The place for the result of an operation; `recalled` says whether it is there.
struct memory *diagram_recall(struct diagram_space *space,
                              const struct diagram_operation *operation, diagram f, diagram g,
                              diagram h, bool *recalled);
diagram diagram_remember(struct diagram_space *space, const struct diagram_operation *operation,
                         diagram f, diagram g, diagram h, diagram result);

#endif

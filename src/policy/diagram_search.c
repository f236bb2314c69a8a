// SPDX-License-Identifier: ISC
//
// diagram_search.c: looks at the leaves of a diagram, each node once.
#include <stdlib.h>

#include "diagram_nodes.h"

// False ends the search.
typedef bool leaf_visit(void *context, uint32_t value);

static bool search(const struct diagram_space *space, diagram f, bool *seen, leaf_visit *visit,
                   void *context)
{
    if (seen[f])
        return true;
    seen[f] = true;
    if (diagram_level(space, f) == DIAGRAM_LEAF_LEVEL)
        return visit(context, diagram_value(space, f));
    return search(space, diagram_branch(space, f, false), seen, visit, context) &&
           search(space, diagram_branch(space, f, true), seen, visit, context);
}

// False when the search was ended, or could not be made.
static bool search_all(struct diagram_space *space, diagram f, leaf_visit *visit, void *context)
{
    bool *seen = f == DIAGRAM_UNDECIDED ? NULL : calloc(space->count, sizeof *seen);
    if (seen == NULL) {
        diagram_give_up(space);
        return false;
    }
    bool whole = search(space, f, seen, visit, context);
    free(seen);
    return whole;
}

struct collection {
    uint32_t *values;
    size_t count;
    size_t room;
};

static bool collect(void *context, uint32_t value)
{
    struct collection *collection = context;
    if (collection->count == collection->room)
        return false;
    collection->values[collection->count++] = value;
    return true;
}

static int compare_values(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

bool diagram_values(struct diagram_space *space, diagram f, uint32_t *values, size_t room,
                    size_t *count)
{
    struct collection collection = {.values = values, .room = room};
    bool whole = search_all(space, f, collect, &collection);
    *count = collection.count;
    qsort(values, *count, sizeof *values, compare_values);
    return whole;
}

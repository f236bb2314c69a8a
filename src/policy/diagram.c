// SPDX-License-Identifier: ISC
//
// diagram.c: one table of nodes, in which equal nodes are never made twice, and the few operations
// that everything else is built from.
//
// Promise: same function, same number. Nodes are never moved or freed one by one, which keeps the
// code free of reference counts; the limit bounds what that can cost.
#include "diagram.h"

#include <stdio.h>
#include <stdlib.h>

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

// The two operations that are not diagram_combine's, as names under which to remember results.
static const struct diagram_operation choosing, quantifying;

#define STEPS_PER_NODE    16
#define FIRST_NODES       4096u
#define MEMORY_PLACES_MAX ((size_t)1 << 20)

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

_Noreturn void diagram_bug(const char *what)
{
    fprintf(stderr, "seccomp-audit: internal error in the proof: %s\n", what);
    exit(70);
}

static size_t hash(uint32_t a, uint32_t b, uint32_t c)
{
    uint64_t mixed = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ mixed >> 29 ^ c) * 0xbf58476d1ce4e5b9u;
    return (size_t)(mixed ^ mixed >> 32);
}

static diagram give_up(struct diagram_space *space)
{
    space->exhausted = true;
    return DIAGRAM_UNDECIDED;
}

static void link_node(struct diagram_space *space, diagram f)
{
    struct node *node = &space->nodes[f];
    size_t bucket = hash(node->level, node->low, node->high) & (space->capacity - 1);
    node->next = space->buckets[bucket];
    space->buckets[bucket] = f;
}

// The old arrays are left whole when there is no memory for the new ones.
static bool grow_nodes(struct diagram_space *space, size_t capacity)
{
    struct node *nodes = realloc(space->nodes, capacity * sizeof *nodes);
    if (nodes == NULL)
        return false;
    space->nodes = nodes;
    diagram *buckets = calloc(capacity, sizeof *buckets);
    if (buckets == NULL)
        return false;
    free(space->buckets);
    space->buckets = buckets;
    space->capacity = capacity;
    for (size_t f = 1; f < space->count; f++)
        link_node(space, (diagram)f);
    return true;
}

// Remembered results are only a matter of speed: they are dropped when the place for them grows.
static bool grow_memories(struct diagram_space *space)
{
    size_t places = space->capacity < MEMORY_PLACES_MAX ? space->capacity : MEMORY_PLACES_MAX;
    if (places == space->memory_places)
        return true;
    struct memory *memories = calloc(places, sizeof *memories);
    if (memories == NULL)
        return false;
    free(space->memories);
    space->memories = memories;
    space->memory_places = places;
    return true;
}

static bool make_room(struct diagram_space *space)
{
    if (space->count < space->capacity)
        return true;
    if (space->count >= space->node_limit)
        return false;
    return grow_nodes(space, space->capacity * 2) && grow_memories(space);
}

// The node that is (level, low, high), made when it is not there yet. `level` is above both.
static diagram find_node(struct diagram_space *space, uint32_t level, diagram low, diagram high)
{
    if (space->exhausted)
        return DIAGRAM_UNDECIDED;
    size_t bucket = hash(level, low, high) & (space->capacity - 1);
    for (diagram f = space->buckets[bucket]; f != 0; f = space->nodes[f].next) {
        const struct node *node = &space->nodes[f];
        if (node->level == level && node->low == low && node->high == high)
            return f;
    }
    if (space->count >= space->node_limit || !make_room(space))
        return give_up(space);
    diagram f = (diagram)space->count++;
    space->nodes[f] = (struct node){.level = level, .low = low, .high = high};
    link_node(space, f);
    return f;
}

static diagram make_node(struct diagram_space *space, uint32_t level, diagram low, diagram high)
{
    if (low == DIAGRAM_UNDECIDED || high == DIAGRAM_UNDECIDED)
        return DIAGRAM_UNDECIDED;
    return low == high ? low : find_node(space, level, low, high);
}

struct diagram_space *diagram_space_new(size_t node_limit)
{
    struct diagram_space *space = calloc(1, sizeof *space);
    if (space == NULL)
        return NULL;
    space->count = 1; // node 0 is DIAGRAM_UNDECIDED
    space->node_limit = node_limit;
    space->steps_left = node_limit * STEPS_PER_NODE;
    if (!grow_nodes(space, FIRST_NODES) || !grow_memories(space)) {
        diagram_space_free(space);
        return NULL;
    }
    if (diagram_leaf(space, 0) != DIAGRAM_FALSE || diagram_leaf(space, 1) != DIAGRAM_TRUE)
        space->exhausted = true; // a limit that is too small for two leaves
    return space;
}

void diagram_space_free(struct diagram_space *space)
{
    if (space == NULL)
        return;
    free(space->nodes);
    free(space->buckets);
    free(space->memories);
    free(space);
}

bool diagram_exhausted(const struct diagram_space *space)
{
    return space->exhausted;
}

size_t diagram_node_count(const struct diagram_space *space)
{
    return space->count;
}

diagram diagram_leaf(struct diagram_space *space, uint32_t value)
{
    return find_node(space, DIAGRAM_LEAF_LEVEL, value, 0);
}

diagram diagram_bit(struct diagram_space *space, uint32_t level)
{
    return make_node(space, level, DIAGRAM_FALSE, DIAGRAM_TRUE);
}

uint32_t diagram_level(const struct diagram_space *space, diagram f)
{
    return space->nodes[f].level;
}

uint32_t diagram_value(const struct diagram_space *space, diagram f)
{
    if (space->nodes[f].level != DIAGRAM_LEAF_LEVEL)
        diagram_bug("the value was asked of a node that has none");
    return space->nodes[f].low;
}

diagram diagram_branch(const struct diagram_space *space, diagram f, bool bit)
{
    return bit ? space->nodes[f].high : space->nodes[f].low;
}

diagram diagram_descend(const struct diagram_space *space, diagram f, uint32_t level, bool bit)
{
    return diagram_level(space, f) == level ? diagram_branch(space, f, bit) : f;
}

// The place for the result of an operation; `recalled` says whether it is there.
static struct memory *recall(struct diagram_space *space, const struct diagram_operation *operation,
                             diagram f, diagram g, diagram h, bool *recalled)
{
    size_t place = hash((uint32_t)(uintptr_t)operation ^ f, g, h) & (space->memory_places - 1);
    struct memory *memory = &space->memories[place];
    *recalled =
        memory->operation == operation && memory->f == f && memory->g == g && memory->h == h;
    return memory;
}

static diagram remember(struct diagram_space *space, const struct diagram_operation *operation,
                        diagram f, diagram g, diagram h, diagram result)
{
    bool recalled;
    struct memory *memory = recall(space, operation, f, g, h, &recalled);
    *memory = (struct memory){operation, f, g, h, result};
    return result;
}

static bool step(struct diagram_space *space)
{
    if (space->exhausted || space->steps_left == 0) {
        space->exhausted = true;
        return false;
    }
    space->steps_left--;
    return true;
}

static uint32_t top_level(const struct diagram_space *space, diagram f, diagram g, diagram h)
{
    uint32_t top = diagram_level(space, f);
    if (diagram_level(space, g) < top)
        top = diagram_level(space, g);
    return diagram_level(space, h) < top ? diagram_level(space, h) : top;
}

diagram diagram_choose(struct diagram_space *space, diagram f, diagram g, diagram h)
{
    if (f == DIAGRAM_UNDECIDED || g == DIAGRAM_UNDECIDED || h == DIAGRAM_UNDECIDED)
        return DIAGRAM_UNDECIDED;
    if (f == DIAGRAM_TRUE || g == h)
        return g;
    if (f == DIAGRAM_FALSE)
        return h;
    if (g == DIAGRAM_TRUE && h == DIAGRAM_FALSE)
        return f;
    if (diagram_level(space, f) == DIAGRAM_LEAF_LEVEL)
        diagram_bug("a test has a value that is neither true nor false");
    bool recalled;
    struct memory *memory = recall(space, &choosing, f, g, h, &recalled);
    if (recalled)
        return memory->result;
    if (!step(space))
        return DIAGRAM_UNDECIDED;
    uint32_t level = top_level(space, f, g, h);
    diagram branch[2];
    for (int bit = 0; bit < 2; bit++)
        branch[bit] = diagram_choose(space, diagram_descend(space, f, level, bit),
                                     diagram_descend(space, g, level, bit),
                                     diagram_descend(space, h, level, bit));
    diagram result = make_node(space, level, branch[0], branch[1]);
    return remember(space, &choosing, f, g, h, result);
}

diagram diagram_not(struct diagram_space *space, diagram f)
{
    return diagram_choose(space, f, DIAGRAM_FALSE, DIAGRAM_TRUE);
}

diagram diagram_and(struct diagram_space *space, diagram f, diagram g)
{
    return diagram_choose(space, f, g, DIAGRAM_FALSE);
}

diagram diagram_or(struct diagram_space *space, diagram f, diagram g)
{
    return diagram_choose(space, f, DIAGRAM_TRUE, g);
}

diagram diagram_combine(struct diagram_space *space, const struct diagram_operation *operation,
                        diagram f, diagram g)
{
    if (f == DIAGRAM_UNDECIDED || g == DIAGRAM_UNDECIDED)
        return DIAGRAM_UNDECIDED;
    uint32_t level = top_level(space, f, g, g);
    if (level == DIAGRAM_LEAF_LEVEL)
        return diagram_leaf(space,
                            operation->combine(diagram_value(space, f), diagram_value(space, g)));
    bool recalled;
    struct memory *memory = recall(space, operation, f, g, 0, &recalled);
    if (recalled)
        return memory->result;
    if (!step(space))
        return DIAGRAM_UNDECIDED;
    diagram branch[2];
    for (int bit = 0; bit < 2; bit++)
        branch[bit] = diagram_combine(space, operation, diagram_descend(space, f, level, bit),
                                      diagram_descend(space, g, level, bit));
    diagram result = make_node(space, level, branch[0], branch[1]);
    return remember(space, operation, f, g, 0, result);
}

static uint32_t same(uint32_t f, uint32_t g)
{
    return f == g;
}

diagram diagram_equal(struct diagram_space *space, diagram f, diagram g)
{
    static const struct diagram_operation operation = {.combine = same};
    return diagram_combine(space, &operation, f, g);
}

static diagram for_all(struct diagram_space *space, diagram f, const bool *quantified)
{
    if (f == DIAGRAM_UNDECIDED || diagram_level(space, f) == DIAGRAM_LEAF_LEVEL)
        return f;
    bool recalled;
    uint32_t turn = space->quantification;
    struct memory *memory = recall(space, &quantifying, f, turn, 0, &recalled);
    if (recalled)
        return memory->result;
    if (!step(space))
        return DIAGRAM_UNDECIDED;
    uint32_t level = diagram_level(space, f);
    diagram low = for_all(space, diagram_branch(space, f, false), quantified);
    diagram high = for_all(space, diagram_branch(space, f, true), quantified);
    diagram result =
        quantified[level] ? diagram_and(space, low, high) : make_node(space, level, low, high);
    return remember(space, &quantifying, f, turn, 0, result);
}

diagram diagram_for_all(struct diagram_space *space, diagram f, const bool *quantified)
{
    space->quantification++;
    return for_all(space, f, quantified);
}

static bool search_value(struct diagram_space *space, diagram f, bool (*wanted)(uint32_t value),
                         bool *seen)
{
    if (seen[f])
        return false;
    seen[f] = true;
    if (diagram_level(space, f) == DIAGRAM_LEAF_LEVEL)
        return wanted(diagram_value(space, f));
    return search_value(space, diagram_branch(space, f, false), wanted, seen) ||
           search_value(space, diagram_branch(space, f, true), wanted, seen);
}

bool diagram_has_value(struct diagram_space *space, diagram f, bool (*wanted)(uint32_t value))
{
    if (f == DIAGRAM_UNDECIDED)
        return false;
    bool *seen = calloc(space->count, sizeof *seen);
    if (seen == NULL) {
        give_up(space);
        return false;
    }
    bool found = search_value(space, f, wanted, seen);
    free(seen);
    return found;
}

// SPDX-License-Identifier: ISC
//
// diagram_nodes.c: one table of nodes, in which equal nodes are never made twice, and one of
// results.
//
// Promise: same function, same number. Nodes are never moved or freed one by one, which keeps the
// code free of reference counts; the limit bounds what that can cost.
#include "diagram_nodes.h"

#include <stdio.h>
#include <stdlib.h>

#define STEPS_PER_NODE    16
#define FIRST_NODES       128u
#define MEMORY_PLACES_MAX ((size_t)1 << 20)

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

diagram diagram_give_up(struct diagram_space *space)
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
        return diagram_give_up(space);
    diagram f = (diagram)space->count++;
    space->nodes[f] = (struct node){.level = level, .low = low, .high = high};
    link_node(space, f);
    return f;
}

diagram diagram_make(struct diagram_space *space, uint32_t level, diagram low, diagram high)
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
    return diagram_make(space, level, DIAGRAM_FALSE, DIAGRAM_TRUE);
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

struct memory *diagram_recall(struct diagram_space *space,
                              const struct diagram_operation *operation, diagram f, diagram g,
                              diagram h, bool *recalled)
{
    size_t place = hash((uint32_t)(uintptr_t)operation ^ f, g, h) & (space->memory_places - 1);
    struct memory *memory = &space->memories[place];
    *recalled =
        memory->operation == operation && memory->f == f && memory->g == g && memory->h == h;
    return memory;
}

diagram diagram_remember(struct diagram_space *space, const struct diagram_operation *operation,
                         diagram f, diagram g, diagram h, diagram result)
{
    bool recalled;
    struct memory *memory = diagram_recall(space, operation, f, g, h, &recalled);
    *memory = (struct memory){operation, f, g, h, result};
    return result;
}

bool diagram_step(struct diagram_space *space)
{
    if (space->exhausted || space->steps_left == 0) {
        space->exhausted = true;
        return false;
    }
    space->steps_left--;
    return true;
}

// SPDX-License-Identifier: ISC
//
// diagram.c: the few operations that everything else is built from.
//
// Promise: a result is exact, or it is DIAGRAM_UNDECIDED.
#include "diagram_nodes.h"

// The two operations that are not diagram_combine's, as names under which to remember results.
static const struct diagram_operation choosing, quantifying;

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
    struct memory *memory = diagram_recall(space, &choosing, f, g, h, &recalled);
    if (recalled)
        return memory->result;
    if (!diagram_step(space))
        return DIAGRAM_UNDECIDED;
    uint32_t level = top_level(space, f, g, h);
    diagram branch[2];
    for (int bit = 0; bit < 2; bit++)
        branch[bit] = diagram_choose(space, diagram_descend(space, f, level, bit),
                                     diagram_descend(space, g, level, bit),
                                     diagram_descend(space, h, level, bit));
    diagram result = diagram_make(space, level, branch[0], branch[1]);
    return diagram_remember(space, &choosing, f, g, h, result);
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
    struct memory *memory = diagram_recall(space, operation, f, g, 0, &recalled);
    if (recalled)
        return memory->result;
    if (!diagram_step(space))
        return DIAGRAM_UNDECIDED;
    diagram branch[2];
    for (int bit = 0; bit < 2; bit++)
        branch[bit] = diagram_combine(space, operation, diagram_descend(space, f, level, bit),
                                      diagram_descend(space, g, level, bit));
    diagram result = diagram_make(space, level, branch[0], branch[1]);
    return diagram_remember(space, operation, f, g, 0, result);
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
    struct memory *memory = diagram_recall(space, &quantifying, f, turn, 0, &recalled);
    if (recalled)
        return memory->result;
    if (!diagram_step(space))
        return DIAGRAM_UNDECIDED;
    uint32_t level = diagram_level(space, f);
    diagram low = for_all(space, diagram_branch(space, f, false), quantified);
    diagram high = for_all(space, diagram_branch(space, f, true), quantified);
    diagram result =
        quantified[level] ? diagram_and(space, low, high) : diagram_make(space, level, low, high);
    return diagram_remember(space, &quantifying, f, turn, 0, result);
}

diagram diagram_for_all(struct diagram_space *space, diagram f, const bool *quantified)
{
    space->quantification++;
    return for_all(space, f, quantified);
}

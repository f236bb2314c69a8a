// SPDX-License-Identifier: ISC
//
// cells.c: for each pair of results that occurs, the set of inputs, cut into regions.
#include "cells.h"

#include <stdlib.h>

#include "diagram_bits.h"

enum { RESULTS = 64 };

struct taking {
    struct cells *cells;
    uint32_t before, after;
    bool failed;
};

static bool add_cell(void *context, const struct region *region)
{
    struct taking *taking = context;
    struct cells *cells = taking->cells;
    if ((cells->count & (cells->count - 1)) == 0) {
        size_t room = cells->count == 0 ? 1 : cells->count * 2;
        struct cell *list = reallocarray(cells->list, room, sizeof(*list));
        taking->failed = list == NULL;
        if (list == NULL)
            return false;
        cells->list = list;
    }
    cells->list[cells->count++] = (struct cell){taking->before, taking->after, *region};
    return true;
}

// The inputs to be looked at: parameters in their ranges, and one architecture, or all.
static diagram scope(struct proof *proof, uint32_t only_arch)
{
    struct bits word = bits_input(proof->space, &proof->inputs, INPUT_ARCH, 0, 32);
    struct bits constant = bits_constant(32, only_arch);
    if (only_arch == 0)
        return proof->ranges;
    return diagram_and(proof->space, proof->ranges, bits_equal(proof->space, &word, &constant));
}

static diagram with_results(struct proof *proof, diagram scope, uint32_t before, uint32_t after)
{
    struct diagram_space *space = proof->space;
    diagram set = diagram_equal(space, proof->function[0], diagram_leaf(space, before));
    if (proof->subject[1] != NULL)
        set = diagram_and(space, set,
                          diagram_equal(space, proof->function[1], diagram_leaf(space, after)));
    return diagram_and(space, scope, set);
}

// Does membership depend on the inputs alone, for parameters in their ranges?
static bool ignores_params(struct proof *proof, diagram set)
{
    bool quantified[INPUT_LEVELS_MAX];
    for (uint32_t level = 0; level < proof->inputs.level_count; level++)
        quantified[level] = proof->inputs.input_at[level] >= INPUT_PARAM;
    diagram nowhere = diagram_for_all(proof->space, diagram_not(proof->space, set), quantified);
    diagram somewhere = diagram_not(proof->space, nowhere);
    return diagram_and(proof->space, somewhere, proof->ranges) == set;
}

// The results that each side can have.
struct pairs {
    uint32_t result[2][RESULTS];
    size_t count[2];
};

static bool find_results(struct proof *proof, struct pairs *pairs)
{
    bool two = proof->subject[1] != NULL;
    if (!diagram_values(proof->space, proof->function[0], pairs->result[0], RESULTS,
                        &pairs->count[0]))
        return false;
    pairs->count[1] = 1;
    return !two || diagram_values(proof->space, proof->function[1], pairs->result[1], RESULTS,
                                  &pairs->count[1]);
}

// With `open`, looks only whether the parameters matter.
static const char *take_pair(struct cells *cells, diagram scope, uint32_t before, uint32_t after,
                             bool open)
{
    struct taking taking = {.cells = cells, .before = before, .after = after};
    diagram set = with_results(cells->proof, scope, before, after);
    if (set == DIAGRAM_UNDECIDED)
        return "the comparison has become too large";
    if (open) {
        cells->params_open = cells->params_open || !ignores_params(cells->proof, set);
        return NULL;
    }
    if (!regions_cut(cells->proof, set, add_cell, &taking))
        return "it has too many parts to be listed";
    return taking.failed ? "out of memory" : NULL;
}

static const char *take_pairs(struct cells *cells, const struct pairs *pairs, diagram scope,
                              bool open)
{
    bool two = cells->proof->subject[1] != NULL;
    const char *reason = NULL;
    for (size_t i = 0; i < pairs->count[0]; i++)
        for (size_t j = 0; reason == NULL && j < pairs->count[1]; j++) {
            uint32_t before = pairs->result[0][i];
            uint32_t after = two ? pairs->result[1][j] : before;
            if (!two || before != after)
                reason = take_pair(cells, scope, before, after, open);
        }
    return reason;
}

static int compare_cells(const void *a, const void *b)
{
    static const unsigned inputs[] = {INPUT_ARCH, INPUT_NR};
    const struct cell *left = a, *right = b;
    for (size_t i = 0; i < 2; i++) {
        uint64_t x = left->region.span[inputs[i]].low, y = right->region.span[inputs[i]].low;
        if (x != y)
            return x < y ? -1 : 1;
    }
    if (left->after != right->after)
        return left->after > right->after ? -1 : 1;
    if (left->before != right->before)
        return left->before > right->before ? -1 : 1;
    for (unsigned i = INPUT_IP; i < INPUT_PARAM; i++) {
        uint64_t x = left->region.span[i].low, y = right->region.span[i].low;
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

// With the parameters at the lowest of their values, which stand for all where they do not matter.
static const char *close_params(struct cells *cells, const struct subject *left,
                                const struct subject *right)
{
    uint64_t values[INPUT_PARAMS_MAX];
    for (size_t i = 0; i < cells->proof->inputs.param_count; i++)
        values[i] = cells->proof->inputs.params[i].low;
    proof_end(cells->proof);
    cells->whatever = true;
    cells->proof = proof_begin(left, right, values, DIAGRAM_NODE_LIMIT);
    return cells->proof == NULL ? "out of memory" : cells->proof->reason;
}

const char *cells_take(const struct subject *left, const struct subject *right, uint32_t only_arch,
                       struct cells *cells)
{
    struct pairs pairs = {0};
    *cells = (struct cells){.proof = proof_begin(left, right, NULL, DIAGRAM_NODE_LIMIT)};
    const char *reason = cells->proof == NULL ? "out of memory" : cells->proof->reason;
    if (reason == NULL && !find_results(cells->proof, &pairs))
        reason = "there are too many different results";
    if (reason == NULL && cells->proof->inputs.param_count > 0) {
        take_pairs(cells, &pairs, scope(cells->proof, only_arch), true);
        reason =
            cells->params_open ? "it depends on the parameters" : close_params(cells, left, right);
    }
    if (reason == NULL)
        reason = take_pairs(cells, &pairs, scope(cells->proof, only_arch), false);
    if (reason == NULL && cells->count > 0)
        qsort(cells->list, cells->count, sizeof(*cells->list), compare_cells);
    return reason;
}

void cells_free(struct cells *cells)
{
    proof_end(cells->proof);
    free(cells->list);
    *cells = (struct cells){0};
}

static uint64_t first_of(const struct span *span)
{
    return span->kind == SPAN_ANY ? 0 : span->kind == SPAN_MASK ? span->bits : span->low;
}

bool cell_example(const struct cells *cells, const struct cell *cell, struct seccomp_data *data)
{
    struct assignment assignment = {0};
    const struct span *span = cell->region.span;
    *data = (struct seccomp_data){.arch = (uint32_t)first_of(&span[INPUT_ARCH]),
                                  .nr = (int)(uint32_t)first_of(&span[INPUT_NR]),
                                  .instruction_pointer = first_of(&span[INPUT_IP])};
    for (size_t i = 0; i < INPUT_ARGS; i++)
        data->args[i] = first_of(&span[INPUT_ARG + i]);
    assignment.data = *data;
    for (size_t i = 0; i < cells->proof->inputs.param_count; i++)
        assignment.params[i] = cells->proof->inputs.params[i].low;
    for (size_t side = 0; side < 2 && cells->proof->subject[side] != NULL; side++) {
        struct judgement judgement;
        if (!proof_judge(cells->proof, side, &assignment, &judgement))
            return false;
        free(judgement.path);
        if (judgement.result != (side == 0 ? cell->before : cell->after))
            diagram_bug("an example does not run as the proof says");
    }
    return true;
}

// SPDX-License-Identifier: ISC
//
// verdict_regions.c: cuts a set into boxes, one input after the other in the order of the levels.
//
// With all parameters bound the bits of each input stand together, most significant first: walking
// them from the low branch to the high one meets the values in rising order.
//
// Promise: the boxes are disjoint and their union is the set.
#include "verdict_regions.h"

#include <stdlib.h>

// More pieces than these are not cut out of one input. Arguments are written as masks where that
// takes fewer pieces than ranges, or these are more than a few: nobody reads the ranges of "bit 3
// is set".
#define ARGUMENT_RANGES_MAX 16
#define PIECES_MAX          65536

// A span of one input, and what is left to decide for it.
struct piece {
    struct span span;
    diagram rest;
};

struct pieces {
    struct piece *list;
    size_t count;
    size_t room;
    size_t limit;
    bool failed; // too many, or no memory
};

struct cutting {
    struct proof *proof;
    struct region region;
    region_visit *visit;
    void *context;
    bool stopped;
    bool failed;
};

static void add_piece(struct pieces *pieces, struct piece piece)
{
    if (pieces->failed || pieces->count >= pieces->limit) {
        pieces->failed = true;
        return;
    }
    if (pieces->list == NULL || pieces->count == pieces->room) {
        size_t room = pieces->room == 0 ? 4 : pieces->room * 2;
        struct piece *list = realloc(pieces->list, room * sizeof *list);
        if (list == NULL) {
            pieces->failed = true;
            return;
        }
        pieces->list = list;
        pieces->room = room;
    }
    pieces->list[pieces->count++] = piece;
}

static void add_range(struct pieces *pieces, uint64_t low, uint64_t high, diagram rest)
{
    struct piece *last = pieces->count > 0 ? &pieces->list[pieces->count - 1] : NULL;
    if (last != NULL && last->rest == rest && last->span.high + 1 == low)
        last->span.high = high;
    else
        add_piece(pieces, (struct piece){.span = {.kind = SPAN_RANGE, .low = low, .high = high},
                                         .rest = rest});
}

static bool tests_input(const struct proof *proof, diagram set, unsigned input)
{
    uint32_t level = diagram_level(proof->space, set);
    return level != DIAGRAM_LEAF_LEVEL && proof->inputs.input_at[level] == input;
}

// The values that begin with the bits of `low` down to `bits`, the number of bits still open.
static void cut_ranges(const struct proof *proof, diagram set, unsigned input, unsigned bits,
                       uint64_t low, struct pieces *pieces)
{
    if (set == DIAGRAM_FALSE || pieces->failed)
        return;
    bool tested = tests_input(proof, set, input);
    if (bits > 64 || (tested && bits == 0))
        diagram_bug("a word has no such bit");
    if (!tested) {
        uint64_t most = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
        add_range(pieces, low, low + most, set);
        return;
    }
    uint32_t level = proof->inputs.level[input][bits - 1];
    uint64_t one = (uint64_t)1 << (bits - 1);
    cut_ranges(proof, diagram_descend(proof->space, set, level, false), input, bits - 1, low,
               pieces);
    cut_ranges(proof, diagram_descend(proof->space, set, level, true), input, bits - 1, low | one,
               pieces);
}

static void cut_masks(const struct proof *proof, diagram set, unsigned input, uint64_t mask,
                      uint64_t bits, struct pieces *pieces)
{
    if (set == DIAGRAM_FALSE || pieces->failed)
        return;
    if (!tests_input(proof, set, input)) {
        add_piece(pieces, (struct piece){.span = {.kind = SPAN_MASK, .mask = mask, .bits = bits},
                                         .rest = set});
        return;
    }
    uint64_t one = (uint64_t)1 << proof->inputs.bit_at[diagram_level(proof->space, set)];
    cut_masks(proof, diagram_branch(proof->space, set, false), input, mask | one, bits, pieces);
    cut_masks(proof, diagram_branch(proof->space, set, true), input, mask | one, bits | one,
              pieces);
}

static void cut_input(const struct proof *proof, diagram set, unsigned input, struct pieces *pieces)
{
    unsigned width = inputs_width(&proof->inputs, input);
    bool only_low = width == 64 && proof->inputs.bit_at[diagram_level(proof->space, set)] < 32;
    pieces->limit = input <= INPUT_NR ? PIECES_MAX : ARGUMENT_RANGES_MAX;
    cut_ranges(proof, set, input, only_low ? 32 : width, 0, pieces);
    for (size_t i = 0; only_low && i < pieces->count; i++)
        pieces->list[i].span.kind = SPAN_LOW_RANGE;
    if (input <= INPUT_NR || (!pieces->failed && pieces->count <= 1))
        return;
    struct pieces masks = {.limit = pieces->failed ? PIECES_MAX : pieces->count - 1};
    cut_masks(proof, set, input, 0, 0, &masks);
    struct pieces worse = masks.failed && !pieces->failed ? masks : *pieces;
    if (!masks.failed || pieces->failed)
        *pieces = masks;
    free(worse.list);
}

static void cut(struct cutting *cutting, diagram set, unsigned input)
{
    if (set == DIAGRAM_FALSE || cutting->stopped || cutting->failed)
        return;
    if (input == INPUT_PARAM) {
        cutting->stopped = !cutting->visit(cutting->context, &cutting->region);
        return;
    }
    cutting->region.span[input] = (struct span){.kind = SPAN_ANY};
    if (!tests_input(cutting->proof, set, input)) {
        cut(cutting, set, input + 1);
        return;
    }
    struct pieces pieces = {0};
    cut_input(cutting->proof, set, input, &pieces);
    cutting->failed = pieces.failed;
    for (size_t i = 0; i < pieces.count && !pieces.failed; i++) {
        cutting->region.span[input] = pieces.list[i].span;
        cut(cutting, pieces.list[i].rest, input + 1);
    }
    free(pieces.list);
}

bool regions_cut(struct proof *proof, diagram set, region_visit *visit, void *context)
{
    struct cutting cutting = {.proof = proof, .visit = visit, .context = context};
    if (set == DIAGRAM_UNDECIDED)
        return false;
    cut(&cutting, set, INPUT_ARCH);
    return !cutting.failed;
}

static bool lets_through(uint32_t result)
{
    uint32_t action = result & SECCOMP_RET_ACTION_FULL;
    return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static uint32_t newly_allowed(uint32_t left, uint32_t right)
{
    return !lets_through(left) && lets_through(right);
}

static uint32_t newly_denied(uint32_t left, uint32_t right)
{
    return newly_allowed(right, left);
}

static uint32_t otherwise_changed(uint32_t left, uint32_t right)
{
    return left != right && lets_through(left) == lets_through(right);
}

static const struct diagram_operation changes[] = {
    [CHANGE_ALLOWED] = {.combine = newly_allowed},
    [CHANGE_DENIED] = {.combine = newly_denied},
    [CHANGE_OTHER] = {.combine = otherwise_changed},
};

static const char *cut_change(struct proof *proof, enum change change, region_visit *visit,
                              void *context)
{
    for (size_t i = 0; i < proof->inputs.param_count; i++)
        if (proof->inputs.params[i].low != proof->inputs.params[i].high)
            return "a parameter has no value";
    diagram set =
        diagram_combine(proof->space, &changes[change], proof->function[0], proof->function[1]);
    if (set == DIAGRAM_UNDECIDED)
        return "the comparison has become too large";
    return regions_cut(proof, set, visit, context)
               ? NULL
               : "the difference has too many parts to be listed";
}

bool regions_changed(const struct subject *left, const struct subject *right,
                     const uint64_t *param_values, enum change change, size_t node_limit,
                     region_visit *visit, void *context, const char **reason)
{
    struct proof *proof = proof_begin(left, right, param_values, node_limit);
    *reason = proof == NULL ? "out of memory" : proof->reason;
    if (*reason == NULL)
        *reason = cut_change(proof, change, visit, context);
    proof_end(proof);
    return *reason == NULL;
}

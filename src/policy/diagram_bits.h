// SPDX-License-Identifier: ISC
//
// diagram_bits.h: words whose bits are diagrams, and the arithmetic of words.
//
// All arithmetic is unsigned and modulo 2^width. Operands of one operation have the same width.
#ifndef POLICY_DIAGRAM_BITS_H
#define POLICY_DIAGRAM_BITS_H

#include "diagram_inputs.h"

struct bits {
    unsigned width;  // 1 to 64
    diagram bit[64]; // bit[0] is the least significant
};

struct bits bits_constant(unsigned width, uint64_t value);

// `width` bits of an input from bit `low` on; bits that the input does not have are 0. A parameter
// with one value only is that constant.
struct bits bits_input(struct diagram_space *space, const struct inputs *inputs, unsigned input,
                       unsigned low, unsigned width);

// Is the word the same for every input? Then `value` is it.
bool bits_is_constant(const struct bits *word, uint64_t *value);

struct bits bits_and(struct diagram_space *space, const struct bits *a, const struct bits *b);
struct bits bits_or(struct diagram_space *space, const struct bits *a, const struct bits *b);
struct bits bits_xor(struct diagram_space *space, const struct bits *a, const struct bits *b);
struct bits bits_not(struct diagram_space *space, const struct bits *a);
struct bits bits_add(struct diagram_space *space, const struct bits *a, const struct bits *b);
struct bits bits_subtract(struct diagram_space *space, const struct bits *a, const struct bits *b);
struct bits bits_shift_left(const struct bits *a, unsigned by);  // by < width
struct bits bits_shift_right(const struct bits *a, unsigned by); // by < width
struct bits bits_choose(struct diagram_space *space, diagram test, const struct bits *then,
                        const struct bits *otherwise);

diagram bits_equal(struct diagram_space *space, const struct bits *a, const struct bits *b);
diagram bits_less(struct diagram_space *space, const struct bits *a, const struct bits *b);
diagram bits_any(struct diagram_space *space, const struct bits *a); // not zero

// The function whose value is the word; the width is at most 32.
diagram bits_value(struct diagram_space *space, const struct bits *a);

#endif

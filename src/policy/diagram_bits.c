// SPDX-License-Identifier: ISC
//
// diagram_bits.c: word arithmetic, one diagram a bit.
//
// Compares run from the least significant bit up: that bit is the deepest in the diagrams, so that
// every step puts one level on top of what is there already.
#include "diagram_bits.h"

struct bits bits_constant(unsigned width, uint64_t value)
{
    struct bits word = {.width = width};
    for (unsigned i = 0; i < width; i++)
        word.bit[i] = value >> i & 1 ? DIAGRAM_TRUE : DIAGRAM_FALSE;
    return word;
}

struct bits bits_input(struct diagram_space *space, const struct inputs *inputs, unsigned input,
                       unsigned low, unsigned width)
{
    if (input >= INPUT_PARAM) {
        const struct input_param *param = &inputs->params[input - INPUT_PARAM];
        if (param->low == param->high)
            return bits_constant(width, param->low >> low);
    }
    struct bits word = bits_constant(width, 0);
    unsigned there = inputs_width(inputs, input);
    for (unsigned i = 0; i < width && low + i < there; i++)
        word.bit[i] = diagram_bit(space, inputs->level[input][low + i]);
    return word;
}

bool bits_is_constant(const struct bits *word, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < word->width; i++) {
        if (word->bit[i] != DIAGRAM_TRUE && word->bit[i] != DIAGRAM_FALSE)
            return false;
        *value |= (uint64_t)(word->bit[i] == DIAGRAM_TRUE) << i;
    }
    return true;
}

struct bits bits_and(struct diagram_space *space, const struct bits *a, const struct bits *b)
{
    struct bits word = {.width = a->width};
    for (unsigned i = 0; i < a->width; i++)
        word.bit[i] = diagram_and(space, a->bit[i], b->bit[i]);
    return word;
}

struct bits bits_or(struct diagram_space *space, const struct bits *a, const struct bits *b)
{
    struct bits word = {.width = a->width};
    for (unsigned i = 0; i < a->width; i++)
        word.bit[i] = diagram_or(space, a->bit[i], b->bit[i]);
    return word;
}

static diagram differ(struct diagram_space *space, diagram f, diagram g)
{
    return diagram_choose(space, f, diagram_not(space, g), g);
}

struct bits bits_xor(struct diagram_space *space, const struct bits *a, const struct bits *b)
{
    struct bits word = {.width = a->width};
    for (unsigned i = 0; i < a->width; i++)
        word.bit[i] = differ(space, a->bit[i], b->bit[i]);
    return word;
}

struct bits bits_not(struct diagram_space *space, const struct bits *a)
{
    struct bits word = {.width = a->width};
    for (unsigned i = 0; i < a->width; i++)
        word.bit[i] = diagram_not(space, a->bit[i]);
    return word;
}

static struct bits add_carry(struct diagram_space *space, const struct bits *a,
                             const struct bits *b, diagram carry)
{
    struct bits word = {.width = a->width};
    for (unsigned i = 0; i < a->width; i++) {
        diagram half = differ(space, a->bit[i], b->bit[i]);
        word.bit[i] = differ(space, half, carry);
        carry = diagram_choose(space, half, carry, a->bit[i]);
    }
    return word;
}

struct bits bits_add(struct diagram_space *space, const struct bits *a, const struct bits *b)
{
    return add_carry(space, a, b, DIAGRAM_FALSE);
}

struct bits bits_subtract(struct diagram_space *space, const struct bits *a, const struct bits *b)
{
    struct bits complement = bits_not(space, b);
    return add_carry(space, a, &complement, DIAGRAM_TRUE);
}

struct bits bits_shift_left(const struct bits *a, unsigned by)
{
    struct bits word = bits_constant(a->width, 0);
    for (unsigned i = by; i < a->width; i++)
        word.bit[i] = a->bit[i - by];
    return word;
}

struct bits bits_shift_right(const struct bits *a, unsigned by)
{
    struct bits word = bits_constant(a->width, 0);
    for (unsigned i = by; i < a->width; i++)
        word.bit[i - by] = a->bit[i];
    return word;
}

struct bits bits_choose(struct diagram_space *space, diagram test, const struct bits *then,
                        const struct bits *otherwise)
{
    struct bits word = {.width = then->width};
    for (unsigned i = 0; i < then->width; i++)
        word.bit[i] = diagram_choose(space, test, then->bit[i], otherwise->bit[i]);
    return word;
}

diagram bits_equal(struct diagram_space *space, const struct bits *a, const struct bits *b)
{
    diagram equal = DIAGRAM_TRUE;
    for (unsigned i = 0; i < a->width; i++) {
        diagram set = diagram_and(space, b->bit[i], equal);
        diagram clear = diagram_choose(space, b->bit[i], DIAGRAM_FALSE, equal);
        equal = diagram_choose(space, a->bit[i], set, clear);
    }
    return equal;
}

diagram bits_less(struct diagram_space *space, const struct bits *a, const struct bits *b)
{
    diagram less = DIAGRAM_FALSE;
    for (unsigned i = 0; i < a->width; i++) {
        diagram set = diagram_and(space, b->bit[i], less);
        diagram clear = diagram_or(space, b->bit[i], less);
        less = diagram_choose(space, a->bit[i], set, clear);
    }
    return less;
}

diagram bits_any(struct diagram_space *space, const struct bits *a)
{
    diagram any = DIAGRAM_FALSE;
    for (unsigned i = 0; i < a->width; i++)
        any = diagram_or(space, a->bit[i], any);
    return any;
}

static uint32_t unite(uint32_t f, uint32_t g)
{
    return f | g;
}

diagram bits_value(struct diagram_space *space, const struct bits *a)
{
    static const struct diagram_operation operation = {.combine = unite};
    diagram value = DIAGRAM_FALSE;
    for (unsigned i = 0; i < a->width; i++) {
        diagram bit =
            diagram_choose(space, a->bit[i], diagram_leaf(space, (uint32_t)1 << i), DIAGRAM_FALSE);
        value = diagram_combine(space, &operation, bit, value);
    }
    return value;
}

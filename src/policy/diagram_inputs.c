// SPDX-License-Identifier: ISC
//
// diagram_inputs.c: the order of the levels, and the way between a diagram's levels and a concrete
// system call.
//
// Promise: each bit of each input has exactly one level, whatever the parameters are.
#include "diagram_inputs.h"

#include <string.h>

unsigned inputs_width(const struct inputs *inputs, unsigned input)
{
    if (input == INPUT_ARCH || input == INPUT_NR)
        return 32;
    return input < INPUT_PARAM ? 64 : inputs->params[input - INPUT_PARAM].bits;
}

static bool is_constant(const struct input_param *param)
{
    return param->low == param->high;
}

static void place_bit(struct inputs *inputs, unsigned input, unsigned bit)
{
    if (bit >= inputs_width(inputs, input))
        return;
    inputs->level[input][bit] = (uint16_t)inputs->level_count;
    inputs->input_at[inputs->level_count] = (uint8_t)input;
    inputs->bit_at[inputs->level_count] = (uint8_t)bit;
    inputs->level_count++;
}

static void place_word(struct inputs *inputs, unsigned input)
{
    for (unsigned bit = 64; bit-- > 0;)
        place_bit(inputs, input, bit);
}

// The arguments that hang together with those of `args` through shared parameters.
static uint8_t arguments_woven_with(const struct inputs *inputs, uint8_t args)
{
    for (uint8_t before = 0; before != args;) {
        before = args;
        for (size_t i = 0; i < inputs->param_count; i++)
            if (!is_constant(&inputs->params[i]) && (inputs->params[i].compared & args))
                args |= inputs->params[i].compared;
    }
    return args;
}

static void place_woven(struct inputs *inputs, uint8_t args)
{
    for (unsigned bit = 64; bit-- > 0;) {
        for (unsigned arg = 0; arg < INPUT_ARGS; arg++)
            if (args & 1u << arg)
                place_bit(inputs, INPUT_ARG + arg, bit);
        for (size_t i = 0; i < inputs->param_count; i++)
            if (!is_constant(&inputs->params[i]) && (inputs->params[i].compared & args))
                place_bit(inputs, INPUT_PARAM + (unsigned)i, bit);
    }
}

void inputs_arrange(struct inputs *inputs)
{
    inputs->level_count = 0;
    place_word(inputs, INPUT_ARCH);
    place_word(inputs, INPUT_NR);
    place_word(inputs, INPUT_IP);
    uint8_t placed = 0;
    for (unsigned arg = 0; arg < INPUT_ARGS; arg++) {
        if (placed & 1u << arg)
            continue;
        uint8_t args = arguments_woven_with(inputs, (uint8_t)(1u << arg));
        place_woven(inputs, args);
        placed |= args;
    }
    for (size_t i = 0; i < inputs->param_count; i++)
        if (!is_constant(&inputs->params[i]) && inputs->params[i].compared == 0)
            place_word(inputs, INPUT_PARAM + (unsigned)i);
}

static uint64_t input_value(const struct assignment *assignment, unsigned input)
{
    switch (input) {
    case INPUT_ARCH: return assignment->data.arch;
    case INPUT_NR: return (uint32_t)assignment->data.nr;
    case INPUT_IP: return assignment->data.instruction_pointer;
    default:
        return input < INPUT_PARAM ? assignment->data.args[input - INPUT_ARG]
                                   : assignment->params[input - INPUT_PARAM];
    }
}

uint32_t inputs_evaluate(const struct inputs *inputs, const struct diagram_space *space, diagram f,
                         const struct assignment *assignment)
{
    uint32_t level;
    while ((level = diagram_level(space, f)) != DIAGRAM_LEAF_LEVEL) {
        uint64_t value = input_value(assignment, inputs->input_at[level]);
        f = diagram_branch(space, f, value >> inputs->bit_at[level] & 1);
    }
    return diagram_value(space, f);
}

static void set_bit(struct assignment *assignment, unsigned input, unsigned bit)
{
    uint64_t one = (uint64_t)1 << bit;
    switch (input) {
    case INPUT_ARCH: assignment->data.arch |= (uint32_t)one; break;
    case INPUT_NR: assignment->data.nr |= (int)(uint32_t)one; break;
    case INPUT_IP: assignment->data.instruction_pointer |= one; break;
    default:
        if (input < INPUT_PARAM)
            assignment->data.args[input - INPUT_ARG] |= one;
        else
            assignment->params[input - INPUT_PARAM] |= one;
    }
}

struct assignment inputs_first(const struct inputs *inputs, const struct diagram_space *space,
                               diagram set)
{
    struct assignment assignment;
    memset(&assignment, 0, sizeof assignment);
    for (size_t i = 0; i < inputs->param_count; i++)
        if (is_constant(&inputs->params[i]))
            assignment.params[i] = inputs->params[i].low;
    uint32_t level;
    while ((level = diagram_level(space, set)) != DIAGRAM_LEAF_LEVEL) {
        bool bit = diagram_branch(space, set, false) == DIAGRAM_FALSE;
        if (bit)
            set_bit(&assignment, inputs->input_at[level], inputs->bit_at[level]);
        set = diagram_branch(space, set, bit);
    }
    if (set != DIAGRAM_TRUE)
        diagram_bug("a witness was asked of the empty set");
    return assignment;
}

// SPDX-License-Identifier: ISC
//
// diagram_inputs.h: which level of a diagram stands for which bit of the input.
//
// The input is struct seccomp_data (arch, nr, instruction pointer, six arguments: 512 bits) and the
// values of the parameters. The order decides how large diagrams get:
//   arch, then nr: rules differ by these, so what follows is decided below one path each;
//   each word from its most significant bit, its bits together: a compare with a constant then
//     needs one node a bit, and sets of values of different words add up instead of multiplying;
//   a parameter bit by bit next to the argument with which it is compared: equality and order of
//     two words need three nodes a bit so, and 2^64 one after the other. Arguments that share a
//     parameter are woven together with it.
#ifndef POLICY_DIAGRAM_INPUTS_H
#define POLICY_DIAGRAM_INPUTS_H

#include <linux/seccomp.h>

#include "diagram.h"

#define INPUT_ARGS       6
#define INPUT_PARAMS_MAX 64

// Input INPUT_ARG + i is argument i; INPUT_PARAM + i is parameter i.
enum { INPUT_ARCH, INPUT_NR, INPUT_IP, INPUT_ARG, INPUT_PARAM = INPUT_ARG + INPUT_ARGS };
#define INPUT_COUNT_MAX  (INPUT_PARAM + INPUT_PARAMS_MAX)
#define INPUT_LEVELS_MAX (64 * INPUT_COUNT_MAX)

// A parameter: `compared` has bit i set when it is compared with argument i. It takes the values
// `low` to `high`; where they are equal it is that constant and takes no level.
struct input_param {
    const char *name; // the policy's
    uint8_t bits;     // 32 or 64
    uint8_t compared;
    uint64_t low;
    uint64_t high;
};

struct inputs {
    struct input_param params[INPUT_PARAMS_MAX];
    size_t param_count;
    uint16_t level[INPUT_COUNT_MAX][64]; // of bit i of an input
    uint8_t input_at[INPUT_LEVELS_MAX];  // and back
    uint8_t bit_at[INPUT_LEVELS_MAX];
    uint32_t level_count;
};

// Lays out the levels for the parameters that `inputs` has been given.
void inputs_arrange(struct inputs *inputs);

// 32 or 64.
unsigned inputs_width(const struct inputs *inputs, unsigned input);

// One concrete input.
struct assignment {
    struct seccomp_data data;
    uint64_t params[INPUT_PARAMS_MAX];
};

// The value of a diagram for it.
uint32_t inputs_evaluate(const struct inputs *inputs, const struct diagram_space *space, diagram f,
                         const struct assignment *assignment);

// The input for which `set` is true that comes first in the order of levels: the smallest arch of
// all, for it the smallest nr, and so on. Bits that do not matter are 0. `set` is not FALSE.
struct assignment inputs_first(const struct inputs *inputs, const struct diagram_space *space,
                               diagram set);

#endif

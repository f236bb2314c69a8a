// SPDX-License-Identifier: ISC
//
// diagram.h: functions from many bits to one 32-bit value, each held exactly once.
//
// A diagram is a reduced, ordered, multi-terminal decision diagram (Bryant 1986; Clarke et al.
// 1993). All diagrams of one space share their nodes, so that two diagrams of a space are the same
// function exactly when they are the same number. Truth is the leaves 0 and 1.
//
// A space has a limit. Once it is reached, or memory is short, every operation on the space gives
// DIAGRAM_UNDECIDED, for ever: an answer is exact or it is no answer.
#ifndef POLICY_DIAGRAM_H
#define POLICY_DIAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t diagram;

#define DIAGRAM_UNDECIDED  0u
#define DIAGRAM_FALSE      1u // the leaf 0
#define DIAGRAM_TRUE       2u // the leaf 1
#define DIAGRAM_LEAF_LEVEL 0xffffu

// Enough for the largest profiles in use by a factor of a hundred; about 150 MB when exhausted.
#define DIAGRAM_NODE_LIMIT ((size_t)4 << 20)

struct diagram_space;

// NULL when there is no memory. `node_limit` counts every node ever made: none is given back before
// the space is. The work is limited too, to 16 steps for each node of the limit.
struct diagram_space *diagram_space_new(size_t node_limit);
void diagram_space_free(struct diagram_space *space);
bool diagram_exhausted(const struct diagram_space *space);
size_t diagram_node_count(const struct diagram_space *space);

diagram diagram_leaf(struct diagram_space *space, uint32_t value);

// The function that is 1 when the bit at `level` is set, else 0. Levels are decided in rising
// order, 0 first.
diagram diagram_bit(struct diagram_space *space, uint32_t level);

// Where `test` is true `then`, elsewhere `otherwise`. `test` has no leaves but 0 and 1.
diagram diagram_choose(struct diagram_space *space, diagram test, diagram then, diagram otherwise);
diagram diagram_not(struct diagram_space *space, diagram f);
diagram diagram_and(struct diagram_space *space, diagram f, diagram g);
diagram diagram_or(struct diagram_space *space, diagram f, diagram g);

// An operation on two values, applied to whole functions. Results are remembered under the address
// of the struct, so it is static and there is one for each operation.
struct diagram_operation {
    uint32_t (*combine)(uint32_t f, uint32_t g);
};
diagram diagram_combine(struct diagram_space *space, const struct diagram_operation *operation,
                        diagram f, diagram g);

// Where the two functions have the same value.
diagram diagram_equal(struct diagram_space *space, diagram f, diagram g);

// The truth over the remaining bits of: `f` holds whatever the bits are for whose levels
// `quantified` says true. `quantified` is indexed by level.
diagram diagram_for_all(struct diagram_space *space, diagram f, const bool *quantified);

// Taking one node apart. `diagram_level` is DIAGRAM_LEAF_LEVEL for a leaf, and only a leaf has a
// value; only another node has the two branches.
uint32_t diagram_level(const struct diagram_space *space, diagram f);
uint32_t diagram_value(const struct diagram_space *space, diagram f);
diagram diagram_branch(const struct diagram_space *space, diagram f, bool bit);

// What `f` becomes below `level` when the bit there is `bit`: for walking down in order of levels.
// `f` tests nothing above `level`.
diagram diagram_descend(const struct diagram_space *space, diagram f, uint32_t level, bool bit);

// All values of `f`, each once, in rising order. False when they are more than `room`, `f` is
// undecided or memory is short.
bool diagram_values(struct diagram_space *space, diagram f, uint32_t *values, size_t room,
                    size_t *count);

// An internal contradiction: the proof engine must not go on. Says so and exits with 70.
_Noreturn void diagram_bug(const char *what);

#endif

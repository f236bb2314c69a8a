// SPDX-License-Identifier: ISC
//
// emit_block.h: lays out instructions from the last to the first.
//
// Whatever an instruction continues with is laid out before it, so every target is known when it is
// needed and every jump goes forward, as the kernel demands. A target is named by its distance from
// the end, which never changes.
#ifndef POLICY_EMIT_BLOCK_H
#define POLICY_EMIT_BLOCK_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

// Instructions from the end: insns[0] runs last.
struct block {
    struct arena *arena;
    struct sock_filter *insns;
    size_t count;
};

typedef size_t block_target;

// Ends the run with `action`. A near return of the same action is used again.
block_target block_return(struct block *block, uint32_t action);

// One instruction (no jump, no return) that goes on at `next`. Where a near one does the same, that
// one: what rules have in common at their ends is laid out once.
block_target block_step(struct block *block, uint16_t code, uint32_t k, block_target next);

// A conditional jump, likewise: BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET against `k`. Targets further
// than 255 instructions are reached over a jump in between.
block_target block_branch(struct block *block, uint16_t compare, uint32_t k, block_target yes,
                          block_target no);

#endif

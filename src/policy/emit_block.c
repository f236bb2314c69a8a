// SPDX-License-Identifier: ISC
//
// emit_block.c: placement and distances, and nothing about policies.
#include "emit_block.h"

#include "arena.h"

enum { NEAR = 255 }; // jt and jf are 8 bits

static block_target place(struct block *block, struct sock_filter insn)
{
    block->insns = arena_room(block->arena, block->insns, block->count, sizeof(insn));
    block->insns[block->count] = insn;
    return block->count++;
}

// How many instructions the next one that is placed must skip to get to `target`.
static size_t distance(const struct block *block, block_target target)
{
    return block->count - 1 - target;
}

block_target block_return(struct block *block, uint32_t action)
{
    size_t oldest = block->count > NEAR ? block->count - NEAR : 0;
    for (size_t i = block->count; i-- > oldest;)
        if (block->insns[i].code == (BPF_RET | BPF_K) && block->insns[i].k == action)
            return i;
    return place(block, (struct sock_filter){BPF_RET | BPF_K, 0, 0, action});
}

// A stand-in for `target` right in front of what is placed next: a copy when it is a return, else
// a jump, which reaches any distance.
static block_target bring_near(struct block *block, block_target target)
{
    struct sock_filter insn = block->insns[target];
    if (insn.code == (BPF_RET | BPF_K))
        return place(block, insn);
    return place(block,
                 (struct sock_filter){BPF_JMP | BPF_JA, 0, 0, (uint32_t)distance(block, target)});
}

// The place that the instruction at `at` goes on at when it skips `skip` instructions.
static block_target target_of(block_target at, uint8_t skip)
{
    return at - 1 - skip;
}

// Is there a near instruction already that is this one and has these two ways on?
static bool find_same(const struct block *block, uint16_t code, uint32_t k, block_target yes,
                      block_target no, block_target *found)
{
    size_t oldest = block->count > NEAR ? block->count - NEAR : 1;
    for (size_t i = block->count; i-- > oldest;) {
        const struct sock_filter *insn = &block->insns[i];
        if (insn->code == code && insn->k == k && target_of(i, insn->jt) == yes &&
            target_of(i, insn->jf) == no) {
            *found = i;
            return true;
        }
    }
    return false;
}

block_target block_step(struct block *block, uint16_t code, uint32_t k, block_target next)
{
    block_target same;
    if (find_same(block, code, k, next, next, &same))
        return same;
    if (distance(block, next) != 0)
        bring_near(block, next);
    return place(block, (struct sock_filter){code, 0, 0, k});
}

block_target block_branch(struct block *block, uint16_t compare, uint32_t k, block_target yes,
                          block_target no)
{
    block_target same;
    if (find_same(block, (uint16_t)(BPF_JMP | BPF_K | compare), k, yes, no, &same))
        return same;
    // Bringing one near moves the other one further away by one.
    if (distance(block, yes) >= NEAR)
        yes = bring_near(block, yes);
    if (distance(block, no) > NEAR)
        no = bring_near(block, no);
    uint8_t jt = (uint8_t)distance(block, yes);
    uint8_t jf = (uint8_t)distance(block, no);
    return place(block, (struct sock_filter){(uint16_t)(BPF_JMP | BPF_K | compare), jt, jf, k});
}

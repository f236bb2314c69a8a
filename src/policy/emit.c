// SPDX-License-Identifier: ISC
//
// emit.c: conditions and the search by number, from the end to the beginning. Each function lays
// out one piece and returns where it begins; `yes` and `no` are where it goes on.
#include "emit.h"

#include <linux/seccomp.h>

#include "architecture.h"
#include "arena.h"
#include "emit_block.h"
#include "emit_order.h"

struct emitter {
    struct block block;
    const struct policy *policy;
    bool wide;
    bool big_endian;
};

// So many call numbers are compared one by one.
enum { CHAIN_MAX = 6 };

// The two ways on from a test.
struct ways {
    block_target yes;
    block_target no;
};

enum half { LOW, HIGH };

static uint32_t half_of(uint64_t value, enum half half)
{
    return (uint32_t)(half == HIGH ? value >> 32 : value);
}

// Is the argument's upper half known to be zero for this test?
static bool upper_is_zero(const struct emitter *emitter, const struct atom *atom)
{
    return atom->narrow || !emitter->wide;
}

// Loads one half of the test's argument, then goes on at `next`.
static block_target load_half(struct emitter *emitter, const struct atom *atom, enum half half,
                              block_target next)
{
    if (half == HIGH && upper_is_zero(emitter, atom))
        return block_step(&emitter->block, BPF_LD | BPF_IMM, 0, next);
    uint32_t offset = (uint32_t)offsetof(struct seccomp_data, args) + 8 * (uint32_t)atom->arg;
    offset += (half == HIGH) != emitter->big_endian ? 4 : 0;
    return block_step(&emitter->block, BPF_LD | BPF_W | BPF_ABS, offset, next);
}

static block_target branch_half(struct emitter *emitter, const struct atom *atom, enum half half,
                                uint16_t compare, uint64_t value, struct ways ways)
{
    block_target test =
        block_branch(&emitter->block, compare, half_of(value, half), ways.yes, ways.no);
    return load_half(emitter, atom, half, test);
}

// Does the test depend on the upper half, given what it is compared with there?
static bool needs_upper(const struct emitter *emitter, const struct atom *atom, uint64_t value)
{
    return !upper_is_zero(emitter, atom) || half_of(value, HIGH) != 0;
}

static block_target emit_equal(struct emitter *emitter, const struct atom *atom, struct ways ways)
{
    if (needs_upper(emitter, atom, atom->value))
        ways.yes = branch_half(emitter, atom, HIGH, BPF_JEQ, atom->value, ways);
    return branch_half(emitter, atom, LOW, BPF_JEQ, atom->value, ways);
}

// argument > value, or >= value: the upper halves decide unless they are equal.
static block_target emit_greater(struct emitter *emitter, const struct atom *atom, uint16_t compare,
                                 struct ways ways)
{
    block_target low = branch_half(emitter, atom, LOW, compare, atom->value, ways);
    if (!needs_upper(emitter, atom, atom->value))
        return low;
    uint32_t high = half_of(atom->value, HIGH);
    block_target equal = block_branch(&emitter->block, BPF_JEQ, high, low, ways.no);
    block_target greater = block_branch(&emitter->block, BPF_JGT, high, ways.yes, equal);
    return load_half(emitter, atom, HIGH, greater);
}

static block_target emit_any_half(struct emitter *emitter, const struct atom *atom, enum half half,
                                  uint64_t mask, struct ways ways)
{
    if (half_of(mask, half) != UINT32_MAX)
        return branch_half(emitter, atom, half, BPF_JSET, mask, ways);
    // All of the bits: as "is it 0" it may be the end of another test as well.
    return branch_half(emitter, atom, half, BPF_JEQ, 0, (struct ways){ways.no, ways.yes});
}

// argument & mask: any bit.
static block_target emit_any(struct emitter *emitter, const struct atom *atom, uint64_t mask,
                             struct ways ways)
{
    if (!upper_is_zero(emitter, atom) && half_of(mask, HIGH) != 0)
        ways.no = emit_any_half(emitter, atom, HIGH, mask, ways);
    return emit_any_half(emitter, atom, LOW, mask, ways);
}

static block_target emit_masked_half(struct emitter *emitter, const struct atom *atom,
                                     enum half half, struct ways ways)
{
    block_target test =
        block_branch(&emitter->block, BPF_JEQ, half_of(atom->value, half), ways.yes, ways.no);
    block_target masked =
        block_step(&emitter->block, BPF_ALU | BPF_AND | BPF_K, half_of(atom->mask, half), test);
    return load_half(emitter, atom, half, masked);
}

static block_target emit_masked_equal(struct emitter *emitter, const struct atom *atom,
                                      struct ways ways)
{
    block_target low = emit_masked_half(emitter, atom, LOW, ways);
    if (half_of(atom->value, HIGH) == 0 &&
        (upper_is_zero(emitter, atom) || half_of(atom->mask, HIGH) == 0))
        return low;
    return emit_masked_half(emitter, atom, HIGH, (struct ways){low, ways.no});
}

static block_target emit_atom(struct emitter *emitter, const struct atom *atom, struct ways ways)
{
    struct ways swapped = {ways.no, ways.yes};
    switch (atom->compare) {
    case COMPARE_EQ: return emit_equal(emitter, atom, ways);
    case COMPARE_NE: return emit_equal(emitter, atom, swapped);
    case COMPARE_GT: return emit_greater(emitter, atom, BPF_JGT, ways);
    case COMPARE_GE: return emit_greater(emitter, atom, BPF_JGE, ways);
    case COMPARE_LE: return emit_greater(emitter, atom, BPF_JGT, swapped);
    case COMPARE_LT: return emit_greater(emitter, atom, BPF_JGE, swapped);
    case COMPARE_ANY: return emit_any(emitter, atom, atom->mask, ways);
    case COMPARE_IN: return emit_any(emitter, atom, ~atom->mask, swapped);
    case COMPARE_MASKED_EQ: break;
    }
    return emit_masked_equal(emitter, atom, ways);
}

static block_target emit_expression(struct emitter *emitter, const struct expression *expression,
                                    struct ways ways)
{
    block_target begin = ways.no;
    for (size_t i = expression->count; i-- > 0;) {
        const struct conjunction *conjunction = &expression->any[i];
        const struct atom **ordered = emit_order(emitter->policy, conjunction);
        struct ways inner = {ways.yes, begin};
        for (size_t j = conjunction->count; j-- > 0;)
            inner.yes = emit_atom(emitter, ordered[j], inner);
        begin = inner.yes;
    }
    return begin;
}

static block_target emit_rule(struct emitter *emitter, const struct rule *rule)
{
    block_target begin = block_return(&emitter->block, rule->otherwise);
    for (size_t i = rule->clause_count; i-- > 0;) {
        const struct clause *clause = &rule->clauses[i];
        struct ways ways = {block_return(&emitter->block, clause->action), begin};
        begin = emit_expression(emitter, &clause->when, ways);
    }
    return begin;
}

// Call numbers from `first` up to the next span's go to `target`.
struct span {
    uint32_t first;
    block_target target;
};

struct spans {
    struct span *list;
    size_t count;
};

static void add_span(struct emitter *emitter, struct spans *spans, uint32_t first,
                     block_target target)
{
    struct span *last = spans->count == 0 ? NULL : &spans->list[spans->count - 1];
    if (last != NULL && last->first == first) {
        last->target = target;
        return;
    }
    if (last != NULL && last->target == target)
        return;
    spans->list = arena_room(emitter->block.arena, spans->list, spans->count, sizeof(*spans->list));
    spans->list[spans->count++] = (struct span){first, target};
}

// The rule with the smallest number that is not below `number`; NULL when there is none.
static const struct rule *next_rule(const struct policy *policy, int64_t number)
{
    const struct rule *next = NULL;
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        if (rule->number[0] >= number && (next == NULL || rule->number[0] < next->number[0]))
            next = rule;
    }
    return next;
}

static bool same_body(const struct rule *a, const struct rule *b)
{
    return a->clauses == b->clauses && a->clause_count == b->clause_count &&
           a->otherwise == b->otherwise;
}

// Lays out the rules' bodies, each once, and returns where each rule's begins.
static block_target *emit_bodies(struct emitter *emitter)
{
    const struct policy *policy = emitter->policy;
    block_target *begins = arena_alloc(emitter->block.arena, policy->rule_count, sizeof(*begins));
    for (size_t i = 0; i < policy->rule_count; i++) {
        bool repeated = i > 0 && same_body(&policy->rules[i], &policy->rules[i - 1]);
        begins[i] = repeated ? begins[i - 1] : emit_rule(emitter, &policy->rules[i]);
    }
    return begins;
}

// Divides all 2^32 call numbers among the rules, the default and, on x86-64, x32.
static struct spans divide_numbers(struct emitter *emitter)
{
    const struct policy *policy = emitter->policy;
    const block_target *begins = emit_bodies(emitter);
    block_target otherwise = block_return(&emitter->block, policy->default_action);
    struct spans spans = {0};
    const struct rule *rule;
    add_span(emitter, &spans, 0, otherwise);
    for (int64_t at = 0; (rule = next_rule(policy, at)) != NULL;
         at = rule->number[0] + INT64_C(1)) {
        uint32_t number = (uint32_t)rule->number[0];
        add_span(emitter, &spans, number, begins[rule - policy->rules]);
        add_span(emitter, &spans, number + 1, otherwise);
    }
    if (architecture_x32(policy->arch[0], ARCHITECTURE_X32)) {
        add_span(emitter, &spans, ARCHITECTURE_X32,
                 block_return(&emitter->block, policy->bad_arch_action));
        add_span(emitter, &spans, UINT32_MAX, otherwise);
    }
    return spans;
}

static bool is_one_number(const struct spans *spans, size_t at)
{
    return at + 1 < spans->count && spans->list[at + 1].first == spans->list[at].first + 1;
}

// Are these spans few single numbers, and one and the same target all around them?
static bool is_chain(const struct spans *spans, size_t from, size_t to, block_target *around)
{
    bool known = false;
    size_t singles = 0;
    for (size_t i = from; i < to; i++) {
        if (is_one_number(spans, i)) {
            singles++;
            continue;
        }
        if (known && spans->list[i].target != *around)
            return false;
        known = true;
        *around = spans->list[i].target;
    }
    return known && singles <= CHAIN_MAX;
}

// A binary search over the spans from `from` up to but not including `to`, and for a few numbers a
// comparison with one after the other, which is half as long.
static block_target emit_search(struct emitter *emitter, const struct spans *spans, size_t from,
                                size_t to)
{
    block_target next = spans->list[from].target;
    if (to - from == 1)
        return next;
    if (is_chain(spans, from, to, &next)) {
        for (size_t i = to; i-- > from;)
            if (is_one_number(spans, i))
                next = block_branch(&emitter->block, BPF_JEQ, spans->list[i].first,
                                    spans->list[i].target, next);
        return next;
    }
    size_t middle = from + (to - from) / 2;
    block_target above = emit_search(emitter, spans, middle, to);
    block_target below = emit_search(emitter, spans, from, middle);
    return block_branch(&emitter->block, BPF_JGE, spans->list[middle].first, above, below);
}

static void turn_round(const struct block *block, struct program *program)
{
    program->insns = arena_alloc(block->arena, block->count, sizeof(*program->insns));
    program->count = block->count;
    for (size_t i = 0; i < block->count; i++)
        program->insns[i] = block->insns[block->count - 1 - i];
}

bool emit_program(const struct policy *policy, struct program *program, size_t *needed)
{
    struct emitter emitter = {.block = {.arena = policy->arena}, .policy = policy};
    struct block *block = &emitter.block;
    emitter.wide = architecture_wide(policy->arch[0]);
    emitter.big_endian = architecture_big_endian(policy->arch[0]);
    struct spans spans = divide_numbers(&emitter);
    block_target search = emit_search(&emitter, &spans, 0, spans.count);
    block_target number =
        block_step(block, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), search);
    block_target stranger = block_return(block, policy->bad_arch_action);
    block_target arch = block_branch(block, BPF_JEQ, policy->arch[0], number, stranger);
    block_step(block, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), arch);
    *needed = block->count;
    if (block->count > BPF_MAXINSNS)
        return false;
    turn_round(block, program);
    return true;
}

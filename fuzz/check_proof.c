// SPDX-License-Identifier: ISC
#include "check_proof.h"

#include <stdlib.h>
#include <string.h>

#include "check_poor.h"
#include "oracle.h"
#include "policy/verdict.h"
#include "policy/verdict_regions.h"

enum {
    NODES = 1 << 15,
    NODES_FEW = 1 << 10,
    NODES_SIMPLE = 1 << 12,
    TRIED = 48,
    REGIONS = 512,
    WORDS = 16,
    PER_WORD = 12
};

// One call, what each side says to it by the model, and how often a region held it.
struct tried {
    struct seccomp_data data;
    uint32_t result[2];
    unsigned regions;
};

static struct tried tried[TRIED + 8];
static size_t tried_count;
static size_t alone; // which of a stack is held against it

static uint32_t word_near(const uint32_t *known, size_t count, struct dice *dice)
{
    uint32_t word = count > 0 ? known[dice_roll(dice) % count] : 0;
    switch (dice_roll(dice) % 8) {
    case 0: return word + 1;
    case 1: return word - 1;
    case 2: return ~word;
    case 3: return (uint32_t)dice_roll(dice);
    case 4: return word ^ UINT32_C(1) << dice_roll(dice) % 32;
    default: return word;
    }
}

// A word of the call is near the constants that stand behind its load.
struct seccomp_data check_proof_call(const struct sock_filter *insns, size_t count,
                                     struct dice *dice)
{
    uint32_t known[WORDS][PER_WORD], words[WORDS];
    size_t counts[WORDS] = {0}, at = 0;
    for (size_t i = 0; i < count; i++) {
        if (insns[i].code == 0x20)
            at = insns[i].k / 4;
        else if ((insns[i].code & 7) == 5 || (insns[i].code & 7) == 4)
            known[at][counts[at]++ % PER_WORD] = insns[i].k;
    }
    for (size_t i = 0; i < WORDS; i++)
        words[i] = word_near(known[i], counts[i] < PER_WORD ? counts[i] : PER_WORD, dice);
    struct seccomp_data data;
    memcpy(&data, words, sizeof(data));
    return data;
}

// kernel/seccomp.c seccomp_run_filters(): from the newest on, what is stricter than all before.
static uint32_t stricter(uint32_t so_far, uint32_t next)
{
    return (int32_t)(next & 0xffff0000) < (int32_t)(so_far & 0xffff0000) ? next : so_far;
}

static void judge(const struct proof_pair *pair, struct tried *call)
{
    static uint16_t path[PROGRAM_INSNS];
    size_t steps;
    uint32_t left =
        program_model_run(pair->left.insns, pair->left.count, &call->data, path, &steps);
    uint32_t right =
        program_model_run(pair->right.insns, pair->right.count, &call->data, path, &steps);
    call->result[0] = pair->stacked ? stricter(stricter(SECCOMP_RET_ALLOW, right), left) : left;
    call->result[1] = pair->stacked && alone == 0 ? left : right;
}

static enum difference difference(const struct tried *call)
{
    unsigned left = program_model_rank(call->result[0]),
             right = program_model_rank(call->result[1]);
    if (call->result[0] == call->result[1])
        return DIFFERENCE_NONE;
    if (left == right)
        return DIFFERENCE_DATA;
    return left < right ? DIFFERENCE_STRICTER : DIFFERENCE_WEAKER;
}

static void check_path(const struct proof_pair *pair, const struct witness *witness, size_t side)
{
    static uint16_t path[PROGRAM_INSNS];
    const struct judgement *by = &witness->by[side];
    const struct program *program = side == 0 ? &pair->left : &pair->right;
    size_t steps;
    if (pair->stacked)
        program = (side == 0 ? by->program : alone) == 1 ? &pair->right : &pair->left;
    ORACLE(by->program < (pair->stacked && side == 0 ? 2 : 1), "program %zu does not exist",
           by->program);
    program_model_run(program->insns, program->count, &witness->input.data, path, &steps);
    ORACLE(by->steps == steps && by->path != NULL &&
               memcmp(by->path, path, steps * sizeof(*path)) == 0,
           "a witness takes %zu steps, not %zu, or others", steps, by->steps);
}

static void check_witness(const struct proof_pair *pair, const struct witness *witness)
{
    struct tried call = {.data = witness->input.data};
    judge(pair, &call);
    for (size_t side = 0; side < 2; side++) {
        ORACLE(witness->by[side].result == call.result[side], "a witness gets %#x, not %#x",
               call.result[side], witness->by[side].result);
        check_path(pair, witness, side);
    }
    ORACLE(witness->difference == difference(&call), "a witness differs by %d, not %d",
           difference(&call), witness->difference);
}

static enum relation expected_relation(const bool *seen)
{
    if (seen[DIFFERENCE_DATA] || (seen[DIFFERENCE_STRICTER] && seen[DIFFERENCE_WEAKER]))
        return RELATION_INCOMPARABLE;
    if (seen[DIFFERENCE_STRICTER] || seen[DIFFERENCE_WEAKER])
        return seen[DIFFERENCE_STRICTER] ? RELATION_STRICTER : RELATION_WEAKER;
    return RELATION_EQUAL;
}

// Every difference that is seen has a witness, whose call is not behind one that was tried.
static void check_verdict(const struct proof_pair *pair, const struct verdict *verdict)
{
    bool seen[DIFFERENCE_COUNT] = {false};
    const struct witness *of[DIFFERENCE_COUNT] = {NULL};
    for (size_t i = 0; i < verdict->witness_count; i++) {
        check_witness(pair, &verdict->witness[i]);
        ORACLE(of[verdict->witness[i].difference] == NULL, "a difference has one witness");
        of[verdict->witness[i].difference] = &verdict->witness[i];
        seen[verdict->witness[i].difference] = true;
    }
    for (size_t i = 0; i < tried_count; i++) {
        enum difference found = difference(&tried[i]);
        if (found == DIFFERENCE_NONE)
            continue;
        ORACLE(of[found] != NULL, "nr %d on %#x differs (%#x, %#x), but the two are %s",
               tried[i].data.nr, tried[i].data.arch, tried[i].result[0], tried[i].result[1],
               verdict_word(verdict->relation));
        const struct seccomp_data *least = &of[found]->input.data;
        ORACLE(tried[i].data.arch != least->arch ||
                   (uint32_t)tried[i].data.nr >= (uint32_t)least->nr,
               "nr %d is a smaller witness than %d", tried[i].data.nr, least->nr);
    }
    ORACLE(verdict->relation == expected_relation(seen), "the relation is %d, not %d",
           expected_relation(seen), verdict->relation);
    ORACLE(!pair->same || verdict->relation == RELATION_EQUAL, "what is the same is %s",
           verdict_word(verdict->relation));
}

static bool allowed(uint32_t result)
{
    return program_model_rank(result) >= 6;
}

static enum change change_of(const struct tried *call)
{
    if (allowed(call->result[0]) == allowed(call->result[1]))
        return CHANGE_OTHER;
    return allowed(call->result[1]) ? CHANGE_ALLOWED : CHANGE_DENIED;
}

static bool span_holds(const struct span *span, uint64_t value)
{
    switch (span->kind) {
    case SPAN_ANY: return true;
    case SPAN_RANGE: return value >= span->low && value <= span->high;
    case SPAN_LOW_RANGE: return (uint32_t)value >= span->low && (uint32_t)value <= span->high;
    default: return (value & span->mask) == span->bits;
    }
}

static bool count_region(void *context, const struct region *region)
{
    size_t *left = context;
    for (size_t i = 0; i < tried_count; i++) {
        const struct seccomp_data *data = &tried[i].data;
        bool held = span_holds(&region->span[INPUT_ARCH], data->arch) &&
                    span_holds(&region->span[INPUT_NR], (uint32_t)data->nr) &&
                    span_holds(&region->span[INPUT_IP], data->instruction_pointer);
        for (unsigned arg = 0; held && arg < INPUT_ARGS; arg++)
            held = span_holds(&region->span[INPUT_ARG + arg], data->args[arg]);
        tried[i].regions += held ? 1 : 0;
    }
    return --*left > 0;
}

// A call is in one region of its change, and in none of another.
static void check_regions(const struct subject *left, const struct subject *right,
                          enum change change)
{
    size_t room = REGIONS;
    const char *reason = NULL;
    for (size_t i = 0; i < tried_count; i++)
        tried[i].regions = 0;
    bool whole =
        regions_changed(left, right, NULL, change, NODES, count_region, &room, &reason) && room > 0;
    for (size_t i = 0; i < tried_count; i++) {
        bool here = tried[i].result[0] != tried[i].result[1] && change_of(&tried[i]) == change;
        ORACLE(tried[i].regions <= (here ? 1 : 0),
               "nr %d is in %u regions of change %d, and %s (%#x, %#x)", tried[i].data.nr,
               tried[i].regions, change, here ? "belongs there" : "does not", tried[i].result[0],
               tried[i].result[1]);
        ORACLE(!whole || !here || tried[i].regions == 1, "nr %d is in no region of change %d",
               tried[i].data.nr, change);
    }
}

static void try_calls(const struct proof_pair *pair, struct dice *dice)
{
    for (tried_count = 0; tried_count < TRIED; tried_count++) {
        const struct program *of = tried_count % 2 == 0 ? &pair->left : &pair->right;
        tried[tried_count].data = check_proof_call(of->insns, of->count, dice);
        judge(pair, &tried[tried_count]);
    }
}

// The proof may give up where there is arithmetic that it does not do, and says where that is; or
// where the functions are large.
static void check_excuse(const struct proof_pair *pair, const struct verdict *verdict)
{
    const struct program both[2] = {pair->left, pair->right};
    ORACLE(verdict->reason != NULL && verdict->witness_count == 0, "it says why");
    if (strstr(verdict->reason, "too large") != NULL) {
        ORACLE(verdict->node_count > NODES_SIMPLE, "%zu nodes are not too many",
               verdict->node_count);
        return;
    }
    size_t side = verdict->culprit == 0 ? verdict->program : alone;
    const struct program *at = &both[pair->stacked ? side : verdict->culprit];
    ORACLE(program_model_is_hard(at->insns, at->count), "a simple program is decided: %s",
           verdict->reason);
    ORACLE(verdict->insn < at->count && (at->insns[verdict->insn].code & 7) == 4,
           "instruction %zu is no arithmetic: %s", verdict->insn, verdict->reason);
}

// A proof that runs out of room may give up, but what it says holds all the same.
static void check_short_of_room(const struct proof_pair *pair, const struct subject *left,
                                const struct subject *right, struct dice *dice)
{
    struct verdict *verdict = verdict_prove(left, right, 0, dice_roll(dice) % NODES_FEW);
    ORACLE(verdict != NULL, "there is a verdict");
    if (verdict->relation != RELATION_UNDECIDED)
        check_verdict(pair, verdict);
    verdict_free(verdict);
}

void check_proof_refused(struct program *refused, struct program *other)
{
    const struct subject left = {.programs = refused, .program_count = 1},
                         right = {.programs = other, .program_count = 1};
    struct verdict *verdict = verdict_prove(&left, &right, 0, NODES);
    struct program_fault fault = {0, NULL};
    program_accept(refused->insns, refused->count, &fault);
    ORACLE(verdict != NULL && verdict->relation == RELATION_UNDECIDED,
           "what is refused is decided");
    ORACLE(verdict->culprit == 0 && verdict->insn == fault.index &&
               strcmp(verdict->reason, fault.reason) == 0,
           "instruction %zu is refused (%s), not %zu of %zu (%s)", fault.index, fault.reason,
           verdict->insn, verdict->culprit, verdict->reason);
    verdict_free(verdict);
}

static void judge_poor(void *context, const struct verdict *verdict)
{
    check_verdict(context, verdict);
}

void check_proof(struct proof_pair *pair, struct dice *dice)
{
    struct program both[2] = {pair->left, pair->right};
    struct subject left = {.programs = both, .program_count = pair->stacked ? 2 : 1};
    alone = pair->stacked ? dice_roll(dice) % 2 : 1;
    struct subject right = {.programs = &both[alone], .program_count = 1};
    try_calls(pair, dice);
    check_short_of_room(pair, &left, &right, dice);
    if (pair->poor)
        check_poor(&left, &right, NODES, judge_poor, pair);
    struct verdict *verdict = verdict_prove(&left, &right, 0, NODES);
    ORACLE(verdict != NULL, "there is a verdict");
    if (verdict->relation == RELATION_UNDECIDED) {
        check_excuse(pair, verdict);
    } else {
        check_verdict(pair, verdict);
        for (size_t i = 0; i < verdict->witness_count; i++)
            tried[tried_count++].data = verdict->witness[i].input.data;
        for (size_t i = TRIED; i < tried_count; i++)
            judge(pair, &tried[i]);
        for (int change = CHANGE_ALLOWED; change <= CHANGE_OTHER; change++)
            check_regions(&left, &right, (enum change)change);
    }
    verdict_free(verdict);
}

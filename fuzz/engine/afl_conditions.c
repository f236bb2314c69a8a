// SPDX-License-Identifier: ISC
//
// afl_conditions.c: an answer about conditions that was given once is not worked out again.
//
// Stands between resolve_check.c and verdict_condition.c (bound by the linker, see meson.build). A
// fuzzer changes one word of a text and leaves its other conditions as they were; the proofs about
// them would take most of the time. The answer follows from the tests, the ranges of the
// parameters that they name and the widths of the registers: all of that, and not a hash of it, is
// compared before an answer is given from memory. Replays and libFuzzer work out all of them.
#include <linux/audit.h>
#include <string.h>

#include "../oracle.h"
#include "policy/verdict_condition.h"

enum { SLOTS = 1 << 16, KEY_WORDS = 512, TEST_WORDS = 6 };

// What was asked, word by word, and what was answered, behind the words.
struct answer {
    size_t words;
    uint64_t key[];
};

// What resolve_check.c holds for the conditions of one rule. `conditions` is made when it is
// needed.
struct asked {
    const struct policy *policy;
    uint32_t archs;
    const struct clause *clauses;
    size_t count;
    uint64_t widths;
    struct conditions *conditions;
};

static struct answer *answers[SLOTS]; // a question has two neighbouring places

struct conditions *__real_conditions_begin(const struct policy *policy, uint32_t archs,
                                           const struct clause *clauses, size_t count);
void __real_conditions_end(struct conditions *conditions);
void __real_conditions_chain(struct conditions *conditions, const struct clause *clauses,
                             size_t count, enum truth *status);
struct asked *__wrap_conditions_begin(const struct policy *policy, uint32_t archs,
                                      const struct clause *clauses, size_t count);
void __wrap_conditions_end(struct asked *asked);
void __wrap_conditions_chain(struct asked *asked, const struct clause *clauses, size_t count,
                             enum truth *status);
enum truth __wrap_conditions_ask(struct asked *asked, const struct expression *expression);

struct asked *__wrap_conditions_begin(const struct policy *policy, uint32_t archs,
                                      const struct clause *clauses, size_t count)
{
    static struct asked asked;
    ORACLE(asked.policy == NULL, "the conditions of one rule are asked at a time");
    asked = (struct asked){policy, archs, clauses, count, 0, NULL};
    for (size_t i = 0; i < policy->arch_count; i++)
        if ((archs >> i & 1) != 0)
            asked.widths |= (policy->arch[i] & __AUDIT_ARCH_64BIT) != 0 ? 2 : 1;
    return &asked;
}

void __wrap_conditions_end(struct asked *asked)
{
    if (asked->conditions != NULL)
        __real_conditions_end(asked->conditions);
    asked->policy = NULL;
}

static uint64_t *note_test(const struct policy *policy, const struct atom *atom, uint64_t *at)
{
    *at++ = (uint64_t)atom->compare << 16 | (uint64_t)atom->arg << 8 | atom->narrow;
    *at++ = atom->mask;
    *at++ = atom->value;
    if (atom->param == NO_PARAM)
        return at;
    const struct param *param = &policy->params[atom->param];
    *at++ = (uint64_t)atom->param << 8 | param->bits;
    *at++ = param->low;
    *at++ = param->high;
    return at;
}

// Returns behind the last word; NULL when there is no room for all.
static uint64_t *note_question(const struct asked *asked, const struct clause *clauses,
                               size_t count, uint64_t *at)
{
    const uint64_t *end = at + KEY_WORDS;
    *at++ = asked->widths << 32 | count;
    for (size_t i = 0; i < count; i++) {
        const struct expression *when = &clauses[i].when;
        if (end - at < 1)
            return NULL;
        *at++ = when->count;
        for (size_t j = 0; j < when->count; j++) {
            if (end - at < 1)
                return NULL;
            *at++ = UINT64_MAX - when->any[j].count; // is no first word of a test
            for (size_t k = 0; k < when->any[j].count; k++) {
                if (end - at < TEST_WORDS)
                    return NULL;
                at = note_test(asked->policy, &when->any[j].atoms[k], at);
            }
        }
    }
    return at;
}

static size_t slot_of(const uint64_t *key, size_t words)
{
    uint64_t hash = words;
    for (size_t i = 0; i < words; i++) {
        hash = (hash ^ key[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return hash % SLOTS;
}

static const enum truth *recall(size_t slot, const uint64_t *key, size_t words)
{
    for (size_t i = 0; i < 2; i++) {
        const struct answer *answer = answers[slot ^ i];
        if (answer != NULL && answer->words == words &&
            memcmp(answer->key, key, words * sizeof(key[0])) == 0)
            return (const enum truth *)(answer->key + words);
    }
    return NULL;
}

static void remember(size_t slot, const uint64_t *key, size_t words, const enum truth *status,
                     size_t truths)
{
    struct answer *answer =
        malloc(sizeof(*answer) + words * sizeof(key[0]) + truths * sizeof(status[0]));
    ORACLE(answer != NULL, "there is memory");
    answer->words = words;
    memcpy(answer->key, key, words * sizeof(key[0]));
    memcpy(answer->key + words, status, truths * sizeof(status[0]));
    free(answers[slot ^ 1]);
    answers[slot ^ 1] = answers[slot];
    answers[slot] = answer;
}

void __wrap_conditions_chain(struct asked *asked, const struct clause *clauses, size_t count,
                             enum truth *status)
{
    uint64_t key[KEY_WORDS];
    const uint64_t *end = note_question(asked, clauses, count, key);
    const size_t words = end == NULL ? 0 : (size_t)(end - key);
    const size_t slot = slot_of(key, words);
    const enum truth *known = end == NULL ? NULL : recall(slot, key, words);
    if (known != NULL) {
        memcpy(status, known, (count + 1) * sizeof(status[0]));
        return;
    }
    if (asked->conditions == NULL)
        asked->conditions =
            __real_conditions_begin(asked->policy, asked->archs, asked->clauses, asked->count);
    __real_conditions_chain(asked->conditions, clauses, count, status);
    if (end != NULL)
        remember(slot, key, words, status, count + 1);
}

enum truth __wrap_conditions_ask(struct asked *asked, const struct expression *expression)
{
    const struct clause clause = {.when = *expression};
    enum truth status[2];
    __wrap_conditions_chain(asked, &clause, 1, status);
    return status[0];
}

// SPDX-License-Identifier: ISC
//
// afl_truth.c: for the model what afl_conditions.c is for the proof below the reader.
//
// The model's own answers about tests (model/truth_model.h), which are worked out bit by bit. The
// whole question is compared before an answer is given from memory.
#include <string.h>

#include "../model/truth_model.h"
#include "../oracle.h"

enum { SLOTS = 1 << 14, TEST_WORDS = 6, KEY_WORDS = 1 + TRUTH_TESTS * TEST_WORDS, ROWS_MAX = 512 };

// The words of the question, then the rows of the answer. `known`: it is one.
static struct memory {
    size_t words, rows;
    bool known;
    uint64_t *list;
} memories[SLOTS];

bool __real_truth_model(const struct model_test *tests, size_t count,
                        const struct model_param *params, bool wide, struct truth_table *table);
bool __wrap_truth_model(const struct model_test *tests, size_t count,
                        const struct model_param *params, bool wide, struct truth_table *table);

static size_t note(const struct model_test *tests, size_t count, const struct model_param *params,
                   bool wide, uint64_t *key)
{
    uint64_t *at = key;
    *at++ = count << 1 | wide;
    for (size_t i = 0; i < count; i++) {
        const struct model_test *test = &tests[i];
        const bool bound = test->param >= 0;
        *at++ = (uint64_t)test->how << 16 | (uint64_t)test->arg << 8 | test->narrow;
        *at++ = test->mask;
        *at++ = test->value;
        *at++ = (uint64_t)test->param;
        *at++ = bound ? params[test->param].low : 0;
        *at++ = bound ? params[test->param].high : 0;
    }
    return (size_t)(at - key);
}

static struct memory *place_of(const uint64_t *key, size_t words)
{
    uint64_t hash = words;
    for (size_t i = 0; i < words; i++) {
        hash = (hash ^ key[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return &memories[hash % SLOTS];
}

static bool recall(const struct memory *memory, const uint64_t *key, size_t words,
                   struct truth_table *table)
{
    if (memory->words != words || memcmp(memory->list, key, words * sizeof(key[0])) != 0)
        return false;
    table->count = memory->rows;
    memcpy(table->rows, memory->list + words, memory->rows * sizeof(key[0]));
    return true;
}

static void keep(struct memory *memory, const uint64_t *key, size_t words, bool known,
                 const struct truth_table *table)
{
    free(memory->list);
    *memory = (struct memory){words, table->count, known, NULL};
    memory->list = malloc((words + table->count) * sizeof(key[0]));
    ORACLE(memory->list != NULL, "there is memory");
    memcpy(memory->list, key, words * sizeof(key[0]));
    memcpy(memory->list + words, table->rows, table->count * sizeof(key[0]));
}

bool __wrap_truth_model(const struct model_test *tests, size_t count,
                        const struct model_param *params, bool wide, struct truth_table *table)
{
    uint64_t key[KEY_WORDS];
    if (count > TRUTH_TESTS)
        return __real_truth_model(tests, count, params, wide, table);
    const size_t words = note(tests, count, params, wide, key);
    struct memory *memory = place_of(key, words);
    if (recall(memory, key, words, table))
        return memory->known;
    const bool known = __real_truth_model(tests, count, params, wide, table);
    if (table->count <= ROWS_MAX)
        keep(memory, key, words, known, table);
    return known;
}

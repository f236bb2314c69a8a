// SPDX-License-Identifier: ISC
//
// machine_words.c: the table of the words that a run has met.
//
// Promise: equal words have equal numbers.
#include "machine_words.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_WORDS 256u

static size_t hash_word(const struct bits *word)
{
    uint64_t mixed = 0;
    for (unsigned i = 0; i < word->width; i++) {
        mixed = (mixed ^ word->bit[i]) * 0x9e3779b97f4a7c15u;
        mixed ^= mixed >> 31;
    }
    return (size_t)mixed;
}

static bool same_word(const struct bits *a, const struct bits *b)
{
    return memcmp(a->bit, b->bit, a->width * sizeof a->bit[0]) == 0;
}

// The bucket that holds `word`, or the empty one where it belongs.
static machine_word *find_bucket(const struct machine_words *words, const struct bits *word)
{
    size_t mask = words->capacity * 2 - 1;
    size_t place = hash_word(word) & mask;
    while (words->buckets[place] != 0 && !same_word(&words->words[words->buckets[place] - 1], word))
        place = (place + 1) & mask;
    return &words->buckets[place];
}

static bool grow(struct machine_words *words, size_t capacity)
{
    struct bits *longer = realloc(words->words, capacity * sizeof *longer);
    if (longer == NULL)
        return false;
    words->words = longer;
    machine_word *buckets = calloc(capacity * 2, sizeof *buckets);
    if (buckets == NULL)
        return false;
    free(words->buckets);
    words->buckets = buckets;
    words->capacity = capacity;
    for (size_t i = 0; i < words->count; i++)
        *find_bucket(words, &words->words[i]) = (machine_word)i + 1;
    return true;
}

bool machine_words_init(struct machine_words *words, struct diagram_space *space)
{
    *words = (struct machine_words){.space = space};
    if (!grow(words, FIRST_WORDS))
        return false;
    struct bits zero = bits_constant(32, 0);
    machine_words_keep(words, &zero);
    return true;
}

void machine_words_free(struct machine_words *words)
{
    free(words->words);
    free(words->buckets);
}

machine_word machine_words_keep(struct machine_words *words, const struct bits *word)
{
    machine_word *bucket = find_bucket(words, word);
    if (*bucket != 0)
        return *bucket - 1;
    if (words->count == words->capacity) {
        if (!grow(words, words->capacity * 2)) {
            words->failed = true;
            return 0;
        }
        bucket = find_bucket(words, word);
    }
    words->words[words->count] = *word;
    *bucket = (machine_word)++words->count;
    return *bucket - 1;
}

const struct bits *machine_words_get(const struct machine_words *words, machine_word word)
{
    return &words->words[word];
}

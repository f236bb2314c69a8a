// SPDX-License-Identifier: ISC
//
// machine_words.h: 32-bit words of diagrams, each held once, so that a register is one number and
// two states of the machine are compared by comparing numbers.
#ifndef POLICY_MACHINE_WORDS_H
#define POLICY_MACHINE_WORDS_H

#include "diagram_bits.h"

// Word 0 is the constant 0.
typedef uint32_t machine_word;

struct machine_words {
    struct diagram_space *space;
    struct bits *words;
    machine_word *buckets; // 1 + a word, 0: empty; open addressing
    size_t count;
    size_t capacity; // a power of two; there are twice as many buckets
    bool failed;     // no memory: words are no longer to be trusted
};

// False when there is no memory. Freed in either case by machine_words_free.
bool machine_words_init(struct machine_words *words, struct diagram_space *space);
void machine_words_free(struct machine_words *words);

// The number of a word of 32 bits. Gives 0 and sets `failed` when there is no memory.
machine_word machine_words_keep(struct machine_words *words, const struct bits *word);

const struct bits *machine_words_get(const struct machine_words *words, machine_word word);

#endif

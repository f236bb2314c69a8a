// SPDX-License-Identifier: ISC
//
// afl_mutator.c: a LLVMFuzzerCustomMutator for afl-fuzz, which wants functions of other names
// (AFL++, docs/custom_mutators.md), and the LLVMFuzzerMutate that it may call.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *state, uint8_t *in, size_t size, uint8_t **out, uint8_t *add,
                       size_t add_size, size_t max_size);
void afl_custom_deinit(void *state);

struct mutator {
    uint8_t *bytes;
    size_t room;
};

static uint64_t random_state; // of xorshift64

static size_t below(size_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state >> 16) % bound;
}

static size_t insert(uint8_t *data, size_t size, size_t max_size)
{
    size_t at = below(size + 1);
    size_t count = 1 + below(8);
    if (count > max_size - size)
        return size;
    memmove(data + at + count, data + at, size - at);
    for (size_t i = 0; i < count; i++)
        data[at + i] = (uint8_t)(size > 0 && at > 0 ? data[below(at)] : below(256));
    return size + count;
}

static size_t erase(uint8_t *data, size_t size)
{
    size_t at = below(size);
    size_t count = 1 + below(size - at < 8 ? size - at : 8);
    memmove(data + at, data + at + count, size - at - count);
    return size - count;
}

// One small change: a bit, a byte, a sum, an insertion or a gap.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    if (size == 0)
        return max_size > 0 ? insert(data, size, max_size) : 0;
    uint8_t *byte = &data[below(size)];
    switch (below(5)) {
    case 0: *byte ^= (uint8_t)(1U << below(8)); return size;
    case 1: *byte = (uint8_t)below(256); return size;
    case 2: *byte = (uint8_t)(*byte + below(70) - 35); return size;
    case 3: return erase(data, size);
    default: return insert(data, size, max_size);
    }
}

void *afl_custom_init(void *afl, unsigned seed)
{
    (void)afl;
    random_state = seed | UINT64_C(0x9e3779b97f4a7c15);
    return calloc(1, sizeof(struct mutator));
}

// The result stays ours until the next call. 0 on lack of memory: afl-fuzz gives up.
size_t afl_custom_fuzz(void *state, uint8_t *in, size_t size, uint8_t **out, uint8_t *add,
                       size_t add_size, size_t max_size)
{
    (void)add;
    (void)add_size;
    struct mutator *mutator = state;
    if (mutator->room < max_size) {
        uint8_t *bytes = realloc(mutator->bytes, max_size);
        if (bytes == NULL)
            return 0;
        mutator->bytes = bytes;
        mutator->room = max_size;
    }
    memcpy(mutator->bytes, in, size);
    *out = mutator->bytes;
    return LLVMFuzzerCustomMutator(mutator->bytes, size, max_size, (unsigned)below(UINT32_MAX));
}

void afl_custom_deinit(void *state)
{
    struct mutator *mutator = state;
    free(mutator->bytes);
    free(mutator);
}

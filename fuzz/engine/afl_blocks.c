// SPDX-License-Identifier: ISC
//
// afl_blocks.c: where an arena has its memory from under afl-fuzz.
//
// ASan's own calloc(3) and free(3) take half of the time of a small input. Here a block is cut from
// a pool of which ASan is told what is a block, what lies between two, and what was given back; so
// it sees each stray byte as before. Replays and libFuzzer have the allocator itself. Built by a
// plain compiler: it writes where nobody else may.
#include "../oracle.h"

#include <stdbool.h>
#include <string.h>

enum { POOL_BYTES = 4 << 20, REUSED_BYTES = 256 << 10, EDGE = 16 };

// Before each block, in the bytes that are nobody's.
struct head {
    size_t size;
    size_t state;
};

enum { GIVEN_OUT = 0x61726561, GIVEN_BACK = 0x66726565 };

static _Alignas(EDGE) char pool[POOL_BYTES];
static size_t used, live;
static bool begun;

void __asan_poison_memory_region(void const volatile *address, size_t size);
void __asan_unpoison_memory_region(void const volatile *address, size_t size);
void *afl_blocks_calloc(size_t count, size_t size);
void afl_blocks_free(void *block);
void afl_blocks_begin(void);

// What was made before the first input stays, and so does not come from here.
void afl_blocks_begin(void)
{
    if (!begun)
        __asan_poison_memory_region(pool, POOL_BYTES);
    begun = true;
}

// Not by memset(3), of which ASan has its own: that there is room is known.
__attribute__((no_builtin("memset"))) static void clear(char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += sizeof(uint64_t))
        *(uint64_t *)(void *)(bytes + i) = 0;
}

void *afl_blocks_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (!begun || __builtin_mul_overflow(count, size, &bytes) || bytes > POOL_BYTES / 2)
        return calloc(count, size);
    size_t room = sizeof(struct head) + (bytes + EDGE + EDGE - 1) / EDGE * EDGE;
    if (live == 0 && used > REUSED_BYTES)
        used = 0;
    if (room > POOL_BYTES - used)
        return calloc(count, size);
    *(struct head *)(void *)(pool + used) = (struct head){bytes, GIVEN_OUT};
    char *block = pool + used + sizeof(struct head);
    __asan_unpoison_memory_region(block, bytes);
    clear(block, room - sizeof(struct head));
    used += room;
    live++;
    return block;
}

void afl_blocks_free(void *block)
{
    if ((char *)block < pool || (char *)block >= pool + POOL_BYTES) {
        free(block);
        return;
    }
    struct head *head = (struct head *)block - 1;
    ORACLE(head->state == GIVEN_OUT, "a block is given back once");
    head->state = GIVEN_BACK;
    __asan_poison_memory_region(block, head->size);
    live--;
}

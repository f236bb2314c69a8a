// SPDX-License-Identifier: ISC
#include "table_memory.h"

#include "echocell/private.h"
#include "oracle.h"

#include <stdbool.h>
#include <string.h>

#define BLOCKS_MAX 64

static struct {
    void *memory;
    size_t bytes;
    bool used;
} blocks[BLOCKS_MAX];

void table_memory_reuse(void)
{
    for (size_t i = 0; i < BLOCKS_MAX; i++)
        blocks[i].used = false;
}

void *table_memory_of(size_t bytes)
{
    for (size_t i = 0; i < BLOCKS_MAX; i++)
        if (blocks[i].used && blocks[i].bytes == bytes)
            return blocks[i].memory;
    oracle_fail("memory: no table of %zu bytes", bytes);
}

void *private_allocate(size_t count, size_t size)
{
    const size_t bytes = count * size;
    size_t at = 0;
    while (blocks[at].used || (blocks[at].memory != NULL && blocks[at].bytes != bytes))
        ORACLE(++at < BLOCKS_MAX, "memory: more tables than expected");
    if (blocks[at].memory == NULL)
        blocks[at].memory = malloc(bytes);
    ORACLE(blocks[at].memory != NULL, "memory: %zu bytes", bytes);
    blocks[at].bytes = bytes;
    blocks[at].used = true;
    return memset(blocks[at].memory, 0, bytes);
}

// SPDX-License-Identifier: ISC
//
// arena.c: one allocation a block, so that a memory checker sees the edges of every object.
#include "arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_NO_MEMORY = 70 };

struct block {
    struct block *next;
    max_align_t bytes[];
};

struct arena {
    struct block *blocks;
};

static void *require(void *memory)
{
    if (memory != NULL)
        return memory;
    fputs("seccomp-audit: out of memory\n", stderr);
    _exit(EXIT_NO_MEMORY);
}

struct arena *arena_create(void)
{
    return require(calloc(1, sizeof(struct arena)));
}

void arena_destroy(struct arena *arena)
{
    while (arena != NULL && arena->blocks != NULL) {
        struct block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    free(arena);
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    bool wraps = __builtin_mul_overflow(count, size, &total);
    wraps |= __builtin_add_overflow(total, sizeof(struct block), &total);
    struct block *block = require(wraps ? NULL : calloc(1, total));
    block->next = arena->blocks;
    arena->blocks = block;
    return block->bytes;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t length)
{
    char *copy = arena_alloc(arena, length + 1, 1);
    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

char *arena_vformat(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = length < 0 ? require(NULL) : arena_alloc(arena, (size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vformat(arena, format, arguments);
    va_end(arguments);
    return text;
}

void *arena_room(struct arena *arena, void *list, size_t count, size_t size)
{
    // Full exactly when the count is a power of two, or nothing was ever allocated.
    if (count != 0 && (count & (count - 1)) != 0)
        return list;
    void *moved = arena_alloc(arena, count == 0 ? 1 : 2 * count, size);
    if (count != 0)
        memcpy(moved, list, count * size);
    return moved;
}

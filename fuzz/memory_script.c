// SPDX-License-Identifier: ISC
//
// memory_script.c: malloc(3), calloc(3) and realloc(3), as the linker's --wrap names them.
#include "memory_script.h"

#include <stddef.h>

static unsigned left, failed;
static bool on, every;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);

void memory_script_begin(unsigned number, bool more)
{
    left = number;
    every = more;
    failed = 0;
    on = number > 0;
}

unsigned memory_script_end(void)
{
    on = false;
    return failed;
}

static bool fails(void)
{
    if (!on || left == 0 || --left > 0)
        return false;
    left = every ? 1 : 0;
    failed++;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails() ? NULL : __real_realloc(block, size);
}

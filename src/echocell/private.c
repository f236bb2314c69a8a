// SPDX-License-Identifier: ISC
#include "private.h"

#include "fatal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

void *private_allocate(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        bug("memory", "a table is too large to count");
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fatal(EX_OSERR, "memory", "%s (lower --max-sessions)", strerror(errno));
    if (madvise(memory, bytes, MADV_DONTFORK) != 0 || madvise(memory, bytes, MADV_DONTDUMP) != 0)
        fatal(EX_OSERR, "memory", "madvise: %s", strerror(errno));
    return memory;
}

// SPDX-License-Identifier: ISC
#include "check_start.h"

#include <stdbool.h>
#include <string.h>

#include "oracle.h"
#include "policy/architecture.h"
#include "policy/arena.h"
#include "policy/syscalls.h"

enum { NO_ARCH = 1 };

static bool working;

// Where afl-fuzz may run.
void afl_blocks_begin(void) __attribute__((weak));

static void refuse_exit(void)
{
    if (working)
        oracle_fail("the process goes on");
}

// ASan's own question. What is freed is given out again soon, so that a run stays in the cache: a
// third less time. One run frees less than this.
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8:malloc_context_size=4";
}

void check_start(void)
{
    atexit(refuse_exit);
    for (size_t i = 0; architecture_at(i) != NULL; i++)
        syscalls_of(architecture_at(i)->token);
    ORACLE(strcmp(architecture_name(NO_ARCH), "unknown") == 0 &&
               syscalls_number(NO_ARCH, "read") == -1,
           "what is no architecture has neither a name nor calls");
    arena_destroy(NULL);
    if (afl_blocks_begin != NULL)
        afl_blocks_begin();
}

void check_begin(void)
{
    working = true;
}

void check_end(void)
{
    working = false;
}

// SPDX-License-Identifier: ISC
#include "canary.h"

#include "call.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)

// The System V ABI for x86-64 keeps it in the thread's control block, at %fs:0x28: writable memory.
int canary_prepare(void)
{
    return 0;
}

static void set(uintptr_t canary)
{
    __asm__ volatile("mov %0, %%fs:0x28" : : "r"(canary) : "memory");
}

#elif defined(__aarch64__)

// A global of the C library, in memory that is read-only once it is relocated.
extern uintptr_t __stack_chk_guard;

int canary_prepare(void)
{
    uintptr_t page_mask = ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    void *page = (void *)((uintptr_t)&__stack_chk_guard & page_mask);
    return mprotect(page, sizeof(uintptr_t), PROT_READ | PROT_WRITE) == 0 ? 0 : errno;
}

static void set(uintptr_t canary)
{
    __stack_chk_guard = canary;
}

#else
#error "where does this architecture keep its stack canary?"
#endif

__attribute__((no_stack_protector)) int canary_renew(void)
{
    uintptr_t canary = 0;
    long got = call(SYS_getrandom, (long)&canary, sizeof(canary));
    if (got != (long)sizeof(canary))
        return got < 0 ? (int)-got : EIO;
    // The first byte in memory stays 0, so that no string function can copy a canary over.
    set(canary & ~(uintptr_t)0xff);
    return 0;
}

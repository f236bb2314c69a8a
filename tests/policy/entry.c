// SPDX-License-Identifier: ISC
#include "entry.h"

#include <errno.h>
#include <linux/audit.h>
#include <unistd.h>

// Both entries take the number from the low half of its register only (arch/x86/entry/entry_64.S,
// arch/arm64/kernel/syscall.c), so the high half is given junk: it must change nothing.
#define NUMBER_JUNK 0x5a5a5a5a00000000ULL

#if defined(__x86_64__)

uint32_t entry_native_arch(void)
{
    return AUDIT_ARCH_X86_64;
}

bool entry_exists(uint32_t arch)
{
    return arch == AUDIT_ARCH_X86_64 || arch == AUDIT_ARCH_I386;
}

// int $0x80 from 64-bit code is an i386 call whatever the program is (arch/x86/entry): i386's
// numbers and registers, cut to 32 bits. The sixth argument is in %ebp, which the compiler may be
// using; so it is saved by hand, below the red zone.
static long call_i386(const struct seccomp_data *call)
{
    long result;
    __asm__ volatile("sub $128, %%rsp\n\t"
                     "push %%rbp\n\t"
                     "mov %[sixth], %%rbp\n\t"
                     "int $0x80\n\t"
                     "pop %%rbp\n\t"
                     "add $128, %%rsp"
                     : "=a"(result)
                     : "a"((long)call->nr), "b"(call->args[0]), "c"(call->args[1]),
                       "d"(call->args[2]), "S"(call->args[3]),
                       "D"(call->args[4]), [sixth] "r"(call->args[5])
                     : "memory", "cc", "r8", "r9", "r10", "r11");
    return (int32_t)result;
}

#elif defined(__aarch64__)

uint32_t entry_native_arch(void)
{
    return AUDIT_ARCH_AARCH64;
}

// A 64-bit arm program cannot make 32-bit calls: only an exception return changes the mode.
bool entry_exists(uint32_t arch)
{
    return arch == AUDIT_ARCH_AARCH64;
}

static long call_i386(const struct seccomp_data *call)
{
    (void)call;
    return -ENOSYS;
}

#else
#error "how does this architecture enter the kernel?"
#endif

long entry_call(const struct seccomp_data *call)
{
    const __u64 *args = call->args;
    if (call->arch == AUDIT_ARCH_I386)
        return call_i386(call);
    long number = (long)(NUMBER_JUNK | (uint32_t)call->nr);
    long result = syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
    return result == -1 ? -errno : result;
}

// SPDX-License-Identifier: ISC
//
// constants.c: finds constants in the two generated tables.
#include "constants.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <seccomp.h>

#include "architecture.h"
#include "nearest.h"

static const struct constant *const groups[] = {constants_group_0, constants_group_1};

enum { GROUPS = sizeof(groups) / sizeof(groups[0]) };

// Within a group the names are sorted by byte, and the groups share none.
static int by_name(const void *name, const void *constant)
{
    return strcmp(name, ((const struct constant *)constant)->name);
}

const struct constant *constants_find(const char *name)
{
    const size_t counts[] = {constants_count_0, constants_count_1};
    const struct constant *found = NULL;
    for (size_t i = 0; i < GROUPS && found == NULL; i++)
        found = bsearch(name, groups[i], counts[i], sizeof(*found), by_name);
    return found;
}

static bool begins(const char *name, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++)
        if (strncmp(name, *prefixes, strlen(*prefixes)) == 0)
            return true;
    return false;
}

// Architectures whose uapi headers are asm-generic's but for what `varied` names. The others (MIPS,
// PA-RISC, PowerPC) have their own errno, signal, open, mmap, socket and ioctl numbers.
static bool generic(uint32_t arch)
{
    switch (arch) {
    case SCMP_ARCH_X86:
    case SCMP_ARCH_X86_64:
    case SCMP_ARCH_ARM:
    case SCMP_ARCH_AARCH64:
    case SCMP_ARCH_RISCV64:
    case SCMP_ARCH_S390:
    case SCMP_ARCH_S390X: return true;
    default: return false;
    }
}

// arch/*/include/uapi/asm/{fcntl,mman,prctl,ptrace,stat,signal}.h and asm/kvm.h; O_LARGEFILE and
// the 64-bit locks differ between 32 and 64 bits too, and so do ioctls that carry a long or a
// pointer.
static const char *const varied[] = {
    "O_DIRECT", "O_NOFOLLOW", "O_LARGEFILE", "O_TMPFILE",  "MAP_32BIT", "MAP_ABOVE", "ARCH_",
    "PTRACE_",  "F_GETLK",    "F_SETLK",     "F_SETOWN",   "KVM_",      "PROT_BTI",  "PROT_MTE",
    "MINSIG",   "SIGSTKSZ",   "SA_",         "AUDIT_ARCH", "SO_",       "FS_IOC",    "MSG_STAT",
    "FIFREEZE", "BLK",        "USERFAULTFD", "UFFDIO_",    "RLIM_",     "VFIO_",     "VHOST_",
    "BTRFS_",   "EVIOC",      "TUN",         NULL};

// The same everywhere, by the rules of their own interfaces rather than asm/ headers.
static const char *const everywhere[] = {"AF_",    "PF_",      "PR_",      "SECCOMP_", "CLONE_",
                                         "GRND_",  "IPPROTO_", "TCP_",     "SHUT_",    "W",
                                         "CLOCK_", "FUTEX_",   "LANDLOCK", NULL};

bool constants_hold(const struct constant *constant, uint32_t arch)
{
    uint32_t here = architecture_native();
    if (arch == here)
        return true;
    if (generic(arch) && generic(here))
        return !begins(constant->name, varied);
    return begins(constant->name, everywhere);
}

unsigned constants_errno(const char *name)
{
    static const struct {
        const char *name;
        unsigned number;
    } second_names[] = {
        {"EWOULDBLOCK", EWOULDBLOCK}, {"EDEADLOCK", EDEADLOCK}, {"ENOTSUP", ENOTSUP}};
    for (size_t i = 0; i < sizeof(second_names) / sizeof(second_names[0]); i++)
        if (strcmp(second_names[i].name, name) == 0)
            return second_names[i].number;
    for (int number = 1; number <= 4095; number++) {
        const char *known = strerrorname_np(number);
        if (known != NULL && strcmp(known, name) == 0)
            return (unsigned)number;
    }
    return 0;
}

const char *constants_nearest(const char *name)
{
    struct nearest nearest;
    nearest_start(&nearest, name);
    for (size_t i = 0; i < GROUPS; i++)
        for (const struct constant *at = groups[i]; at->name != NULL; at++)
            nearest_offer(&nearest, at->name);
    return nearest.best;
}

// SPDX-License-Identifier: ISC
//
// architecture.c: the table. Tokens from linux/audit.h, MIPS offsets from its asm/unistd.h.
#include "architecture.h"

#include <seccomp.h>
#include <string.h>

static const struct architecture table[] = {
    {"x86_64", NULL, SCMP_ARCH_X86_64, 0},
    {"aarch64", "arm64", SCMP_ARCH_AARCH64, 0},
    {"x86", NULL, SCMP_ARCH_X86, 0},
    {"arm", NULL, SCMP_ARCH_ARM, 0},
    {"riscv64", NULL, SCMP_ARCH_RISCV64, 0},
    {"ppc64le", NULL, SCMP_ARCH_PPC64LE, 0},
    {"ppc64", NULL, SCMP_ARCH_PPC64, 0},
    {"ppc", NULL, SCMP_ARCH_PPC, 0},
    {"s390x", NULL, SCMP_ARCH_S390X, 0},
    {"s390", NULL, SCMP_ARCH_S390, 0},
    {"mips", NULL, SCMP_ARCH_MIPS, 4000},
    {"mipsel", NULL, SCMP_ARCH_MIPSEL, 4000},
    {"mips64", NULL, SCMP_ARCH_MIPS64, 5000},
    {"mipsel64", NULL, SCMP_ARCH_MIPSEL64, 5000},
    {"mips64n32", NULL, SCMP_ARCH_MIPS64N32, 6000},
    {"mipsel64n32", NULL, SCMP_ARCH_MIPSEL64N32, 6000},
    {"parisc", NULL, SCMP_ARCH_PARISC, 0},
    {"parisc64", NULL, SCMP_ARCH_PARISC64, 0},
};

enum { COUNT = sizeof(table) / sizeof(table[0]) };

const struct architecture *architecture_at(size_t index)
{
    return index < COUNT ? &table[index] : NULL;
}

const struct architecture *architecture_named(const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(table[i].name, name) == 0 ||
            (table[i].alias != NULL && strcmp(table[i].alias, name) == 0))
            return &table[i];
    return NULL;
}

const struct architecture *architecture_find(uint32_t token)
{
    for (size_t i = 0; i < COUNT; i++)
        if (table[i].token == token)
            return &table[i];
    return NULL;
}

uint32_t architecture_native(void)
{
    return seccomp_arch_native();
}

const char *architecture_name(uint32_t token)
{
    const struct architecture *found = architecture_find(token);
    return found == NULL ? "unknown" : found->name;
}

bool architecture_wide(uint32_t token)
{
    return (token & __AUDIT_ARCH_64BIT) != 0;
}

bool architecture_big_endian(uint32_t token)
{
    return (token & __AUDIT_ARCH_LE) == 0;
}

bool architecture_x32(uint32_t token, uint32_t number)
{
    return token == SCMP_ARCH_X86_64 && number >= ARCHITECTURE_X32 && number != UINT32_MAX;
}

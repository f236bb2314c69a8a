// SPDX-License-Identifier: ISC
//
// syscalls.c: builds a table for each architecture by asking libseccomp for every number.
#include "syscalls.h"

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "architecture.h"
#include "arena.h"
#include "nearest.h"

enum {
    ARCHITECTURES = 32,
    NUMBERS = 1000,            // no architecture has more, counted from its first
    ARM_PRIVATE = 0x0f0000,    // arch/arm/include/uapi/asm/unistd.h, __ARM_NR_BASE
    ARM_PRIVATE_NUMBERS = 256, // breakpoint, cacheflush, set_tls …
};

// Calls since Linux 6.8, with one number on every architecture (include/uapi/asm-generic/unistd.h;
// MIPS adds its offset). Those that libseccomp has learnt by now are not added twice.
static const struct syscall_entry younger[] = {
    {"statmount", 457},         {"listmount", 458},        {"lsm_get_self_attr", 459},
    {"lsm_set_self_attr", 460}, {"lsm_list_modules", 461}, {"mseal", 462},
    {"setxattrat", 463},        {"getxattrat", 464},       {"listxattrat", 465},
    {"removexattrat", 466},     {"open_tree_attr", 467},   {"file_getattr", 468},
    {"file_setattr", 469},
};

static struct syscall_table tables[ARCHITECTURES];
static struct arena *names;

static void add(struct syscall_table *table, const char *name, int number)
{
    struct syscall_entry *entries =
        arena_room(names, (void *)(uintptr_t)table->entries, table->count, sizeof(*entries));
    entries[table->count].name = arena_copy(names, name, strlen(name));
    entries[table->count++].number = number;
    table->entries = entries;
}

static void add_numbers(struct syscall_table *table, uint32_t arch, uint32_t from, uint32_t count)
{
    for (uint32_t number = from; number < from + count; number++) {
        char *name = seccomp_syscall_resolve_num_arch(arch, (int)number);
        if (name != NULL)
            add(table, name, (int)number);
        free(name);
    }
}

static int has(const struct syscall_table *table, const char *name, int number)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->entries[i].number == number || strcmp(table->entries[i].name, name) == 0)
            return 1;
    return 0;
}

static int by_number(const void *left, const void *right)
{
    const struct syscall_entry *a = left;
    const struct syscall_entry *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

static int by_name(const void *left, const void *right)
{
    const struct syscall_entry *const *a = left, *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

static void sort(struct syscall_table *table)
{
    qsort((void *)(uintptr_t)table->entries, table->count, sizeof(*table->entries), by_number);
    table->by_name = arena_alloc(names, table->count, sizeof(const struct syscall_entry *));
    for (size_t i = 0; i < table->count; i++)
        table->by_name[i] = &table->entries[i];
    qsort(table->by_name, table->count, sizeof(const struct syscall_entry *), by_name);
}

static void build(struct syscall_table *table, const struct architecture *arch)
{
    if (names == NULL)
        names = arena_create();
    add_numbers(table, arch->token, arch->first_call, NUMBERS);
    if (arch->token == SCMP_ARCH_ARM)
        add_numbers(table, arch->token, ARM_PRIVATE, ARM_PRIVATE_NUMBERS);
    for (size_t i = 0; i < sizeof(younger) / sizeof(younger[0]); i++) {
        int number = younger[i].number + (int)arch->first_call;
        if (!has(table, younger[i].name, number))
            add(table, younger[i].name, number);
    }
    sort(table);
}

const struct syscall_table *syscalls_of(uint32_t arch)
{
    static const struct syscall_table none;
    for (size_t i = 0; architecture_at(i) != NULL; i++) {
        if (architecture_at(i)->token != arch)
            continue;
        if (tables[i].count == 0)
            build(&tables[i], architecture_at(i));
        return &tables[i];
    }
    return &none;
}

const struct syscall_entry *syscalls_find(uint32_t arch, const char *name)
{
    const struct syscall_table *table = syscalls_of(arch);
    const struct syscall_entry wanted = {.name = name}, *key = &wanted;
    const struct syscall_entry **found =
        table->count == 0 ? NULL
                          : bsearch(&key, table->by_name, table->count,
                                    sizeof(const struct syscall_entry *), by_name);
    return found == NULL ? NULL : *found;
}

int syscalls_number(uint32_t arch, const char *name)
{
    const struct syscall_entry *found = syscalls_find(arch, name);
    return found == NULL ? -1 : found->number;
}

const char *syscalls_name(uint32_t arch, int number)
{
    const struct syscall_table *table = syscalls_of(arch);
    struct syscall_entry wanted = {.number = number};
    const struct syscall_entry *found =
        table->count == 0
            ? NULL
            : bsearch(&wanted, table->entries, table->count, sizeof(wanted), by_number);
    return found == NULL ? NULL : found->name;
}

int syscalls_known(const char *name)
{
    for (size_t i = 0; architecture_at(i) != NULL; i++)
        if (syscalls_number(architecture_at(i)->token, name) >= 0)
            return 1;
    return 0;
}

const char *syscalls_nearest(uint32_t arch, const char *name)
{
    struct nearest nearest;
    nearest_start(&nearest, name);
    const struct syscall_table *table = syscalls_of(arch);
    for (size_t i = 0; i < table->count; i++)
        nearest_offer(&nearest, table->entries[i].name);
    return nearest.best;
}

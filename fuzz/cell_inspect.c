// SPDX-License-Identifier: ISC
//
// cell_inspect.c: what a session in the middle of its work looks like from outside, in its parent:
// what only the kernel can say of it, or what must still be so behind the filter.
#include "cell.h"
#include "oracle.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static uint64_t status_field(const char *status, const char *name, int base)
{
    const char *at = strstr(status, name);
    ORACLE(at != NULL, "inspect: no %s", name);
    return strtoull(at + strlen(name), NULL, base);
}

static uint64_t bit(int signal)
{
    return UINT64_C(1) << (signal - 1);
}

static void inspect_status(const struct cell *cell)
{
    char path[64], text[4096];
    snprintf(path, sizeof(path), "/proc/%d/status", cell->pid);
    FILE *file = fopen(path, "re");
    ORACLE(file != NULL, "inspect: the session is gone");
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    text[length] = '\0';
    fclose(file);
    ORACLE(status_field(text, "\nSeccomp:\t", 10) == 2 &&
               status_field(text, "\nSeccomp_filters:\t", 10) == 1,
           "inspect: it has no filter, or several");
    ORACLE(status_field(text, "\nSigBlk:\t", 16) == 0, "inspect: signals are masked");
    ORACLE((status_field(text, "\nSigIgn:\t", 16) & (bit(SIGHUP) | bit(SIGPIPE))) == 0,
           "inspect: signals are ignored");
    ORACLE(((status_field(text, "\nSigCgt:\t", 16) & bit(SIGSYS)) != 0) == cell->plan.diagnose,
           "inspect: SIGSYS and --diagnose do not agree");
}

static void inspect_descriptors(const struct cell *cell)
{
    char path[64], seen[8] = "";
    snprintf(path, sizeof(path), "/proc/%d/fd", cell->pid);
    DIR *directory = opendir(path);
    ORACLE(directory != NULL, "inspect: no %s", path);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (entry->d_name[0] != '.' && strlen(seen) + strlen(entry->d_name) < sizeof(seen))
            strcat(seen, entry->d_name);
    closedir(directory);
    ORACLE(strcmp(seen, cell->plan.trace ? "02" : "0") == 0, "inspect: descriptors %s", seen);
}

static bool can_read(const struct cell *cell, const void *remote, void *copy, size_t length)
{
    const struct iovec here = {copy, length}, there = {(void *)(uintptr_t)remote, length};
    return process_vm_readv(cell->pid, &here, 1, &there, 1, 0) == (ssize_t)length;
}

static void inspect_memory(const struct cell *cell)
{
    char byte;
    for (size_t i = 0; i < CELL_PAGES; i++)
        ORACLE(can_read(cell, &cell->plan.ledger.pages[i], &byte, 1) == (i == cell->slot),
               "inspect: page %zu of the ledger, for session %zu", i, cell->slot);
}

void cell_inspect(const struct cell *cell)
{
    if (getenv("FUZZ_WITHOUT_FILTER") != NULL)
        return;
    inspect_status(cell);
    inspect_descriptors(cell);
    inspect_memory(cell);
}

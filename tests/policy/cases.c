// SPDX-License-Identifier: ISC
#include "cases.h"

#include <linux/audit.h>
#include <string.h>

#define LIVE_BITS 8
#define LOW_HALF  0x00000000ffffffffULL
#define HIGH_HALF 0xffffffff00000000ULL

struct sweep {
    const struct table *table;
    case_visit *visit;
    void *context;
};

// The row's call; `fill` in every argument that the row does not name.
static struct seccomp_data call_of_row(const struct table *table, const struct row *row,
                                       uint64_t fill)
{
    struct seccomp_data call = {.nr = row->number, .arch = table->arch};
    for (unsigned i = 0; i < ARGUMENTS; i++)
        call.args[i] = row->named & 1U << i ? row->args[i] : fill;
    return call;
}

// An argument that is not named may hold anything: junk, all ones, zeros, and each bit alone. An
// allowed call is not made with zeros, for a null timeout waits for ever; of the single bits the
// kernel is asked about the lowest ones, where descriptors, flags and commands are.
static void visit_written(const struct table *table, const struct row *row, case_visit *visit,
                          void *context)
{
    const uint64_t fills[] = {JUNK, ~0ULL, 0};
    const uint8_t all = (1U << ARGUMENTS) - 1;
    size_t fill_count = row->named == all ? 1 : 3;
    for (size_t i = 0; i < fill_count; i++) {
        struct seccomp_data call = call_of_row(table, row, fills[i]);
        visit(context, &call, row->want != SECCOMP_RET_ALLOW || fills[i] != 0);
    }
    for (unsigned bit = 0; bit < 64 * ARGUMENTS; bit++) {
        struct seccomp_data call = call_of_row(table, row, 0);
        if (row->named & 1U << bit / 64)
            continue;
        call.args[bit / 64] = 1ULL << bit % 64;
        visit(context, &call, row->want != SECCOMP_RET_ALLOW && bit % 64 < LIVE_BITS);
    }
}

static void visit_flipped(const struct table *table, const struct row *row, case_visit *visit,
                          void *context)
{
    for (unsigned i = 0; i < ARGUMENTS; i++) {
        struct seccomp_data call = call_of_row(table, row, JUNK);
        if (!(row->flipped & 1U << i))
            continue;
        for (unsigned bit = 0; bit < 64; bit++) {
            call.args[i] = row->args[i] ^ 1ULL << bit;
            if (!(row->but & 1ULL << bit))
                visit(context, &call, true);
        }
        const uint64_t wide[] = {LOW_HALF, HIGH_HALF, LOW_HALF | HIGH_HALF};
        for (unsigned j = 0; j < 3; j++) {
            call.args[i] = row->args[i] ^ wide[j];
            visit(context, &call, true);
        }
    }
}

void cases_of_row(const struct table *table, const struct row *row, case_visit *visit,
                  void *context)
{
    if (row->flipped != 0)
        visit_flipped(table, row, visit, context);
    else
        visit_written(table, row, visit, context);
}

// One number with junk, with zeros, and with the arguments of every row that is allowed, so that a
// call that passes only in another's clothes is found. Live, those of its own number's rows only.
static void visit_number(const struct sweep *sweep, int number, uint32_t arch, bool live)
{
    const uint64_t wide = arch == AUDIT_ARCH_I386 ? LOW_HALF : ~0ULL;
    const int twin = number & ~X32_BIT;
    for (size_t i = 0; i < sweep->table->count + 2; i++) {
        const struct row none = {0};
        const struct row *row = i < 2 ? &none : &sweep->table->rows[i - 2];
        if (i >= 2 && row->want != SECCOMP_RET_ALLOW)
            continue;
        struct seccomp_data call = call_of_row(sweep->table, row, i == 1 ? 0 : JUNK);
        call.nr = number;
        call.arch = arch;
        for (unsigned j = 0; j < ARGUMENTS; j++)
            call.args[j] &= wide;
        sweep->visit(sweep->context, &call, live && (i < 2 || row->number == twin));
    }
}

static void visit_near(const struct sweep *sweep)
{
    static const int far[] = {601,        1023,       1024,      0xffff, 0x10000,
                              0x3fffffff, 0x7fffffff, INT32_MIN, -2};
    const struct table *table = sweep->table;
    for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
        visit_number(sweep, far[i], table->arch, true);
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].want != SECCOMP_RET_ALLOW || table->rows[i].flipped != 0)
            continue;
        for (unsigned bit = 0; bit < 32; bit++) {
            int number = (int)((uint32_t)table->rows[i].number ^ 1U << bit);
            if (!table_names(table, number))
                visit_number(sweep, number, table->arch, true);
        }
    }
}

static void visit_foreign(const struct sweep *sweep)
{
    static const uint32_t others[] = {
        0,
        1,
        UINT32_MAX,
        AUDIT_ARCH_AARCH64,
        AUDIT_ARCH_ALPHA,
        AUDIT_ARCH_ARM,
        AUDIT_ARCH_I386,
        AUDIT_ARCH_LOONGARCH64,
        AUDIT_ARCH_MIPS64,
        AUDIT_ARCH_MIPSEL64,
        AUDIT_ARCH_PPC64LE,
        AUDIT_ARCH_RISCV64,
        AUDIT_ARCH_S390X,
        AUDIT_ARCH_SPARC64,
        AUDIT_ARCH_X86_64,
    };
    const uint32_t own = sweep->table->arch;
    for (int number = 0; number <= SWEEP_NUMBER_MAX; number++) {
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
            if (others[i] != own)
                visit_number(sweep, number, others[i], false);
        for (unsigned bit = 0; bit < 32; bit++)
            visit_number(sweep, number, own ^ 1U << bit, false);
    }
}

const char *rest_name(enum rest part)
{
    switch (part) {
    case REST_NUMBERS: return "every other number from 0 to 600";
    case REST_NEAR: return "each allowed number with one bit changed, and numbers far out";
    case REST_X32: return "every number's x32 twin";
    case REST_I386: return "every number through the i386 entry";
    case REST_FOREIGN: return "every number on every other architecture";
    case REST_PARTS: break;
    }
    return "";
}

void cases_of_rest(const struct table *table, enum rest part, case_visit *visit, void *context)
{
    const struct sweep sweep = {.table = table, .visit = visit, .context = context};
    if (part == REST_NEAR)
        visit_near(&sweep);
    if (part == REST_FOREIGN)
        visit_foreign(&sweep);
    for (int number = 0; number <= SWEEP_NUMBER_MAX; number++) {
        if (part == REST_NUMBERS && !table_names(table, number))
            visit_number(&sweep, number, table->arch, true);
        if (part == REST_X32)
            visit_number(&sweep, number | X32_BIT, table->arch, true);
        if (part == REST_I386)
            visit_number(&sweep, number, AUDIT_ARCH_I386, true);
    }
}

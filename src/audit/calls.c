// SPDX-License-Identifier: ISC
//
// calls.c: names where there are some, numbers where there are none.
#include "calls.h"

#include <inttypes.h>
#include <string.h>

#include "architecture.h"
#include "json.h"
#include "syscalls.h"

enum { NAMES_SHOWN = 6, PAGE_WIDTH = 96 };

uint32_t calls_arch(const struct span *span)
{
    return span->kind == SPAN_RANGE && span->low == span->high ? (uint32_t)span->low : 0;
}

void calls_print_arch(FILE *stream, const struct span *span)
{
    uint32_t arch = calls_arch(span);
    if (span->kind == SPAN_ANY)
        fputs("every architecture", stream);
    else if (arch != 0 && architecture_find(arch) != NULL)
        fputs(architecture_name(arch), stream);
    else if (span->low == span->high)
        fprintf(stream, "architecture 0x%" PRIx64, span->low);
    else
        fprintf(stream, "architectures 0x%" PRIx64 " to 0x%" PRIx64, span->low, span->high);
}

// First and last number. Numbers are always cut into ranges (verdict_regions.c).
static uint32_t low_of(const struct span *span)
{
    return span->kind == SPAN_ANY ? 0 : (uint32_t)span->low;
}

static uint32_t high_of(const struct span *span)
{
    return span->kind == SPAN_ANY ? UINT32_MAX : (uint32_t)span->high;
}

const char *calls_name(uint32_t arch, const struct span *span)
{
    bool one = low_of(span) == high_of(span);
    return one ? syscalls_name(arch, (int)low_of(span)) : NULL;
}

static bool has_number(const struct span *span, int number)
{
    return (uint32_t)number >= low_of(span) && (uint32_t)number <= high_of(span);
}

// How many names there are in the span; `first` and `last` of them by number.
static size_t count_names(const struct syscall_table *table, const struct span *span,
                          const char **first, const char **last)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (!has_number(span, table->entries[i].number))
            continue;
        *first = count == 0 ? table->entries[i].name : *first;
        *last = table->entries[i].name;
        count++;
    }
    return count;
}

static void print_names(FILE *stream, const struct syscall_table *table, const struct span *span)
{
    const char *before = "";
    for (size_t i = 0; i < table->count; i++)
        if (has_number(span, table->entries[i].number)) {
            fprintf(stream, "%s%s", before, table->entries[i].name);
            before = ", ";
        }
}

static bool is_x32(uint32_t arch, const struct span *span)
{
    return architecture_x32(arch, low_of(span)) && high_of(span) == UINT32_MAX - 1 &&
           low_of(span) == ARCHITECTURE_X32;
}

void calls_print(FILE *stream, uint32_t arch, const struct span *span)
{
    const struct syscall_table *table = syscalls_of(arch);
    const char *first = "", *last = "";
    size_t names = count_names(table, span, &first, &last);
    uint64_t numbers = (uint64_t)high_of(span) - low_of(span) + 1;
    if (names == numbers && names <= NAMES_SHOWN) {
        print_names(stream, table, span);
        return;
    }
    if (span->kind == SPAN_ANY)
        fputs("every number", stream);
    else if (is_x32(arch, span))
        fputs("x32 numbers", stream);
    else if (numbers == 1)
        fprintf(stream, "number %" PRIu32, low_of(span));
    else
        fprintf(stream, "numbers %" PRIu32 " to %" PRIu32, low_of(span), high_of(span));
    if (names == 0 || span->kind == SPAN_ANY)
        return;
    fprintf(stream, " (%zu call%s: ", names, names == 1 ? "" : "s");
    if (names <= NAMES_SHOWN)
        print_names(stream, table, span);
    else
        fprintf(stream, "%s ... %s", first, last);
    fputc(')', stream);
}

void calls_print_json(FILE *stream, uint32_t arch, const struct span *span)
{
    const struct syscall_table *table = syscalls_of(arch);
    const char *before = "";
    for (size_t i = 0; i < table->count; i++)
        if (has_number(span, table->entries[i].number)) {
            fputs(before, stream);
            json_string(stream, table->entries[i].name);
            before = ", ";
        }
}

void name_list_add(struct name_list *list, const char *name)
{
    size_t length = strlen(name);
    bool fresh = list->count == 0 || list->column + length + 3 > PAGE_WIDTH;
    if (list->count > 0)
        fputs(fresh ? ",\n" : ", ", list->stream);
    if (fresh) {
        fprintf(list->stream, "%*s", list->indent, "");
        list->column = (size_t)list->indent;
    }
    fputs(name, list->stream);
    list->column += length + 2;
    list->count++;
}

void name_list_end(struct name_list *list)
{
    if (list->count > 0)
        fputc('\n', list->stream);
    list->count = list->column = 0;
}

// SPDX-License-Identifier: ISC
//
// explain_program.c: from the cells of a diagram to one account for each call. The numbers are cut
// at every place where any cell begins or ends; in each piece the same cells meet.
#include <stdlib.h>

#include "architecture.h"
#include "arena.h"
#include "calls.h"
#include "explain.h"
#include "syscalls.h"
#include "words.h"

enum { SENTENCES = 32 };

// No architecture has a call there, and it is no x32 number.
#define UNUSED_NUMBER (ARCHITECTURE_X32 - 1)

struct building {
    struct explanation *explanation;
    const struct cell *cells; // of the architecture
    size_t count;
    struct region *regions; // room for all of them
};

static bool covers(const struct span *span, uint64_t value)
{
    return span->kind == SPAN_ANY || (value >= span->low && value <= span->high);
}

static bool is_single(const struct span *span)
{
    return span->kind == SPAN_RANGE && span->low == span->high;
}

// What the regions of one result come to, in words.
static const char *condition(struct building *building, uint32_t number, uint32_t action)
{
    struct explanation *explanation = building->explanation;
    const char *call = syscalls_name(explanation->arch, (int)number);
    size_t count = 0, sentences = 0, length;
    char *text = NULL;
    FILE *stream = open_memstream(&text, &length);
    for (size_t i = 0; i < building->count; i++)
        if (building->cells[i].after == action &&
            covers(&building->cells[i].region.span[INPUT_NR], number))
            building->regions[count++] = building->cells[i].region;
    for (size_t i = 0, run; stream != NULL && i < count; i += run) {
        fputs(i == 0 ? "" : ", or ", stream);
        if (sentences++ == SENTENCES) {
            fprintf(stream, "in one of %zu more regions (diff shows them)", count - i);
            break;
        }
        run = words_run(building->regions + i, count - i);
        words_regions(stream, explanation->arch, call, building->regions + i, run);
    }
    if (stream == NULL)
        return "its condition holds";
    fclose(stream);
    const char *copy = arena_copy(explanation->arena, text, length);
    free(text);
    return copy;
}

// The different results for a number, each once; `last` comes last when it is among them.
static size_t results_for(const struct building *building, uint32_t number, uint32_t last,
                          uint32_t *results, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < building->count && count < room; i++) {
        uint32_t result = building->cells[i].after;
        size_t known = 0;
        if (!covers(&building->cells[i].region.span[INPUT_NR], number))
            continue;
        while (known < count && results[known] != result)
            known++;
        if (known == count)
            results[count++] = result;
    }
    for (size_t i = 0; i + 1 < count; i++)
        if (results[i] == last) {
            results[i] = results[count - 1];
            results[count - 1] = last;
        }
    return count;
}

static void add_account(struct building *building, const char *name, uint32_t first, uint32_t last)
{
    enum { RESULTS = 64 };
    struct explanation *explanation = building->explanation;
    uint32_t results[RESULTS];
    uint32_t otherwise = explanation->other_call.action;
    size_t count = results_for(building, first, otherwise, results, RESULTS);
    if (count == 0 || (count == 1 && results[0] == otherwise))
        return;
    explanation->accounts = arena_room(explanation->arena, explanation->accounts,
                                       explanation->account_count, sizeof(struct account));
    struct account *account = &explanation->accounts[explanation->account_count++];
    *account = (struct account){.name = name, .first = first, .last = last, .count = count};
    account->branches = arena_alloc(explanation->arena, count, sizeof(struct branch));
    for (size_t i = 0; i < count; i++) {
        account->branches[i].action = results[i];
        if (i + 1 < count)
            account->branches[i].when = condition(building, first, results[i]);
    }
}

// Numbers `first` to `last`, which meet the same cells: those with a name one by one.
static void add_piece(struct building *building, uint32_t first, uint32_t last)
{
    const struct syscall_table *table = syscalls_of(building->explanation->arch);
    uint64_t next = first;
    for (size_t i = 0; i < table->count; i++) {
        uint32_t number = (uint32_t)table->entries[i].number;
        if (number < first || number > last)
            continue;
        if (number > next)
            add_account(building, NULL, (uint32_t)next, number - 1);
        add_account(building, table->entries[i].name, number, number);
        next = (uint64_t)number + 1;
    }
    if (next <= last)
        add_account(building, NULL, (uint32_t)next, last);
}

static int compare_starts(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

// Where pieces start, in rising order, with 2^32 as the last one. Where one cell ends another
// begins, for together they are all numbers.
static size_t find_starts(const struct building *building, uint64_t *starts)
{
    size_t count = 0, kept = 1;
    starts[count++] = 0;
    starts[count++] = ARCHITECTURE_X32;
    starts[count++] = UINT32_MAX;
    starts[count++] = UINT64_C(1) << 32;
    for (size_t i = 0; i < building->count; i++) {
        const struct span *span = &building->cells[i].region.span[INPUT_NR];
        if (span->kind != SPAN_ANY)
            starts[count++] = span->low;
    }
    qsort(starts, count, sizeof(*starts), compare_starts);
    for (size_t i = 1; i < count; i++)
        if (starts[i] != starts[kept - 1])
            starts[kept++] = starts[i];
    return kept;
}

static void add_result(struct arena *arena, struct branch **branches, size_t *count,
                       uint32_t action)
{
    for (size_t i = 0; i < *count; i++)
        if ((*branches)[i].action == action)
            return;
    *branches = arena_room(arena, *branches, *count, sizeof(**branches));
    (*branches)[(*count)++] = (struct branch){.action = action};
}

static void add_accounts(struct building *building)
{
    struct explanation *explanation = building->explanation;
    uint64_t *starts = arena_alloc(explanation->arena, building->count + 4, sizeof(*starts));
    size_t count = find_starts(building, starts);
    bool has_x32 = architecture_x32(explanation->arch, ARCHITECTURE_X32);
    for (size_t i = 0; has_x32 && i < building->count; i++) {
        const struct span *span = &building->cells[i].region.span[INPUT_NR];
        if (span->kind == SPAN_ANY || (span->high >= ARCHITECTURE_X32 && span->low < UINT32_MAX))
            add_result(explanation->arena, &explanation->x32, &explanation->x32_count,
                       building->cells[i].after);
    }
    for (size_t i = 0; i + 1 < count; i++)
        if (!has_x32 || explanation->x32_count > 1 || starts[i] < ARCHITECTURE_X32 ||
            starts[i] == UINT32_MAX)
            add_piece(building, (uint32_t)starts[i], (uint32_t)(starts[i + 1] - 1));
}

static void add_other_archs(struct explanation *explanation, const struct cells *cells)
{
    for (size_t i = 0; i < cells->count; i++) {
        const struct span *arch = &cells->list[i].region.span[INPUT_ARCH];
        explanation->arch_blind = explanation->arch_blind || arch->kind == SPAN_ANY;
        if (!is_single(arch))
            add_result(explanation->arena, &explanation->other_arch, &explanation->other_arch_count,
                       cells->list[i].after);
    }
}

const char *explain_program(struct explanation *explanation)
{
    struct cells cells;
    const struct subject subject = input_subject(explanation->input);
    const char *reason = cells_take(&subject, NULL, 0, &cells);
    struct building building = {.explanation = explanation};
    struct cell *own = arena_alloc(explanation->arena, cells.count + 1, sizeof(*own));
    uint32_t results[1];
    for (size_t i = 0; reason == NULL && i < cells.count; i++)
        if (covers(&cells.list[i].region.span[INPUT_ARCH], explanation->arch))
            own[building.count++] = cells.list[i];
    building.cells = own;
    building.regions =
        arena_alloc(explanation->arena, building.count + 1, sizeof(*building.regions));
    if (reason == NULL && results_for(&building, UNUSED_NUMBER, 0, results, 1) == 1) {
        explanation->other_call.action = results[0];
        add_accounts(&building);
        add_other_archs(explanation, &cells);
    }
    cells_free(&cells);
    return reason;
}

// SPDX-License-Identifier: ISC
//
// diff_text.c: by architecture, by kind of change; whole calls together, conditions one by one.
#include <stdio.h>
#include <stdlib.h>

#include "action.h"
#include "calls.h"
#include "counterexample.h"
#include "diff.h"
#include "paint.h"
#include "words.h"

enum { SHOWN = 12 };

static bool same_value(const struct span *a, const struct span *b)
{
    return a->kind == b->kind && a->low == b->low && a->high == b->high;
}

// How many cells from the first on have its value of this input.
static size_t run_of(const struct cell *cells, size_t count, unsigned input)
{
    size_t run = 1;
    while (run < count && same_value(&cells[0].region.span[input], &cells[run].region.span[input]))
        run++;
    return run;
}

static bool same_results(const struct cell *a, const struct cell *b)
{
    return a->before == b->before && a->after == b->after;
}

static bool is_always(const struct cell *cell)
{
    for (size_t input = INPUT_IP; input < INPUT_PARAM; input++)
        if (cell->region.span[input].kind != SPAN_ANY)
            return false;
    return true;
}

static bool print_results(const struct cells *cells, const struct cell *cell)
{
    char before[ACTION_TEXT_BYTES], after[ACTION_TEXT_BYTES];
    struct seccomp_data data;
    if (!cell_example(cells, cell, &data))
        return false;
    printf("was %s, is %s; for example ", action_text(cell->before, before),
           action_text(cell->after, after));
    counterexample_print_call(stdout, &data);
    fputc('\n', stdout);
    return true;
}

static bool add_calls(struct name_list *list, uint32_t arch, const struct span *numbers)
{
    char *name = NULL;
    size_t length;
    FILE *stream = open_memstream(&name, &length);
    if (stream == NULL)
        return false;
    calls_print(stream, arch, numbers);
    fclose(stream);
    if (name != NULL)
        name_list_add(list, name);
    free(name);
    return true;
}

// Whole calls with the results of the first one, in one paragraph.
static bool print_always(const struct cells *cells, const struct cell *picked, size_t count,
                         size_t first)
{
    struct name_list list = {.stream = stdout, .indent = 4};
    uint32_t arch = calls_arch(&picked[first].region.span[INPUT_ARCH]);
    bool good = true;
    for (size_t i = first; good && i < count; i++)
        if (is_always(&picked[i]) && same_results(&picked[i], &picked[first]))
            good = add_calls(&list, arch, &picked[i].region.span[INPUT_NR]);
    name_list_end(&list);
    fputs("      always: ", stdout);
    return good && print_results(cells, &picked[first]);
}

// Each pair of results once.
static bool print_all_always(const struct cells *cells, const struct cell *picked, size_t count)
{
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
        bool first = is_always(&picked[i]);
        for (size_t j = 0; first && j < i; j++)
            first = !is_always(&picked[j]) || !same_results(&picked[j], &picked[i]);
        if (first)
            good = print_always(cells, picked, count, i);
    }
    return good;
}

// Regions of one call that make one sentence, from the first on. `regions` has room for them.
static size_t sentence_run(const struct cell *cells, size_t count, struct region *regions)
{
    size_t same = 0;
    for (; same < count && same_results(&cells[same], &cells[0]); same++)
        regions[same] = cells[same].region;
    return words_run(regions, same);
}

// The cells of one call.
static bool print_call(const struct cells *cells, const struct cell *call, size_t count,
                       bool verbose)
{
    const struct span *number = &call->region.span[INPUT_NR];
    uint32_t arch = calls_arch(&call->region.span[INPUT_ARCH]);
    struct region *regions = calloc(count, sizeof(*regions));
    size_t shown = 0;
    bool good = regions != NULL;
    for (size_t i = 0, run; good && i < count; i += run, shown++) {
        if (shown == SHOWN && !verbose) {
            printf("      and %zu more regions (--verbose shows them)\n", count - i);
            break;
        }
        run = sentence_run(call + i, count - i, regions);
        fputs("    ", stdout);
        calls_print(stdout, arch, number);
        fputs(": only if ", stdout);
        words_regions(stdout, arch, calls_name(arch, number), regions, run);
        fputs("\n      ", stdout);
        good = print_results(cells, &call[i]);
    }
    free(regions);
    return good;
}

// Those cells of one architecture that are this change, put together in `picked`.
static size_t pick(const struct cell *cells, size_t count, enum change change, struct cell *picked)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (diff_change(&cells[i]) == change)
            picked[found++] = cells[i];
    return found;
}

static bool print_change(const struct cells *cells, const struct cell *picked, size_t count,
                         bool verbose)
{
    bool good = print_all_always(cells, picked, count);
    for (size_t i = 0, run; good && i < count; i += run) {
        run = 1;
        if (is_always(&picked[i]))
            continue;
        run = run_of(picked + i, count - i, INPUT_NR);
        good = print_call(cells, picked + i, run, verbose);
    }
    return good;
}

static bool print_arch(const struct cells *cells, const struct cell *list, size_t count,
                       bool verbose)
{
    static const char *const titles[CHANGES] = {"newly allowed", "newly denied", "changed"};
    struct cell *picked = calloc(count, sizeof(*picked));
    bool good = picked != NULL;
    fputs("\non ", stdout);
    calls_print_arch(stdout, &list->region.span[INPUT_ARCH]);
    fputc('\n', stdout);
    for (size_t change = 0; good && change < CHANGES; change++) {
        size_t found = pick(list, count, (enum change)change, picked);
        if (found > 0)
            printf("  %s\n", titles[change]);
        good = print_change(cells, picked, found, verbose);
    }
    free(picked);
    return good;
}

static void print_params(const struct comparison *comparison)
{
    const struct settlement *settlement = &comparison->settlement;
    const struct input *inputs = comparison->inputs;
    for (size_t side = 0; side < 2; side++)
        if (comparison->only_arch == 0 && inputs[side].policy != NULL &&
            inputs[side].policy->arch_count > 1 && inputs[1 - side].policy == NULL)
            puts("  on all architectures (--arch compares one alone)");
    if (comparison->cells.whatever)
        puts("  whatever values the parameters have");
    if (settlement->how == SETTLED_NONE || settlement->how == SETTLED_OPEN)
        return;
    fputs("  with ", stdout);
    settle_print(stdout, settlement);
    printf(" (%s)\n", settle_word(settlement->how));
}

static void print_head(const struct comparison *comparison)
{
    const struct cells *cells = &comparison->cells;
    bool equal = cells->count == 0;
    size_t counts[CHANGES] = {0};
    for (size_t i = 0; i < cells->count; i++)
        counts[diff_change(&cells->list[i])]++;
    paint(equal ? EXIT_CLEAN : EXIT_FOUND, equal ? "EQUAL" : "DIFFERENT");
    printf(": from %s to %s", comparison->inputs[0].name, comparison->inputs[1].name);
    if (!equal)
        printf(": %zu %s newly allowed, %zu newly denied, %zu otherwise changed",
               counts[CHANGE_ALLOWED], counts[CHANGE_ALLOWED] == 1 ? "region" : "regions",
               counts[CHANGE_DENIED], counts[CHANGE_OTHER]);
    fputc('\n', stdout);
    print_params(comparison);
}

bool diff_print_text(const struct comparison *comparison, bool verbose)
{
    const struct cells *cells = &comparison->cells;
    bool good = true;
    print_head(comparison);
    for (size_t i = 0, run; good && i < cells->count; i += run) {
        run = run_of(cells->list + i, cells->count - i, INPUT_ARCH);
        good = print_arch(cells, cells->list + i, run, verbose);
    }
    return good;
}

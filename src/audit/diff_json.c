// SPDX-License-Identifier: ISC
//
// diff_json.c: every cell of a comparison as an object.
#include <stdio.h>
#include <stdlib.h>

#include "action.h"
#include "architecture.h"
#include "calls.h"
#include "counterexample.h"
#include "diff.h"
#include "json.h"
#include "words.h"

static void print_bounds(const char *name, const struct span *span)
{
    unsigned long long low = span->kind == SPAN_ANY ? 0 : span->low;
    unsigned long long high = span->kind == SPAN_ANY ? UINT32_MAX : span->high;
    printf(", \"%s\": [%llu, %llu]", name, low, high);
}

static void print_when(uint32_t arch, const struct region *region)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    fputs(", \"when\": ", stdout);
    bool some = stream != NULL &&
                words_regions(stream, arch, calls_name(arch, &region->span[INPUT_NR]), region, 1);
    if (stream != NULL)
        fclose(stream);
    if (some)
        json_string(stdout, text);
    else
        fputs("null", stdout);
    free(text);
}

static bool print_cell_json(const struct cells *cells, const struct cell *cell)
{
    static const char *const words[CHANGES] = {"allowed", "denied", "other"};
    char text[ACTION_TEXT_BYTES];
    struct seccomp_data data;
    const struct span *span = cell->region.span;
    uint32_t arch = calls_arch(&span[INPUT_ARCH]);
    printf("{\"change\": \"%s\", \"arch\": ", words[diff_change(cell)]);
    if (architecture_find(arch) != NULL)
        json_string(stdout, architecture_name(arch));
    else
        fputs("null", stdout);
    print_bounds("archs", &span[INPUT_ARCH]);
    print_bounds("numbers", &span[INPUT_NR]);
    fputs(", \"calls\": [", stdout);
    calls_print_json(stdout, arch, &span[INPUT_NR]);
    fputs("], \"before\": ", stdout);
    json_string(stdout, action_text(cell->before, text));
    fputs(", \"after\": ", stdout);
    json_string(stdout, action_text(cell->after, text));
    printf(", \"before_action\": %u, \"after_action\": %u, \"ip\": ", cell->before, cell->after);
    words_span_json(stdout, &span[INPUT_IP]);
    for (size_t arg = 0; arg < INPUT_ARGS; arg++) {
        fputs(arg == 0 ? ", \"args\": [" : ", ", stdout);
        words_span_json(stdout, &span[INPUT_ARG + arg]);
    }
    fputc(']', stdout);
    print_when(arch, &cell->region);
    if (!cell_example(cells, cell, &data))
        return false;
    fputs(", \"example\": {", stdout);
    counterexample_print_call_json(stdout, &data);
    fputs("}}", stdout);
    return true;
}

bool diff_print_json(const struct comparison *comparison)
{
    const struct input *inputs = comparison->inputs;
    const struct settlement *settlement = &comparison->settlement;
    const struct cells *cells = &comparison->cells;
    const char *reason = comparison->reason;
    bool good = true;
    printf("{\"verdict\": \"%s\", \"a\": ", reason != NULL      ? "UNDECIDED"
                                            : cells->count == 0 ? "EQUAL"
                                                                : "DIFFERENT");
    json_string(stdout, inputs[0].name);
    fputs(", \"b\": ", stdout);
    json_string(stdout, inputs[1].name);
    printf(", \"params_are\": \"%s\", \"params\": ",
           cells->whatever ? "any" : settle_word(settlement->how));
    settle_print_json(stdout, settlement);
    fputs(", \"reason\": ", stdout);
    if (reason != NULL)
        json_string(stdout, reason);
    else
        fputs("null", stdout);
    fputs(", \"changes\": [", stdout);
    for (size_t i = 0; good && reason == NULL && i < cells->count; i++) {
        fputs(i == 0 ? "" : ",\n  ", stdout);
        good = print_cell_json(cells, &cells->list[i]);
    }
    puts("]}");
    return good;
}

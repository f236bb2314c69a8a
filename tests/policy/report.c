// SPDX-License-Identifier: ISC
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRONG_LINES_MAX 5

static struct {
    char name[512];
    unsigned long calls; // of this point
    unsigned long wrong;
    unsigned long points;
    unsigned long failed;
    unsigned long all_calls;
} tally;

void report_begin(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(tally.name, sizeof(tally.name), format, list);
    va_end(list);
    tally.calls = 0;
    tally.wrong = 0;
}

void report_call(void)
{
    tally.calls++;
    tally.all_calls++;
}

__attribute__((format(printf, 2, 0))) static void print_remark(const char *prefix,
                                                               const char *format, va_list list)
{
    fputs(prefix, stdout);
    vprintf(format, list);
    putchar('\n');
}

void report_wrong(const char *format, ...)
{
    va_list list;
    if (++tally.wrong > WRONG_LINES_MAX)
        return;
    va_start(list, format);
    print_remark("#   wrong: ", format, list);
    va_end(list);
}

void report_note(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    print_remark("# ", format, list);
    va_end(list);
}

void report_end(void)
{
    bool good = tally.wrong == 0 && tally.calls > 0;
    tally.points++;
    tally.failed += !good;
    printf("%sok %lu - %s (%lu calls", good ? "" : "not ", tally.points, tally.name, tally.calls);
    if (tally.wrong > 0)
        printf(", %lu wrong", tally.wrong);
    puts(")");
}

int report_finish(void)
{
    printf("1..%lu\n", tally.points);
    printf("# %lu points, %lu calls judged, %lu points failed\n", tally.points, tally.all_calls,
           tally.failed);
    return tally.points > 0 && tally.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

void report_bail(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    print_remark("Bail out! ", format, list);
    va_end(list);
    fflush(stdout);
    exit(EXIT_BAIL);
}

void report_bail_errno(const char *what)
{
    report_bail("%s: %s", what, strerror(errno));
}

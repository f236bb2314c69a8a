// SPDX-License-Identifier: ISC
#include "fatal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 1024

// Always one line, whatever the text quotes, in one write.
static void print_line(const char *what, const char *why, va_list arguments)
    __attribute__((format(printf, 2, 0)));
static void print_line(const char *what, const char *why, va_list arguments)
{
    char line[LINE_BYTES];
    int used = snprintf(line, sizeof(line) - 1, "echocell: %s: ", what);
    size_t length = used < 0 ? 0 : (size_t)used;
    if (length < sizeof(line) - 1)
        vsnprintf(line + length, sizeof(line) - 1 - length, why, arguments);
    length = strnlen(line, sizeof(line) - 2);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[length] = '\n';
    // Nobody is left to tell when this fails; the exit status still says it.
    ssize_t ignored = write(STDERR_FILENO, line, length + 1);
    (void)ignored;
}

void fatal(int status, const char *what, const char *why, ...)
{
    va_list arguments;
    va_start(arguments, why);
    print_line(what, why, arguments);
    va_end(arguments);
    _exit(status);
}

void bug(const char *what, const char *why)
{
    fatal(EX_SOFTWARE, what, "%s (this is a bug in echocell, please report it)", why);
}

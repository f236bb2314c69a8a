// SPDX-License-Identifier: ISC
//
// oracle.h: how a harness says that the answer was wrong: one line, then abort(3), so that a wrong
// byte is as loud as a crash.
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

// Prints `oracle: ...` to stderr (what was expected and what came) and aborts.
__attribute__((format(printf, 1, 2))) static inline _Noreturn void oracle_fail(const char *format,
                                                                               ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("oracle: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

// `expected` is a condition that the code under test must have met; the rest says what came.
#define ORACLE(expected, ...)                                                                      \
    do {                                                                                           \
        if (!(expected))                                                                           \
            oracle_fail(__VA_ARGS__);                                                              \
    } while (0)

#endif

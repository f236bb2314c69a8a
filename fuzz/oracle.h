// SPDX-License-Identifier: ISC
//
// oracle.h: what every harness has: the functions that a fuzzer calls, how it says that the answer
// was wrong (one line, then abort(3), so that a wrong byte is as loud as a crash), and how it tells
// its story to whoever asks for it.
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// One run of a harness, always 0; and what is to be done once before the first, where there is any.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

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

// Where to tell a person what the input does; NULL: nobody has asked. Only replay.c has it.
__attribute__((weak)) FILE *story(void);

#define EXPLAIN(...)                                                                               \
    do {                                                                                           \
        if (story != NULL && story() != NULL)                                                      \
            fprintf(story(), __VA_ARGS__);                                                         \
    } while (0)

// Bytes as a C string would have them, the first 200 of them.
static inline void explain_bytes(const char *what, const void *bytes, size_t length)
{
    if (story == NULL || story() == NULL)
        return;
    EXPLAIN("%s, %zu bytes: \"", what, length);
    for (size_t i = 0; i < length && i < 200; i++) {
        const uint8_t byte = ((const uint8_t *)bytes)[i];
        if (byte == '\n')
            EXPLAIN("\\n");
        else if (byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\')
            EXPLAIN("%c", byte);
        else
            EXPLAIN("\\x%02x", byte);
    }
    EXPLAIN("\"%s\n", length > 200 ? "..." : "");
}

#endif

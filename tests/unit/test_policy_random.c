// SPDX-License-Identifier: ISC
//
// test_policy_random.c: numbers are drawn so that they meet: small ones, edges of 32 bits, and high
// halves alone.
#include "test_policy_random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

struct writer {
    FILE *stream;
    uint64_t *seed;
    int simple;
};

uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static unsigned below(struct writer *writer, unsigned limit)
{
    return (unsigned)(random_next(writer->seed) >> 20) % limit;
}

static uint64_t number(struct writer *writer, int narrow)
{
    static const uint64_t edges[] = {1,
                                     2,
                                     7,
                                     0x80,
                                     0x7fffffff,
                                     0x80000000,
                                     0xfffffffe,
                                     0x100000000,
                                     0x500000003,
                                     0x8000000000000000,
                                     0xfffffffffffffffe};
    uint64_t value = below(writer, 3) == 0 ? random_next(writer->seed)
                                           : edges[below(writer, sizeof(edges) / sizeof(edges[0]))];
    value += below(writer, 3);
    return narrow ? (uint32_t)value : value;
}

static void write_number(struct writer *writer, int narrow)
{
    uint64_t value = number(writer, narrow);
    const char *before = below(writer, 6) == 0 ? "~" : "";
    fprintf(writer->stream, below(writer, 2) == 0 ? "%s0x%" PRIx64 : "%s%" PRIu64, before, value);
}

static void write_compare(struct writer *writer, int narrow)
{
    static const char *const words[] = {"==", "==", "!=", "<", "<=", ">", ">="};
    unsigned limit = writer->simple && narrow ? 1 : sizeof(words) / sizeof(words[0]);
    fprintf(writer->stream, " %s ", words[below(writer, limit)]);
    if (below(writer, 5) == 0)
        fputs(narrow || below(writer, 2) == 0 ? "$small" : "$large", writer->stream);
    else
        write_number(writer, narrow);
}

static void write_atom(struct writer *writer, unsigned arg)
{
    int narrow = below(writer, 4) == 0;
    unsigned kind = below(writer, 6);
    fprintf(writer->stream, "arg%u%s", arg, narrow ? ":u32" : "");
    if (kind == 0) {
        fputs(" in ", writer->stream);
        write_number(writer, narrow);
    } else if (kind == 1 && writer->simple) {
        fprintf(writer->stream, " & 0x%" PRIx64, UINT64_C(1) << below(writer, narrow ? 32 : 64));
    } else if (kind == 1) {
        fputs(" & ", writer->stream);
        write_number(writer, narrow);
    } else if (kind == 2) {
        uint64_t mask = number(writer, narrow);
        fprintf(writer->stream, " & 0x%" PRIx64 " == 0x%" PRIx64, mask,
                mask & random_next(writer->seed));
    } else {
        write_compare(writer, narrow);
    }
}

static void write_conjunction(struct writer *writer)
{
    unsigned count = 1 + below(writer, 3);
    unsigned arg = below(writer, 6);
    for (unsigned i = 0; i < count; i++) {
        fputs(i == 0 ? "" : " && ", writer->stream);
        write_atom(writer, writer->simple ? (arg + i) % 6 : below(writer, 3));
    }
}

static void write_expression(struct writer *writer)
{
    unsigned count = writer->simple ? 1 : 1 + below(writer, 3);
    for (unsigned i = 0; i < count; i++) {
        fputs(i == 0 ? "" : " || ", writer->stream);
        write_conjunction(writer);
    }
}

static void write_chain(struct writer *writer)
{
    static const char *const actions[] = {"allow", "log",          "trace", "user-notify",
                                          "trap",  "return EPERM", "kill",  "return 4095"};
    unsigned count = 1 + below(writer, 3);
    fputs("{ ", writer->stream);
    for (unsigned i = 0; i < count; i++) {
        write_expression(writer);
        fprintf(writer->stream, "; %s, ", actions[below(writer, 8)]);
    }
    fprintf(writer->stream, "%s }", actions[below(writer, 8)]);
}

static void write_body(struct writer *writer)
{
    static const char *const actions[] = {"allow", "1", "log", "kill-thread", "return ENOENT"};
    unsigned kind = below(writer, 6);
    if (kind == 0) {
        fputs(actions[below(writer, 5)], writer->stream);
    } else if (kind == 1 && !writer->simple) {
        write_chain(writer);
    } else {
        write_expression(writer);
        fputs(kind == 2 && !writer->simple ? "; return EACCES" : "", writer->stream);
    }
    fputc('\n', writer->stream);
}

static const char head[] =
    "@param $small: u32 in 1..4194304\n@param $large: u64 in 5..0xffffffffff\n"
    "dup: arg0 == $small && arg1 == $large\n";

static int loads(const char *text)
{
    struct diagnostics diagnostics;
    struct load_options options = {0};
    diagnostics_create(&diagnostics);
    struct policy *policy = policy_load_text("random", text, strlen(text), &options, &diagnostics);
    diagnostics_destroy(&diagnostics);
    policy_free(policy);
    return policy != NULL;
}

// `before` with one more rule, if there is one that the language takes; `before` is freed.
static char *add_rule(struct writer *writer, char *before, const char *call)
{
    enum { TRIES = 20 };
    for (unsigned i = 0; i < TRIES; i++) {
        char *text = NULL;
        size_t size = 0;
        writer->stream = open_memstream(&text, &size);
        if (writer->stream == NULL)
            abort();
        fprintf(writer->stream, "%s%s: ", before, call);
        write_body(writer);
        fclose(writer->stream);
        if (loads(text)) {
            free(before);
            return text;
        }
        free(text);
    }
    return before;
}

char *random_policy(uint64_t *seed, int simple)
{
    static const char *const calls[] = {"read",  "write",
                                        "close", "ioctl",
                                        "mmap",  "kill",
                                        "futex", "{getpid, getuid}",
                                        "fcntl", "openat[arch=aarch64]"};
    struct writer writer = {NULL, seed, simple};
    char *text = NULL;
    const char *otherwise = below(&writer, 2) == 0 ? "kill-process" : "return ENOSYS";
    const char *bad_arch = below(&writer, 2) == 0 ? "@badarch kill-thread\n" : "";
    if (asprintf(&text, "@arch x86_64, aarch64\n@default %s\n%s%s", otherwise, bad_arch, head) < 0)
        abort();
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        if (below(&writer, 3) != 0)
            text = add_rule(&writer, text, calls[i]);
    return text;
}

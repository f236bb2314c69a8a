// SPDX-License-Identifier: ISC
#include "grammar_policy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

char grammar_piece[PIECE_BYTES];
size_t grammar_length;

static uint64_t dice;

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define ANY(list)   ((list)[grammar_below(COUNT(list))])

static const char *const compares[] = {"==", "!=", "<", "<=", ">", ">=", "&", "in", "in ~"};
static const char *const joins[] = {"&&", "||"};
static const char *const marks[] = {";", ",", ":", "|", "~", "(", ")",
                                    "{", "}", "[", "]", "=", ".."};
static const char *const denials[] = {"kill", "kill-process", "kill-thread", "trap", "return "};
static const char *const grants[] = {"allow", "1", "log", "trace", "user-notify"};
static const char *const errors[] = {"EPERM", "ENOSYS", "EAGAIN", "EWOULDBLOCK",
                                     "1",     "4095",   "4096"};
static const char *const archs[] = {"x86_64", "aarch64", "arm64",   "x86",   "arm",
                                    "s390x",  "s390",    "riscv64", "ppc64", "mips64n32"};
static const char *const calls[] = {
    "read",   "write",   "openat",  "ioctl",      "mmap",     "socket",   "_llseek",
    "kill",   "mseal",   "close",   "socketcall", "fstat",    "lseek",    "brk",
    "dup3",   "pipe2",   "getpid",  "sendto",     "recvfrom", "shutdown", "bind",
    "listen", "accept4", "clone",   "execve",     "futex",    "prctl",    "mprotect",
    "munmap", "mremap",  "madvise", "exit_group", "getrandom"};
static const char *const constants[] = {"O_RDONLY", "O_CREAT", "O_CLOEXEC", "PROT_EXEC",
                                        "SIGUSR1",  "AF_INET", "AT_FDCWD",  "O_DIRECT",
                                        "TCGETS",   "N",       "M"};
static const char *const directives[] = {"@default", "@badarch", "@arch",     "@include",
                                         "@const",   "@param",   "@frequency"};
static const char *const params[] = {"$a", "$b", "$c"};
static const char *const widths[] = {"u32", "u64"};

static const struct kind {
    const char *const *words;
    size_t count;
} kinds[] = {
    {compares, COUNT(compares) - 1}, {joins, COUNT(joins)},   {marks, COUNT(marks)},
    {denials, COUNT(denials) - 1},   {grants, COUNT(grants)}, {errors, COUNT(errors) - 3},
    {archs, COUNT(archs)},           {calls, COUNT(calls)},   {constants, COUNT(constants)},
    {directives, COUNT(directives)}, {params, COUNT(params)}, {widths, COUNT(widths)},
};

void grammar_start(unsigned seed)
{
    dice = (seed + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    grammar_below(2);
}

unsigned grammar_below(size_t bound)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (unsigned)((dice >> 16) % bound);
}

void grammar_put(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int added =
        vsnprintf(grammar_piece + grammar_length, PIECE_BYTES - grammar_length, format, arguments);
    va_end(arguments);
    grammar_length += added > 0 ? (size_t)added : 0;
    if (grammar_length >= PIECE_BYTES)
        grammar_length = PIECE_BYTES - 1;
}

void grammar_number(uint64_t near)
{
    static const uint64_t borders[] = {0, 1, 7, 4095, 1U << 31, 1ULL << 32, 1ULL << 63};
    const bool hex = grammar_below(3) == 0;
    uint64_t number = near;
    switch (grammar_below(4)) {
    case 0: number = ANY(borders); break;
    case 1: number = UINT64_C(1) << grammar_below(64); break;
    case 2: number = grammar_below(16); break;
    default: break;
    }
    number += grammar_below(3) - UINT64_C(1);
    if (grammar_below(16) == 0)
        grammar_put("-%u", grammar_below(4) == 0 ? 1U << 31 : grammar_below(9));
    else if (grammar_below(16) == 0) // one digit too many, perhaps
        grammar_put(hex ? "0x%" PRIx64 "%u" : "%" PRIu64 "%u", number, grammar_below(10));
    else
        grammar_put(hex ? "0x%" PRIx64 : "%" PRIu64, number);
}

static void put_term(void)
{
    grammar_put("%s", grammar_below(8) == 0 ? "~" : "");
    if (grammar_below(4) == 0)
        grammar_put("%s", ANY(constants));
    else
        grammar_number(grammar_below(64));
}

static void put_value(void)
{
    bool group = grammar_below(8) == 0;
    grammar_put("%s", group ? "~(" : "");
    put_term();
    while (grammar_below(4) == 0) {
        grammar_put(" | ");
        put_term();
    }
    grammar_put("%s", group ? ")" : "");
}

static const char *defined; // the last name that was

void grammar_use(void)
{
    bool in = defined[0] != '$' && grammar_below(2) == 0;
    grammar_put("arg%u%s %s %s", grammar_below(6), grammar_below(4) == 0 ? ":u32" : "",
                in ? "in" : compares[grammar_below(6)], defined);
}

void grammar_condition(void)
{
    const char *compare = ANY(compares);
    grammar_put("arg%u%s %s ", grammar_below(6), grammar_below(4) == 0 ? ":u32" : "", compare);
    const size_t start = grammar_length;
    if (grammar_below(6) == 0 && strchr("&i", compare[0]) == NULL)
        grammar_put("%s", ANY(params));
    else
        put_value();
    if (compare[0] == '&' && grammar_below(2) == 0) {
        size_t mask_length = grammar_length - start;
        grammar_put(" == ");
        if (grammar_below(2) == 0)
            grammar_put("%.*s", (int)mask_length, grammar_piece + start);
        else
            put_value();
    }
}

void grammar_conditions(void)
{
    grammar_condition();
    while (grammar_below(3) == 0) {
        grammar_put(" %s ", ANY(joins));
        grammar_condition();
    }
}

static void put_denial(void)
{
    const char *denial = ANY(denials);
    grammar_put("%s%s", denial, strchr(denial, ' ') != NULL ? ANY(errors) : "");
}

void grammar_action(void)
{
    if (grammar_below(2) == 0)
        grammar_put("%s", ANY(grants));
    else
        put_denial();
}

static void put_entry(void)
{
    grammar_conditions();
    grammar_put("; ");
    grammar_action();
    grammar_put(", ");
}

static void put_archs(const char *before)
{
    grammar_put("%s%s", before, ANY(archs));
    while (grammar_below(3) == 0)
        grammar_put(", %s", ANY(archs));
}

static void put_call(void)
{
    grammar_put("%s", ANY(calls));
    if (grammar_below(6) == 0) {
        put_archs("[arch=");
        grammar_put("]");
    }
}

static void put_calls(void)
{
    if (grammar_below(6) != 0) {
        put_call();
        return;
    }
    grammar_put("{ ");
    put_call();
    grammar_put(", ");
    put_call();
    grammar_put(" }");
}

// Nothing in it can be wrong but that the call has a rule already.
static void put_plain_rule(const char *call)
{
    grammar_put("%s: arg%u %s %u\n", call, grammar_below(6), compares[grammar_below(6)],
                1 + grammar_below(100));
}

void grammar_rules(void)
{
    const unsigned more = 1 + grammar_below(16);
    unsigned call = grammar_below(COUNT(calls));
    do {
        if (grammar_below(8) == 0)
            grammar_rule();
        else
            put_plain_rule(calls[call++ % COUNT(calls)]);
    } while (grammar_below(more) != 0 && grammar_length < PIECE_BYTES / 2);
}

void grammar_rule(void)
{
    put_calls();
    grammar_put(": ");
    switch (grammar_below(4)) {
    case 0: grammar_action(); break;
    case 1:
        grammar_put("{ ");
        do
            put_entry();
        while (grammar_below(2) == 0);
        grammar_action();
        grammar_put(" }");
        break;
    default:
        grammar_conditions();
        if (grammar_below(3) == 0) {
            grammar_put("; ");
            put_denial();
        }
        break;
    }
    grammar_put("\n");
}

static void put_range(void)
{
    if (grammar_below(2) == 0) {
        unsigned low = grammar_below(100);
        grammar_put("%u..%u", low, low + grammar_below(5));
        return;
    }
    grammar_number(0);
    grammar_put("..");
    grammar_number(UINT32_MAX);
}

void grammar_definition(void)
{
    if (grammar_below(2) == 0) {
        defined = grammar_below(2) == 0 ? "N" : "M";
        grammar_put("@const %s = ", defined);
        put_value();
    } else {
        defined = ANY(params);
        grammar_put("@param %s: %s in ", defined, ANY(widths));
        put_range();
    }
    grammar_put("\n");
}

void grammar_directive(void)
{
    const char *directive = ANY(directives);
    switch (directive[1]) {
    case 'd':
    case 'b':
        grammar_put("%s ", directive);
        put_denial();
        break;
    case 'a': put_archs("@arch "); break;
    case 'c':
    case 'p': grammar_definition(); return;
    default:
        grammar_put("%s /%s", directive, grammar_below(2) == 0 ? "calls.policy" : "consts.policy");
        break;
    }
    grammar_put("\n");
}

void grammar_join(void)
{
    grammar_put("%s", ANY(joins));
}

static const struct kind *kind_of(const char *word, size_t size)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        for (size_t j = 0; j < kinds[i].count; j++)
            if (strlen(kinds[i].words[j]) == size && memcmp(kinds[i].words[j], word, size) == 0)
                return &kinds[i];
    return NULL;
}

void grammar_like(const char *word, size_t size)
{
    const struct kind *kind = kind_of(word, size);
    if (size >= 4 && memcmp(word, "arg", 3) == 0)
        grammar_put("arg%u", grammar_below(6));
    else if (kind != NULL)
        grammar_put("%s", kind->words[grammar_below(kind->count)]);
    else
        grammar_put("%s", grammar_below(2) == 0 ? ANY(calls) : ANY(constants));
}

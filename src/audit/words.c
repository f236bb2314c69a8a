// SPDX-License-Identifier: ISC
//
// words.c: sentences. Every number that has an influence is in them, by its name or as it is.
#include "words.h"

#include <inttypes.h>
#include <linux/seccomp.h>
#include <string.h>

#include "argument.h"

enum { ARGS = 6 };

// An argument of a call, for the names of its values.
struct subject_of {
    uint32_t arch;
    const char *call;
    unsigned arg;
};

const char *words_action(uint32_t action)
{
    switch (action & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_KILL_PROCESS: return "the process is killed";
    case SECCOMP_RET_KILL_THREAD: return "the thread is killed";
    case SECCOMP_RET_TRAP: return "the thread gets SIGSYS";
    case SECCOMP_RET_ERRNO: return "the call fails with this error";
    case SECCOMP_RET_USER_NOTIF: return "a supervisor decides";
    case SECCOMP_RET_TRACE: return "a tracer decides; without one the call fails with ENOSYS";
    case SECCOMP_RET_LOG: return "it is allowed, and logged";
    case SECCOMP_RET_ALLOW: return "it is allowed";
    default: return "the process is killed, for this is no action";
    }
}

static void write_value(FILE *stream, const struct subject_of *of, uint64_t value)
{
    char text[ARGUMENT_TEXT_BYTES];
    fputs(argument_text(of->arch, of->call, of->arg, value, text), stream);
}

static void write_mask(FILE *stream, const struct subject_of *of, uint64_t mask)
{
    char text[ARGUMENT_TEXT_BYTES];
    fputs(argument_mask_text(of->arch, of->call, of->arg, mask, text), stream);
}

static void write_masked(FILE *stream, const struct subject_of *of, uint64_t mask, uint64_t bits)
{
    bool one = (mask & (mask - 1)) == 0;
    if (bits == 0)
        fputs(one ? "lacks " : "has no bit of ", stream);
    else if (bits == mask)
        fputs(one ? "has " : "has all bits of ", stream);
    else
        fputs("has of the bits ", stream);
    write_mask(stream, of, mask);
    if (bits == 0 || bits == mask)
        return;
    fputs(" just ", stream);
    write_mask(stream, of, bits);
}

static void write_operand(FILE *stream, const struct policy *policy, const struct subject_of *of,
                          const struct atom *atom)
{
    if (atom->param != NO_PARAM)
        fprintf(stream, "$%s", policy->params[atom->param].name);
    else
        write_value(stream, of, atom->value);
}

static void write_atom(FILE *stream, const struct policy *policy, struct subject_of of,
                       const struct atom *atom)
{
    static const char *const words[] = {
        [COMPARE_EQ] = "is ",
        [COMPARE_NE] = "is not ",
        [COMPARE_LT] = "is below ",
        [COMPARE_LE] = "is at most ",
        [COMPARE_GT] = "is above ",
        [COMPARE_GE] = "is at least ",
        [COMPARE_ANY] = "has any bit of ",
        [COMPARE_IN] = "has no bits but ",
        [COMPARE_MASKED_EQ] = "",
    };
    of.arg = atom->arg;
    fprintf(stream, "%sarg%u %s", atom->narrow ? "the low half of " : "", atom->arg,
            words[atom->compare]);
    if (atom->compare <= COMPARE_GE)
        write_operand(stream, policy, &of, atom);
    else if (atom->compare == COMPARE_MASKED_EQ)
        write_masked(stream, &of, atom->mask, atom->value);
    else
        write_mask(stream, &of, atom->mask);
}

void words_expression(FILE *stream, const struct policy *policy, uint32_t arch, const char *call,
                      const struct expression *expression)
{
    const struct subject_of of = {.arch = arch, .call = call};
    for (size_t i = 0; i < expression->count; i++) {
        const struct conjunction *conjunction = &expression->any[i];
        fputs(i == 0 ? "" : ", or ", stream);
        for (size_t j = 0; j < conjunction->count; j++) {
            fputs(j == 0 ? "" : " and ", stream);
            write_atom(stream, policy, of, &conjunction->atoms[j]);
        }
    }
}

static bool same_span(const struct span *a, const struct span *b)
{
    return a->kind == b->kind && a->low == b->low && a->high == b->high && a->mask == b->mask &&
           a->bits == b->bits;
}

// The one argument in which two regions differ; ARGS when they differ in none, more when in
// several.
static unsigned differing_arg(const struct region *a, const struct region *b)
{
    unsigned found = ARGS;
    for (unsigned i = 0; i < ARGS; i++) {
        if (same_span(&a->span[INPUT_ARG + i], &b->span[INPUT_ARG + i]))
            continue;
        if (found != ARGS)
            return ARGS + 1;
        found = i;
    }
    return found;
}

static bool one_list(const struct span *a, const struct span *b)
{
    return a->kind == b->kind && (a->kind == SPAN_RANGE || a->kind == SPAN_LOW_RANGE);
}

size_t words_run(const struct region *regions, size_t count)
{
    unsigned arg = ARGS;
    size_t run = 1;
    for (; run < count; run++) {
        unsigned differs = differing_arg(&regions[0], &regions[run]);
        if (differs >= ARGS || (arg != ARGS && differs != arg) ||
            !same_span(&regions[0].span[INPUT_IP], &regions[run].span[INPUT_IP]) ||
            !one_list(&regions[0].span[INPUT_ARG + differs],
                      &regions[run].span[INPUT_ARG + differs]))
            break;
        arg = differs;
    }
    return run;
}

static uint64_t most_of(const struct span *span)
{
    return span->kind == SPAN_LOW_RANGE ? UINT32_MAX : UINT64_MAX;
}

// The ends of a range of flag words are numbers: their flags say nothing about what lies between.
static void write_range(FILE *stream, const struct subject_of *of, const struct span *span)
{
    const struct subject_of plain = {.arch = of->arch};
    if (span->low == span->high) {
        write_value(stream, of, span->low);
        return;
    }
    of = argument_is_flags(of->call, of->arg) ? &plain : of;
    if (span->low == 0) {
        fputs("at most ", stream);
        write_value(stream, of, span->high);
    } else if (span->high == most_of(span)) {
        fputs("at least ", stream);
        write_value(stream, of, span->low);
    } else {
        write_value(stream, of, span->low);
        fputs(" to ", stream);
        write_value(stream, of, span->high);
    }
}

// Do the spans, in rising order, leave out nothing but single values, and few of them?
static bool is_all_but(const struct region *regions, size_t count, unsigned input)
{
    const struct span *last = &regions[count - 1].span[input];
    if (count < 2 || regions[0].span[input].low != 0 || last->high != most_of(last))
        return false;
    for (size_t i = 1; i < count; i++)
        if (regions[i].span[input].low != regions[i - 1].span[input].high + 2)
            return false;
    return true;
}

static void write_all_but(FILE *stream, const struct subject_of *of, const struct region *regions,
                          size_t count, unsigned input)
{
    fputs(count == 2 ? "is not " : "is none of ", stream);
    for (size_t i = 1; i < count; i++) {
        fputs(i == 1 ? "" : ", ", stream);
        write_value(stream, of, regions[i].span[input].low - 1);
    }
}

// One argument, in the first region or, where it is the one that varies, in all of them.
static void write_argument(FILE *stream, struct subject_of of, const struct region *regions,
                           size_t count)
{
    unsigned input = INPUT_ARG + of.arg;
    const struct span *first = &regions[0].span[input];
    fprintf(stream, "%sarg%u ", first->kind == SPAN_LOW_RANGE ? "the low half of " : "", of.arg);
    if (first->kind == SPAN_MASK) {
        write_masked(stream, &of, first->mask, first->bits);
        return;
    }
    if (is_all_but(regions, count, input)) {
        write_all_but(stream, &of, regions, count, input);
        return;
    }
    fputs(count == 1 ? "is " : "is one of ", stream);
    for (size_t i = 0; i < count; i++) {
        fputs(i == 0 ? "" : ", ", stream);
        write_range(stream, &of, &regions[i].span[input]);
    }
}

static void write_pointer(FILE *stream, const struct span *span)
{
    if (span->kind == SPAN_MASK)
        fprintf(stream, "the instruction pointer masked with 0x%" PRIx64 " is 0x%" PRIx64,
                span->mask, span->bits);
    else
        fprintf(stream, "%sthe instruction pointer is 0x%" PRIx64 " to 0x%" PRIx64,
                span->kind == SPAN_LOW_RANGE ? "the low half of " : "", span->low, span->high);
}

bool words_regions(FILE *stream, uint32_t arch, const char *call, const struct region *regions,
                   size_t count)
{
    const char *before = "";
    const struct span *pointer = &regions[0].span[INPUT_IP];
    if (pointer->kind != SPAN_ANY) {
        write_pointer(stream, pointer);
        before = " and ";
    }
    unsigned varying = count > 1 ? differing_arg(&regions[0], &regions[1]) : ARGS;
    for (unsigned arg = 0; arg < ARGS; arg++) {
        if (regions[0].span[INPUT_ARG + arg].kind == SPAN_ANY)
            continue;
        fputs(before, stream);
        write_argument(stream, (struct subject_of){arch, call, arg}, regions,
                       arg == varying ? count : 1);
        before = " and ";
    }
    return before[0] != '\0';
}

void words_span_json(FILE *stream, const struct span *span)
{
    if (span->kind == SPAN_ANY)
        fputs("{\"kind\": \"any\"}", stream);
    else if (span->kind == SPAN_MASK)
        fprintf(stream, "{\"kind\": \"mask\", \"mask\": %" PRIu64 ", \"bits\": %" PRIu64 "}",
                span->mask, span->bits);
    else
        fprintf(stream, "{\"kind\": \"%s\", \"low\": %" PRIu64 ", \"high\": %" PRIu64 "}",
                span->kind == SPAN_RANGE ? "range" : "low-range", span->low, span->high);
}

// SPDX-License-Identifier: ISC
//
// nearest.c: edit distance with swaps (optimal string alignment), cut off early.
#include "nearest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { EDITS = 4 };

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

static void fold(struct folded_name *folded, const char *name, size_t length)
{
    folded->length = length;
    folded->bytes = 0;
    for (size_t i = 0; i < length; i++) {
        char byte = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
        folded->text[i] = byte;
        folded->bytes |= UINT64_C(1) << ((unsigned char)byte & 63);
    }
}

void nearest_start(struct nearest *nearest, const char *wanted)
{
    const size_t length = strlen(wanted);
    const size_t limit = length / 3 > EDITS ? EDITS : length / 3;
    nearest->best = NULL;
    nearest->distance = length > NEAREST_NAME_BYTES ? 0 : limit + 1;
    fold(&nearest->wanted, wanted, nearest->distance > 0 ? length : 0);
}

// Each edit brings one byte that was not there at most, and takes one away.
static bool may_be_near(const struct folded_name *a, const struct folded_name *b, size_t limit)
{
    return (size_t)__builtin_popcountll(a->bytes & ~b->bytes) < limit &&
           (size_t)__builtin_popcountll(b->bytes & ~a->bytes) < limit;
}

// The distance between two names, or some number from `limit` on.
static unsigned edits(const struct folded_name *a, const struct folded_name *b, size_t limit)
{
    uint8_t row[3][NEAREST_NAME_BYTES + 1];
    for (size_t j = 0; j <= b->length; j++)
        row[0][j] = (uint8_t)j;
    for (size_t i = 1; i <= a->length; i++) {
        uint8_t *now = row[i % 3];
        const uint8_t *before = row[(i + 2) % 3];
        const uint8_t *second = row[(i + 1) % 3];
        unsigned least = now[0] = (uint8_t)i;
        for (size_t j = 1; j <= b->length; j++) {
            unsigned best = smallest(before[j] + 1U, now[j - 1] + 1U,
                                     before[j - 1] + (a->text[i - 1] == b->text[j - 1] ? 0U : 1U));
            if (i > 1 && j > 1 && a->text[i - 1] == b->text[j - 2] &&
                a->text[i - 2] == b->text[j - 1])
                best = smallest(best, second[j - 2] + 1U, best);
            now[j] = (uint8_t)best;
            least = best < least ? best : least;
        }
        if (least >= limit) // so is what a swap leads to from the row before
            return least;
    }
    return row[a->length % 3][b->length];
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
    struct folded_name folded;
    const size_t wanted = nearest->wanted.length, length = strlen(candidate);
    const size_t apart = wanted > length ? wanted - length : length - wanted;
    if (length > NEAREST_NAME_BYTES || apart >= nearest->distance)
        return;
    fold(&folded, candidate, length);
    if (!may_be_near(&nearest->wanted, &folded, nearest->distance))
        return;
    const unsigned distance = edits(&nearest->wanted, &folded, nearest->distance);
    if (distance >= nearest->distance)
        return;
    nearest->distance = distance;
    nearest->best = candidate;
}

// SPDX-License-Identifier: ISC
//
// nearest.c: edit distance with swaps (optimal string alignment), cut off early.
#include "nearest.h"

#include <ctype.h>
#include <string.h>

enum { NAME_BYTES = 64, EDITS = 4 };

void nearest_start(struct nearest *nearest, const char *wanted)
{
    size_t limit = strlen(wanted) / 3;
    limit = limit > EDITS ? EDITS : limit;
    *nearest = (struct nearest){.wanted = wanted, .distance = limit + 1};
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

static int same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

// The distance between two names of at most NAME_BYTES bytes.
static size_t edits(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t row[3][NAME_BYTES + 1];
    for (size_t j = 0; j <= b_length; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *now = row[i % 3];
        const size_t *before = row[(i + 2) % 3];
        const size_t *second = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            now[j] = smallest(before[j] + 1, now[j - 1] + 1,
                              before[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                now[j] = smallest(now[j], second[j - 2] + 1, now[j]);
        }
    }
    return row[a_length % 3][b_length];
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
    size_t wanted = strlen(nearest->wanted);
    size_t length = strlen(candidate);
    size_t apart = wanted > length ? wanted - length : length - wanted;
    if (wanted > NAME_BYTES || length > NAME_BYTES || apart >= nearest->distance)
        return;
    size_t distance = edits(nearest->wanted, wanted, candidate, length);
    if (distance >= nearest->distance)
        return;
    nearest->distance = distance;
    nearest->best = candidate;
}

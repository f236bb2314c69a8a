// SPDX-License-Identifier: ISC
//
// afl_effort.c: which inputs afl-fuzz pays the second stage for.
#include "effort.h"

#include <stdlib.h>
#include <string.h>

// At the start, when afl-fuzz runs each seed some ten times, all are looked at, whatever they are.
enum { FIRST_RUNS = 1 << 14, FIRST_MAX = 256, WAYS = 1 << 16, MAP_BYTES_MAX = 1 << 16 };

extern uint8_t *__afl_area_ptr;
extern uint32_t __afl_map_size;

static uint8_t aside[MAP_BYTES_MAX];
static uint8_t *map; // while it is set aside
static uint64_t seen[WAYS];
static unsigned runs;

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

// Without afl-fuzz there is no hurry, and no map worth looking at.
static bool led(void)
{
    static int is_led = -1;
    if (is_led < 0)
        is_led = getenv("__AFL_SHM_ID") != NULL && __afl_map_size <= MAP_BYTES_MAX;
    return is_led != 0;
}

static void set_aside(void)
{
    if (map != NULL)
        return;
    map = __afl_area_ptr;
    __afl_area_ptr = aside;
}

static uint64_t hash_of(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t hash = size, word = 0;
    for (; size >= sizeof(word); size -= sizeof(word), at += sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        hash = mix(hash, word);
    }
    word = 0;
    memcpy(&word, at, size);
    return mix(hash, word);
}

// Once it is one of the first it stays one: all runs of an input are alike.
static bool among_first(uint64_t hash, size_t limit)
{
    static uint64_t first[FIRST_MAX];
    static size_t count;
    for (size_t i = 0; i < count; i++)
        if (first[i] == hash)
            return true;
    if (count >= limit || count == FIRST_MAX)
        return false;
    first[count++] = hash;
    return true;
}

bool afl_effort_takes(const void *bytes, size_t size, size_t share, size_t first)
{
    if (!led())
        return true;
    runs++;
    if (share <= 1)
        return true;
    const uint64_t hash = hash_of(bytes, size);
    return (hash >> 32) % share == 0 || among_first(hash, first); // no bit that chooses below
}

bool afl_effort_chosen(const void *bytes, size_t size, size_t share)
{
    return !led() || hash_of(bytes, size) % share == 0;
}

// The bytes that are not zero.
static uint64_t passed(uint64_t word)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
    return ~(((word & low) + low) | word | low);
}

// Which edges were passed, however often.
static uint64_t way(void)
{
    uint64_t hash = 0, word;
    for (uint32_t i = 0; i + sizeof(word) <= __afl_map_size; i += sizeof(word)) {
        memcpy(&word, __afl_area_ptr + i, sizeof(word));
        if (word != 0)
            hash = mix(hash, mix(i, passed(word)));
    }
    return hash | 1;
}

static bool is_new(void)
{
    uint64_t this_way = way();
    uint64_t *place = &seen[this_way >> 8 & (WAYS - 1)];
    bool known = *place == this_way;
    *place = this_way;
    return !known;
}

bool afl_effort_begin(bool chosen, bool worth)
{
    if (chosen)
        return true;
    const bool wanted = runs <= FIRST_RUNS || (worth && is_new());
    set_aside();
    return wanted;
}

void afl_effort_end(void)
{
    if (map != NULL)
        __afl_area_ptr = map;
    map = NULL;
}

// SPDX-License-Identifier: ISC
#include "sources.h"

#include <string.h>

uint32_t sources_capacity(uint32_t max_sessions)
{
    return 1 + max_sessions + PENALTIES_MAX;
}

uint32_t sources_buckets(uint32_t max_sessions)
{
    uint32_t buckets = 1;
    while (buckets < sources_capacity(max_sessions))
        buckets *= 2;
    return buckets;
}

void sources_start(struct sources *sources, struct source *table, uint32_t capacity,
                   uint32_t *buckets, uint32_t bucket_count, uint64_t seed)
{
    *sources = (struct sources){
        .table = table,
        .buckets = buckets,
        .capacity = capacity,
        .bucket_mask = bucket_count - 1,
        .fresh = SOURCE_NONE + 1,
        .seed = seed | 1,
    };
}

// Both halves multiplied by a secret odd number and folded: which bucket an address falls into
// cannot be known from outside.
static uint32_t *bucket_of(const struct sources *sources, const struct network *key)
{
    uint64_t half[2];
    memcpy(half, key->bytes, sizeof(half));
    uint64_t mixed = half[0] * sources->seed;
    mixed = (mixed ^ (mixed >> 32) ^ half[1]) * sources->seed;
    mixed = (mixed ^ (mixed >> 29)) * sources->seed;
    return &sources->buckets[(uint32_t)(mixed >> 32) & sources->bucket_mask];
}

static uint32_t find(const struct sources *sources, const struct network *key)
{
    uint32_t index = *bucket_of(sources, key);
    while (index != SOURCE_NONE && memcmp(&sources->table[index].key, key, sizeof(*key)) != 0)
        index = sources->table[index].next;
    return index;
}

static void enqueue(struct sources *sources, uint32_t index)
{
    struct source *source = &sources->table[index];
    source->queued = true;
    source->newer = SOURCE_NONE;
    source->older = sources->newest;
    if (sources->newest != SOURCE_NONE)
        sources->table[sources->newest].newer = index;
    else
        sources->oldest = index;
    sources->newest = index;
}

static void dequeue(struct sources *sources, uint32_t index)
{
    struct source *source = &sources->table[index];
    if (source->older != SOURCE_NONE)
        sources->table[source->older].newer = source->newer;
    else
        sources->oldest = source->newer;
    if (source->newer != SOURCE_NONE)
        sources->table[source->newer].older = source->older;
    else
        sources->newest = source->older;
    source->queued = false;
}

static void forget(struct sources *sources, uint32_t index)
{
    struct source *source = &sources->table[index];
    uint32_t *link = bucket_of(sources, &source->key);
    while (*link != index)
        link = &sources->table[*link].next;
    *link = source->next;
    if (source->queued)
        dequeue(sources, index);
    source->next = sources->first_free;
    sources->first_free = index;
}

// There always is one: at most max_sessions sources are being served, the others can be forgotten.
static uint32_t take(struct sources *sources)
{
    if (sources->first_free == SOURCE_NONE && sources->fresh < sources->capacity)
        return sources->fresh++;
    if (sources->first_free == SOURCE_NONE)
        forget(sources, sources->oldest);
    uint32_t index = sources->first_free;
    sources->first_free = sources->table[index].next;
    return index;
}

static uint32_t add(struct sources *sources, const struct network *key)
{
    uint32_t index = take(sources);
    uint32_t *bucket = bucket_of(sources, key);
    sources->table[index] = (struct source){.key = *key, .next = *bucket};
    *bucket = index;
    return index;
}

enum source_verdict sources_admit(struct sources *sources, const struct network *key,
                                  uint32_t limit, uint64_t now_ms, uint32_t *index)
{
    *index = find(sources, key);
    if (*index != SOURCE_NONE) {
        const struct source *source = &sources->table[*index];
        if (source->punished_until_ms > now_ms)
            return SOURCE_PUNISHED;
        if (limit > 0 && source->sessions >= limit)
            return SOURCE_FULL;
    } else {
        *index = add(sources, key);
    }
    struct source *source = &sources->table[*index];
    if (source->queued)
        dequeue(sources, *index);
    source->sessions++;
    return SOURCE_ADMITTED;
}

void sources_punish(struct sources *sources, uint32_t index, uint64_t until_ms)
{
    sources->table[index].punished_until_ms = until_ms;
}

void sources_release(struct sources *sources, uint32_t index, uint64_t now_ms)
{
    struct source *source = &sources->table[index];
    source->sessions--;
    if (source->sessions > 0)
        return;
    if (source->punished_until_ms > now_ms)
        enqueue(sources, index);
    else
        forget(sources, index);
}

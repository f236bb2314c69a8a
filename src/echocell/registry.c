// SPDX-License-Identifier: ISC
#include "registry.h"

#include "private.h"

static uint32_t *bucket_of(const struct registry *registry, pid_t pid)
{
    return &registry->buckets[(uint32_t)pid & registry->bucket_mask];
}

void registry_create(struct registry *registry, uint32_t capacity)
{
    uint32_t buckets = 1;
    while (buckets < capacity)
        buckets *= 2;
    registry->records = private_allocate(capacity, sizeof(*registry->records));
    registry->buckets = private_allocate(buckets, sizeof(*registry->buckets));
    registry->capacity = capacity;
    registry->bucket_mask = buckets - 1;
    registry->active = 0;
    for (uint32_t i = 0; i < buckets; i++)
        registry->buckets[i] = REGISTRY_NONE;
    for (uint32_t i = 0; i < capacity; i++)
        registry->records[i].next = i + 1 < capacity ? i + 1 : REGISTRY_NONE;
    registry->first_free = 0;
}

uint32_t registry_take(struct registry *registry)
{
    uint32_t slot = registry->first_free;
    if (slot != REGISTRY_NONE)
        registry->first_free = registry->records[slot].next;
    return slot;
}

void registry_untake(struct registry *registry, uint32_t slot)
{
    registry->records[slot].next = registry->first_free;
    registry->first_free = slot;
}

void registry_bind(struct registry *registry, uint32_t slot, pid_t pid)
{
    uint32_t *bucket = bucket_of(registry, pid);
    registry->records[slot].pid = pid;
    registry->records[slot].next = *bucket;
    *bucket = slot;
    registry->active++;
}

uint32_t registry_find(const struct registry *registry, pid_t pid)
{
    uint32_t slot = *bucket_of(registry, pid);
    while (slot != REGISTRY_NONE && registry->records[slot].pid != pid)
        slot = registry->records[slot].next;
    return slot;
}

void registry_release(struct registry *registry, uint32_t slot)
{
    uint32_t *link = bucket_of(registry, registry->records[slot].pid);
    while (*link != slot)
        link = &registry->records[*link].next;
    *link = registry->records[slot].next;
    registry->records[slot].pid = 0;
    registry->active--;
    registry_untake(registry, slot);
}

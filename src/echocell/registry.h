// SPDX-License-Identifier: ISC
//
// registry.h: the sessions that run: which process serves whom, since when. Constant time for every
// operation, and no allocation after the start.
#ifndef ECHOCELL_REGISTRY_H
#define ECHOCELL_REGISTRY_H

#include "address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define REGISTRY_NONE UINT32_MAX

struct session_record {
    pid_t pid; // 0: the slot is free
    uint32_t next;
    uint32_t source; // in sources.h, or SOURCE_NONE
    bool drained;    // the listener has sent SIGKILL
    uint64_t started_ms;
    union address client;
};

struct registry {
    struct session_record *records; // a slot is an index here and in the ledger
    uint32_t *buckets;              // first slot of a chain, by pid
    uint32_t capacity;
    uint32_t bucket_mask;
    uint32_t first_free;
    uint32_t active;
};

// Room for `capacity` sessions (1 to 65536), in private memory.
void registry_create(struct registry *registry, uint32_t capacity);

// A free slot, now taken by no process yet; REGISTRY_NONE when all are used.
uint32_t registry_take(struct registry *registry);

// Gives a slot back that registry_take() gave and that never got a process.
void registry_untake(struct registry *registry, uint32_t slot);

// The slot's session runs as `pid`.
void registry_bind(struct registry *registry, uint32_t slot, pid_t pid);

// The slot of a process, or REGISTRY_NONE.
uint32_t registry_find(const struct registry *registry, pid_t pid);

// The session has ended: the slot is free again.
void registry_release(struct registry *registry, uint32_t slot);

#endif

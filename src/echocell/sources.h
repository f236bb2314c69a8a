// SPDX-License-Identifier: ISC
//
// sources.h: how many sessions each source has, and which sources are punished. Pure data: no clock
// and no allocation, the caller gives both.
//
// A source is an IPv4 address or an IPv6 /64. The table is bounded: it has room for as many sources
// as there can be sessions, and for PENALTIES_MAX more that are only punished. When that is full,
// the source whose penalty was noted first is forgotten: an attacker with many addresses can
// shorten the penalties of others, but can neither grow the table nor push out one that is being
// served.
#ifndef ECHOCELL_SOURCES_H
#define ECHOCELL_SOURCES_H

#include "address.h"

#include <stddef.h>
#include <stdint.h>

#define PENALTIES_MAX 4096
#define SOURCE_NONE   0 // so that memory of zeros is a table of nothing

struct source {
    struct network key;
    uint32_t sessions;
    uint32_t next;              // in its chain, or in the list of free ones
    uint32_t older;             // in the queue of those that are only punished ...
    uint32_t newer;             // ...
    bool queued;                // ... when it is in there
    uint64_t punished_until_ms; // monotonic; 0: not punished
};

struct sources {
    struct source *table;
    uint32_t *buckets;
    uint32_t capacity;
    uint32_t bucket_mask;
    uint32_t first_free; // of those that were forgotten
    uint32_t fresh;      // from here on none was ever used: no page of theirs is in memory
    uint32_t oldest;     // the queue's ends
    uint32_t newest;
    uint64_t seed;
};

enum source_verdict { SOURCE_ADMITTED, SOURCE_FULL, SOURCE_PUNISHED };

// How many table entries (the first stands for none) and buckets (a power of two) sources_start()
// wants for so many sessions.
uint32_t sources_capacity(uint32_t max_sessions);
uint32_t sources_buckets(uint32_t max_sessions);

// `table` and `buckets` hold zeros and stay the caller's; `seed` is a secret number, so that nobody
// can choose addresses that fall into one chain.
void sources_start(struct sources *sources, struct source *table, uint32_t capacity,
                   uint32_t *buckets, uint32_t bucket_count, uint64_t seed);

// May this source have one more session? `limit` 0 is none. When admitted the session is counted,
// and
// `*index` names the source for sources_release() and sources_punish().
enum source_verdict sources_admit(struct sources *sources, const struct network *key,
                                  uint32_t limit, uint64_t now_ms, uint32_t *index);

// The source of a counted session is refused until then.
void sources_punish(struct sources *sources, uint32_t index, uint64_t until_ms);

// A counted session has ended.
void sources_release(struct sources *sources, uint32_t index, uint64_t now_ms);

#endif

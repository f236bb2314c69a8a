// SPDX-License-Identifier: ISC
// Many clients at once, served by one epoll descriptor in one thread.
#pragma once

#include "client.h"

#include <sys/epoll.h>

enum { CREW_EVENTS = 64 };

struct crew {
    struct epoll_event events[CREW_EVENTS];
    int ready, taken; // events that are there, and how many of them were looked at
    int epoll;
    unsigned waiting; // clients whose answer is not complete
};

void crew_init(struct crew *crew);

// Begins a connection for `client`, which belongs to the caller and is not moved until it is
// closed.
void crew_open(struct crew *crew, struct client *client, uint64_t number);

// The next client whose line is back, waited for; NULL when no client waits for one. It stays open.
struct client *crew_next(struct crew *crew);

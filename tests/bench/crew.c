// SPDX-License-Identifier: ISC
// Edge-triggered, so that a connection is registered once and costs no second call. See crew.h.
#include "crew.h"

#include <errno.h>
#include <stdlib.h>

void crew_init(struct crew *crew)
{
    *crew = (struct crew){.epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (crew->epoll < 0)
        server_failed("epoll_create1", errno);
}

void crew_open(struct crew *crew, struct client *client, uint64_t number)
{
    client_open(client, number);
    // On loopback most connections stand at once and their line is sent: they have only to receive.
    uint32_t interest = client->sent < LINE_BYTES ? EPOLLIN | EPOLLOUT : EPOLLIN;
    struct epoll_event event = {.events = interest | EPOLLET, .data.ptr = client};
    if (epoll_ctl(crew->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0)
        server_failed("epoll_ctl", errno);
    crew->waiting++;
}

struct client *crew_next(struct crew *crew)
{
    while (crew->waiting > 0) {
        if (crew->taken == crew->ready) {
            crew->taken = 0;
            crew->ready = epoll_wait(crew->epoll, crew->events, CREW_EVENTS, SILENCE_S * 1000);
            if (crew->ready == 0)
                server_failed("no answer", ETIMEDOUT);
            if (crew->ready < 0 && errno != EINTR)
                server_failed("epoll_wait", errno);
            if (crew->ready < 0)
                crew->ready = 0;
            continue;
        }
        struct client *client = crew->events[crew->taken++].data.ptr;
        if (client_step(client)) {
            crew->waiting--;
            return client;
        }
    }
    return NULL;
}

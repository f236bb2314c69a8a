// SPDX-License-Identifier: ISC
// One connection: question and answer, or a stream in both directions. See load.h.
#include "client.h"
#include "load.h"
#include "samples.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CHUNK_BYTES = 1 << 17,
    PERIOD_BYTES = 65521, // a prime: a buffer that comes twice, late or not at all is out of step
};

// The stream repeats a period of odd-looking bytes; any CHUNK_BYTES of it are found in one piece.
static unsigned char stream[PERIOD_BYTES + CHUNK_BYTES];

static void stream_fill(void)
{
    uint32_t state = 2463534242U;
    for (size_t i = 0; i < sizeof stream; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        stream[i] = i < PERIOD_BYTES ? (unsigned char)state : stream[i - PERIOD_BYTES];
    }
}

// Waits until the socket is ready for one of `events`; returns those that it is ready for.
static short wait_for(int fd, short events)
{
    struct pollfd wait = {.fd = fd, .events = events};
    int ready = poll(&wait, 1, SILENCE_S * 1000);
    if (ready == 0)
        server_failed("no answer", ETIMEDOUT);
    if (ready < 0 && errno != EINTR)
        server_failed("poll", errno);
    return ready > 0 ? wait.revents : 0;
}

void load_request(double seconds)
{
    struct samples waits = {0};
    uint64_t number = 0, began_ns = now_ns(), end_ns = began_ns + (uint64_t)(seconds * 1e9);
    struct client client;
    client_open(&client, number);
    setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    for (;;) {
        while (!client_step(&client))
            wait_for(client.fd, POLLIN);
        uint64_t done_ns = now_ns();
        if (number > 0) // the first had to connect
            samples_add(&waits, done_ns - client.asked_ns);
        if (done_ns >= end_ns)
            break;
        client_ask(&client, ++number);
    }
    close(client.fd);
    printf("{\"requests\": %llu, \"rate\": %.3f, \"trip_p50_us\": %.3f, \"trip_p99_us\": %.3f}\n",
           (unsigned long long)number, (double)number / ((double)(now_ns() - began_ns) / 1e9),
           samples_percentile_us(&waits, 50), samples_percentile_us(&waits, 99));
    samples_free(&waits);
}

static size_t bulk_send(int fd, uint64_t sent)
{
    ssize_t put = send(fd, stream + sent % PERIOD_BYTES, CHUNK_BYTES, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && errno != EAGAIN && errno != EINTR)
        server_failed("send", errno);
    return put > 0 ? (size_t)put : 0;
}

static size_t bulk_receive(int fd, uint64_t received, uint64_t sent)
{
    static unsigned char buffer[CHUNK_BYTES];
    ssize_t got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (got < 0)
        server_failed("recv", errno);
    if (got == 0)
        server_failed("closed before all bytes had come back", 0);
    if ((uint64_t)got > sent - received)
        server_failed("more bytes came back than were sent", 0);
    if (memcmp(buffer, stream + received % PERIOD_BYTES, (size_t)got) != 0)
        server_failed("wrong bytes came back", 0);
    return (size_t)got;
}

void load_bulk(double seconds)
{
    stream_fill();
    int fd = server_connect(0, 0);
    uint64_t sent = 0, received = 0, in_time = 0;
    uint64_t began_ns = now_ns(), end_ns = began_ns + (uint64_t)(seconds * 1e9);
    int sending = 1;
    while (sending || received < sent) {
        short ready = wait_for(fd, sending ? POLLIN | POLLOUT : POLLIN);
        if (sending && (ready & POLLOUT))
            sent += bulk_send(fd, sent);
        if (ready & (POLLIN | POLLHUP | POLLERR))
            received += bulk_receive(fd, received, sent);
        if (sending && now_ns() >= end_ns) {
            sending = 0;
            in_time = received;
        }
    }
    close(fd);
    printf("{\"bytes\": %llu, \"rate_mib\": %.3f}\n", (unsigned long long)received,
           (double)in_time / seconds / 1048576);
}

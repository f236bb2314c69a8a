// SPDX-License-Identifier: ISC
// Each connection has a source address and a line of its own, so that an answer to somebody else, a
// late answer and a byte too many are all found. See client.h.
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static struct sockaddr_in server;

uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

_Noreturn void server_failed(const char *what, int error)
{
    fprintf(stderr, "load: 127.0.0.1:%u: %s%s%s\n", (unsigned)ntohs(server.sin_port), what,
            error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
    exit(1);
}

void server_set(const char *address, const char *port)
{
    char *end;
    unsigned long number = strtoul(port, &end, 10);
    server.sin_family = AF_INET;
    if (inet_pton(AF_INET, address, &server.sin_addr) != 1 ||
        ntohl(server.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET || number == 0 || number > 65535 ||
        *end != '\0') {
        fprintf(stderr, "load: %s %s: not an IPv4 loopback address and a port\n", address, port);
        exit(64);
    }
    server.sin_port = htons((uint16_t)number);
}

int server_connect(uint64_t number, int flags)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (fd < 0)
        server_failed("socket", errno);

    // From 127.64.0.0 on. The port is chosen when both ends are known: it need not be free for
    // every server, only for this one.
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(0x7f400000U + (uint32_t)(number % SOURCES));
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int)) != 0 ||
        bind(fd, (struct sockaddr *)&source, sizeof source) != 0)
        server_failed("bind", errno);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) != 0 && errno != EINPROGRESS)
        server_failed("connect", errno);
    return fd;
}

void line_write(char text[LINE_BYTES], uint64_t number)
{
    char line[LINE_BYTES + 1];
    snprintf(line, sizeof line, "%020" PRIu64 " of echoes\n", number);
    memcpy(text, line, LINE_BYTES);
}

static void client_send(struct client *client, const char *line)
{
    ssize_t sent = send(client->fd, line + client->sent, LINE_BYTES - client->sent, MSG_NOSIGNAL);
    if (sent >= 0)
        client->sent += (size_t)sent;
    else if (errno != EAGAIN && errno != EINTR)
        server_failed("send", errno);
}

void client_ask(struct client *client, uint64_t number)
{
    char line[LINE_BYTES];
    line_write(line, number);
    client->line = number;
    client->asked_ns = now_ns();
    client->answer_ns = 0;
    client->sent = client->received = 0;
    client_send(client, line);
}

void client_open(struct client *client, uint64_t number)
{
    uint64_t began_ns = now_ns();
    client->fd = server_connect(number, SOCK_NONBLOCK);
    client_ask(client, number);
    client->asked_ns = began_ns;
}

int client_step(struct client *client)
{
    char line[LINE_BYTES], answer[LINE_BYTES + 1];
    if (client->received == LINE_BYTES) {
        if (recv(client->fd, answer, 1, 0) > 0)
            server_failed("more bytes came back than were sent", 0);
        return 0;
    }
    line_write(line, client->line);
    if (client->sent < LINE_BYTES)
        client_send(client, line);

    while (client->received < LINE_BYTES) {
        ssize_t got = recv(client->fd, answer, sizeof answer, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return 0;
        if (got < 0)
            server_failed("recv", errno);
        if (got == 0)
            server_failed("closed before the whole line had come back", 0);
        if (client->answer_ns == 0)
            client->answer_ns = now_ns();
        if ((size_t)got > client->sent - client->received)
            server_failed("more bytes came back than were sent", 0);
        if (memcmp(answer, line + client->received, (size_t)got) != 0)
            server_failed("wrong bytes came back", 0);
        client->received += (size_t)got;
    }
    return 1;
}

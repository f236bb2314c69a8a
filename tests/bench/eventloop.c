// SPDX-License-Identifier: ISC
// The other bound: one process, one thread, libev, and nothing between one client and the next.
// What no isolation at all gives.
//
//   eventloop PORT
#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
    ev_io watcher; // first: libev hands out pointers to it
    size_t begin, end;
    char *left; // what the client does not take yet, begin to end; NULL when there is nothing
};

static char buffer[65536];

static void connection_close(struct ev_loop *loop, struct connection *connection)
{
    ev_io_stop(loop, &connection->watcher);
    close(connection->watcher.fd);
    free(connection->left);
    free(connection);
}

static void watch(struct ev_loop *loop, ev_io *watcher, int events)
{
    ev_io_stop(loop, watcher);
    ev_io_set(watcher, watcher->fd, events);
    ev_io_start(loop, watcher);
}

// Sends what was left; reads on only when all of it has gone.
static void connection_flush(struct ev_loop *loop, struct connection *connection)
{
    ssize_t put = send(connection->watcher.fd, connection->left + connection->begin,
                       connection->end - connection->begin, MSG_NOSIGNAL);
    if (put < 0 && errno != EAGAIN) {
        connection_close(loop, connection);
        return;
    }
    connection->begin += put > 0 ? (size_t)put : 0;
    if (connection->begin == connection->end) {
        free(connection->left);
        connection->left = NULL;
        watch(loop, &connection->watcher, EV_READ);
    }
}

static void connection_keep(struct ev_loop *loop, struct connection *connection, size_t begin,
                            size_t end)
{
    connection->left = malloc(sizeof buffer);
    if (connection->left == NULL) {
        connection_close(loop, connection);
        return;
    }
    for (size_t i = begin; i < end; i++)
        connection->left[i] = buffer[i];
    connection->begin = begin;
    connection->end = end;
    watch(loop, &connection->watcher, EV_WRITE);
}

static void on_connection(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct connection *connection = (struct connection *)watcher;
    if (events & EV_WRITE) {
        connection_flush(loop, connection);
        return;
    }
    ssize_t got = recv(watcher->fd, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    ssize_t put = got > 0 ? send(watcher->fd, buffer, (size_t)got, MSG_NOSIGNAL) : -1;
    if (got <= 0 || (put < 0 && errno != EAGAIN))
        connection_close(loop, connection);
    else if (put < got)
        connection_keep(loop, connection, put > 0 ? (size_t)put : 0, (size_t)got);
}

static void on_listener(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)events;
    int fd = accept4(watcher->fd, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    ev_io_init(&connection->watcher, on_connection, fd, EV_READ);
    ev_io_start(loop, &connection->watcher);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)(argc == 2 ? atoi(argv[1]) : 0));
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 4096) != 0) {
        perror("eventloop");
        return 71;
    }
    struct ev_loop *loop = ev_default_loop(EVFLAG_AUTO);
    ev_io watcher;
    ev_io_init(&watcher, on_listener, listener, EV_READ);
    ev_io_start(loop, &watcher);
    ev_run(loop, 0);
    return 0;
}

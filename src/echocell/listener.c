// SPDX-License-Identifier: ISC
#include "listener.h"

#include "descriptors.h"
#include "environment.h"
#include "fatal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

// The kernel lowers it to net.core.somaxconn.
#define BACKLOG 4096

static _Noreturn void refuse(const union address *address, const char *step)
{
    char text[ADDRESS_TEXT_BYTES];
    int error = errno;
    address_format(address, text);
    if (error == EACCES && strcmp(step, "bind") == 0)
        fatal(EX_NOPERM, text,
              "a privileged port needs CAP_NET_BIND_SERVICE (start as root, grant the capability, "
              "use "
              "socket activation, or take a port from 1024 up)");
    fatal(EX_OSERR, text, "%s: %s", step, strerror(error));
}

static int open_one(const union address *address)
{
    const int on = 1;
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        refuse(address, "socket");
    // The port can be bound again at once after a restart, while old connections are in TIME_WAIT.
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
        refuse(address, "SO_REUSEADDR");
    if (address->any.sa_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0)
        refuse(address, "IPV6_V6ONLY");
    if (bind(fd, &address->any, address_length(address)) != 0)
        refuse(address, "bind");
    if (listen(fd, BACKLOG) != 0)
        refuse(address, "listen");
    return fd;
}

static void learn_address(int fd, union address *address)
{
    socklen_t length = sizeof(*address);
    if (getsockname(fd, &address->any, &length) != 0)
        refuse(address, "getsockname");
}

static void open_at(int place, union address *address)
{
    environment_move_descriptor(open_one(address), place);
    learn_address(place, address);
}

void listener_open(struct options *options, const struct activation *passed)
{
    for (size_t i = 0; i < options->listen_count; i++)
        open_at(LISTEN_FD + (int)i, &options->listen[i]);
    for (size_t i = 0; i < passed->listen_count; i++)
        learn_address(LISTEN_FD + (int)i, &options->listen[options->listen_count++]);
    if (passed->metrics)
        learn_address(METRICS_FD, &options->metrics_address);
    else if (options->metrics)
        open_at(METRICS_FD, &options->metrics_address);
}

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
        fatal(
            EX_NOPERM, text,
            "a privileged port needs CAP_NET_BIND_SERVICE (start as root, grant the capability, or "
            "use a port from 1024 up)");
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

void listener_open(union address *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int fd = open_one(&addresses[i]);
        socklen_t length = sizeof(addresses[i]);
        if (getsockname(fd, &addresses[i].any, &length) != 0)
            refuse(&addresses[i], "getsockname");
        environment_move_descriptor(fd, LISTEN_FD + (int)i);
    }
}

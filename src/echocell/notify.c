// SPDX-License-Identifier: ISC
#include "notify.h"

#include "descriptors.h"
#include "environment.h"
#include "fatal.h"
#include "kernel.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

void notify_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL)
        return;
    size_t length = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || length < 2 || length >= sizeof(address.sun_path))
        fatal(EX_CONFIG, "NOTIFY_SOCKET", "neither an absolute path nor an abstract name");
    memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);

    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, size) != 0)
        fatal(EX_OSERR, "NOTIFY_SOCKET", "%s: %s", path, strerror(errno));
    environment_move_descriptor(fd, NOTIFY_FD);
}

bool notify_send(const char *message, size_t length)
{
    // A manager that does not listen any more is no reason to stop serving.
    return kernel_write(NOTIFY_FD, message, length) != -EAGAIN;
}

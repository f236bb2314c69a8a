// SPDX-License-Identifier: ISC
#include "outsider.h"

#include "fatal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(bool done)
{
    if (!done)
        fatal(EX_OSERR, "landlock_scope", "cannot be tried: %s", strerror(errno));
}

void outsider_start(struct outsider *outsider)
{
    // An address with no name: the kernel chooses an abstract one, unix(7) "autobind".
    const struct sockaddr_un unnamed = {.sun_family = AF_UNIX};
    int life[2];
    must(pipe2(life, O_CLOEXEC) == 0);
    outsider->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(outsider->socket >= 0);
    must(bind(outsider->socket, (const struct sockaddr *)&unnamed, sizeof(sa_family_t)) == 0);
    must(listen(outsider->socket, 1) == 0);
    outsider->pid = fork();
    must(outsider->pid >= 0);
    if (outsider->pid == 0) {
        char byte;
        close(life[1]);
        while (read(life[0], &byte, 1) < 0 && errno == EINTR)
            continue;
        _exit(0);
    }
    close(life[0]);
    outsider->life = life[1];
}

static bool is_connectable(int listening)
{
    struct sockaddr_un name;
    socklen_t length = sizeof(name);
    must(getsockname(listening, (struct sockaddr *)&name, &length) == 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0);
    bool refused = connect(fd, (const struct sockaddr *)&name, length) < 0 && errno == EPERM;
    close(fd);
    return !refused;
}

bool outsider_is_reachable(const struct outsider *outsider)
{
    bool refused = kill(outsider->pid, 0) < 0 && errno == EPERM;
    return !refused || is_connectable(outsider->socket);
}

void outsider_end(struct outsider *outsider)
{
    close(outsider->socket);
    close(outsider->life);
    while (waitpid(outsider->pid, NULL, 0) < 0)
        must(errno == EINTR);
}

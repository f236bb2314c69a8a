// SPDX-License-Identifier: ISC
#include "reopen.h"

#include "descriptors.h"
#include "environment.h"
#include "fatal.h"
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(TRACE_FD >= LISTEN_FD + LISTEN_MAX, "no socket is listened on there");

// An open file description (open(2)) of our own: O_NONBLOCK is a flag of that, not of the pipe.
static bool open_again(void)
{
    int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return false;
    environment_move_descriptor(fd, LOG_FD);
    return true;
}

static void never_block(void)
{
    int flags = fcntl(LOG_FD, F_GETFL);
    if (flags < 0 || fcntl(LOG_FD, F_SETFL, flags | O_NONBLOCK) != 0)
        fatal(EX_OSERR, "standard error", "%s", strerror(errno));
}

void reopen_log(bool trace)
{
    struct stat log;
    if (trace && dup3(LOG_FD, TRACE_FD, O_CLOEXEC) != TRACE_FD)
        fatal(EX_OSERR, "descriptors", "%s (raise RLIMIT_NOFILE)", strerror(errno));
    if (fstat(LOG_FD, &log) != 0 || S_ISREG(log.st_mode))
        return;
    if (!open_again() && trace)
        never_block();
}

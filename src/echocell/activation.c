// SPDX-License-Identifier: ISC
#include "activation.h"

#include "descriptors.h"
#include "environment.h"
#include "fatal.h"
#include "option_values.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_PASSED 3 // SD_LISTEN_FDS_START

static size_t passed_count(void)
{
    uint32_t count = 0;
    const char *pid = getenv("LISTEN_PID");
    const char *text = getenv("LISTEN_FDS");
    if (text == NULL || pid == NULL || !environment_is_our_pid(pid))
        return 0;
    const char *wrong = value_count(text, 0, LISTEN_MAX + 1, &count);
    if (wrong != NULL)
        fatal(EX_CONFIG, "LISTEN_FDS", "%s: %s (0 to %d sockets)", text, wrong, LISTEN_MAX + 1);
    return count;
}

// Is word `index` of the colon-separated names the one for metrics?
static bool is_named_metrics(const char *names, size_t index)
{
    static const char wanted[] = ACTIVATION_METRICS_NAME;
    for (; names != NULL && index > 0; index--) {
        names = strchr(names, ':');
        names = names != NULL ? names + 1 : NULL;
    }
    return names != NULL && strcspn(names, ":") == sizeof(wanted) - 1 &&
           memcmp(names, wanted, sizeof(wanted) - 1) == 0;
}

static int option_of(int fd, int option)
{
    int value = -1;
    socklen_t length = sizeof(value);
    return getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

static const char *fault_of(int fd)
{
    int family = option_of(fd, SO_DOMAIN);
    if (family < 0)
        return "not an open socket";
    if ((family != AF_INET && family != AF_INET6) || option_of(fd, SO_PROTOCOL) != IPPROTO_TCP)
        return "not a TCP socket over IPv4 or IPv6";
    if (option_of(fd, SO_ACCEPTCONN) != 1)
        return "a socket that does not listen (a socket unit needs ListenStream= and Accept=no)";
    return NULL;
}

// Out of the way of all fixed places.
static int stage(int fd, size_t count)
{
    const char *fault = fault_of(fd);
    if (fault != NULL)
        fatal(EX_CONFIG, "LISTEN_FDS", "descriptor %d is %s", fd, fault);
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        fatal(EX_OSERR, "LISTEN_FDS", "descriptor %d: %s", fd, strerror(errno));
    int staged = fcntl(fd, F_DUPFD_CLOEXEC, LISTEN_FD + (int)count);
    if (staged < 0)
        fatal(EX_OSERR, "descriptors", "%s (raise RLIMIT_NOFILE)", strerror(errno));
    return staged;
}

static void close_from(unsigned first, unsigned last)
{
    if (close_range(first, last, 0) != 0)
        fatal(EX_OSERR, "close_range", "%s (Linux 5.9 or newer is needed)", strerror(errno));
}

void activation_gather(struct activation *passed)
{
    const char *names = getenv("LISTEN_FDNAMES");
    *passed = (struct activation){.count = passed_count()};
    close_from(FIRST_PASSED + (unsigned)passed->count, ~0U);
    for (size_t i = 0; i < passed->count; i++) {
        passed->staged[i] = stage(FIRST_PASSED + (int)i, passed->count);
        passed->is_metrics[i] = is_named_metrics(names, i);
        if (passed->is_metrics[i] && passed->metrics)
            fatal(EX_CONFIG, "LISTEN_FDNAMES", "more than one socket is named metrics");
        passed->metrics |= passed->is_metrics[i];
    }
    passed->listen_count = passed->count - passed->metrics;
    if (passed->listen_count > LISTEN_MAX)
        fatal(EX_CONFIG, "LISTEN_FDS", "more than %d sockets for clients", LISTEN_MAX);
    close_from(FIRST_PASSED, LISTEN_FD + (unsigned)passed->count - 1);
}

void activation_place(struct activation *passed)
{
    int next = LISTEN_FD;
    for (size_t i = 0; i < passed->count; i++)
        environment_move_descriptor(passed->staged[i], passed->is_metrics[i] ? METRICS_FD : next++);
}

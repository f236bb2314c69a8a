// SPDX-License-Identifier: ISC
//
// child.c: fork, pipe, poll against a clock.
#include "child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Reads to the end of the pipe. -1 after `deadline`, on an error or when `room` does not suffice.
static long read_all(int fd, char *result, size_t room, int64_t deadline)
{
    size_t length = 0;
    for (;;) {
        int64_t left = deadline - now_ms();
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (left <= 0)
            return -1;
        int count = poll(&ready, 1, (int)left);
        if (count < 0 && errno != EINTR)
            return -1;
        if (count <= 0)
            continue;
        char spare;
        ssize_t got =
            length < room ? read(fd, result + length, room - length) : read(fd, &spare, 1);
        if (got == 0)
            return (long)length;
        if ((got < 0 && errno != EINTR) || (got > 0 && length == room))
            return -1;
        length += got > 0 ? (size_t)got : 0;
    }
}

// Waits for the child; true when it exited with status 0.
static bool reap(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// The parent's side of it: how many bytes came from a child that ended well, or -1.
static long collect(pid_t child, int fd, char *result, size_t room, int64_t deadline)
{
    long length = read_all(fd, result, room, deadline);
    if (length < 0)
        kill(child, SIGKILL);
    return reap(child) ? length : -1;
}

// The child's side of it; does not return.
static void do_work(child_work *work, const int ends[2], const void *argument)
{
    close(ends[0]);
    work(ends[1], argument);
    _exit(0);
}

long child_run(child_work *work, const void *argument, void *result, size_t room, int limit_ms)
{
    int ends[2];
    int64_t deadline = now_ms() + limit_ms;
    if (pipe(ends) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0)
        do_work(work, ends, argument);
    close(ends[1]);
    long length = child < 0 ? -1 : collect(child, ends[0], result, room, deadline);
    close(ends[0]);
    return length;
}

// SPDX-License-Identifier: ISC
#include "kernel.h"

#include "descriptors.h"
#include "environment.h"
#include "fatal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIGNALS_AT_ONCE 16

void kernel_open_signals(void)
{
    sigset_t set;
    environment_signals(&set);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        fatal(EX_OSERR, "signalfd", "%s", strerror(errno));
    environment_move_descriptor(fd, SIGNAL_FD);
}

void kernel_wait(struct pollfd *polls, nfds_t count, int64_t timeout_ms)
{
    struct timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000};
    if (ppoll(polls, count, timeout_ms < 0 ? NULL : &timeout, NULL) >= 0)
        return;
    for (nfds_t i = 0; i < count; i++)
        polls[i].revents = 0;
}

uint64_t kernel_clock_ms(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        bug("clock", "CLOCK_MONOTONIC cannot be read");
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

size_t kernel_take_signals(uint32_t *numbers, size_t room)
{
    struct signalfd_siginfo pending[SIGNALS_AT_ONCE];
    size_t most = room < SIGNALS_AT_ONCE ? room : SIGNALS_AT_ONCE;
    ssize_t got = read(SIGNAL_FD, pending, most * sizeof(pending[0]));
    size_t count = got > 0 ? (size_t)got / sizeof(pending[0]) : 0;
    for (size_t i = 0; i < count; i++)
        numbers[i] = pending[i].ssi_signo;
    return count;
}

int kernel_accept(int listen_fd, union address *client)
{
    socklen_t length = sizeof(*client);
    int connection = accept4(listen_fd, &client->any, &length, SOCK_CLOEXEC);
    return connection >= 0 ? connection : -errno;
}

// By its system call: the C library's fork would run handlers and take locks that nobody here has,
// and its flags are not what listener.policy pins.
pid_t kernel_fork(void)
{
    long pid = syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
    return pid >= 0 ? (pid_t)pid : -errno;
}

pid_t kernel_reap(int *status)
{
    long pid = syscall(SYS_wait4, -1L, status, (long)WNOHANG, 0L);
    return pid > 0 ? (pid_t)pid : 0;
}

// Not kill(2), which the sessions use: in listener.policy each has a line of its own.
void kernel_end(pid_t child)
{
    syscall(SYS_tgkill, (long)child, (long)child, (long)SIGKILL);
}

void kernel_close(int fd)
{
    close(fd);
}

void kernel_give_spare(void)
{
    close(SPARE_FD);
}

void kernel_take_spare(void)
{
    dup3(NULL_FD, SPARE_FD, 0); // listener.policy pins the 0; nothing here can exec
}

bool kernel_writable(int fd)
{
    struct pollfd poll = {.fd = fd, .events = POLLOUT};
    struct timespec now = {0, 0};
    return ppoll(&poll, 1, &now, NULL) == 1;
}

ssize_t kernel_write(int fd, const void *bytes, size_t length)
{
    ssize_t written = write(fd, bytes, length);
    return written >= 0 ? written : -errno;
}

// SPDX-License-Identifier: ISC
#include "kernel.h"

#include "call.h"
#include "descriptors.h"
#include "environment.h"
#include "fatal.h"
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/rseq.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#define RSEQ_FIRST_BYTES 32
#define SIGNALS_AT_ONCE  4 // no more kinds are taken

void kernel_open_signals(void)
{
    sigset_t set;
    environment_signals(&set);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        fatal(EX_OSERR, "signalfd", "%s", strerror(errno));
    environment_move_descriptor(fd, SIGNAL_FD);
}

// The C library has asked with the size that it tells, or with that of the first version.
void kernel_leave_rseq(void)
{
    long area = (long)__builtin_thread_pointer() + (long)__rseq_offset;
    if (call(SYS_rseq, area, __rseq_size, RSEQ_FLAG_UNREGISTER, RSEQ_SIG) != 0)
        call(SYS_rseq, area, RSEQ_FIRST_BYTES, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

void kernel_wait(struct pollfd *polls, nfds_t count, int64_t timeout_ms)
{
    struct timespec timeout = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000};
    if (call(SYS_ppoll, (long)polls, (long)count, timeout_ms < 0 ? 0 : (long)&timeout) >= 0)
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

size_t kernel_take_signals(struct kernel_signal *signals, size_t room)
{
    struct signalfd_siginfo pending[SIGNALS_AT_ONCE];
    size_t most = room < SIGNALS_AT_ONCE ? room : SIGNALS_AT_ONCE;
    long got = call(SYS_read, SIGNAL_FD, (long)pending, (long)(most * sizeof(pending[0])));
    size_t count = got > 0 ? (size_t)got / sizeof(pending[0]) : 0;
    for (size_t i = 0; i < count; i++)
        signals[i] = (struct kernel_signal){pending[i].ssi_signo, (pid_t)pending[i].ssi_pid};
    return count;
}

int kernel_accept(int listen_fd, union address *client)
{
    socklen_t length = sizeof(*client);
    return (int)call(SYS_accept4, listen_fd, (long)&client->any, (long)&length, SOCK_CLOEXEC);
}

// By its system call: the C library's fork would run handlers and take locks that nobody here has,
// and its flags are not what listener.policy pins.
pid_t kernel_fork(void)
{
    return (pid_t)call(SYS_clone, SIGCHLD);
}

bool kernel_lend(void *page)
{
    return call(SYS_madvise, (long)page, LEDGER_PAGE_BYTES, MADV_DOFORK) == 0;
}

bool kernel_take_back(void *page)
{
    return call(SYS_madvise, (long)page, LEDGER_PAGE_BYTES, MADV_DONTFORK) == 0;
}

pid_t kernel_reap(pid_t child, int *status)
{
    long pid = call(SYS_wait4, child, (long)status, WNOHANG);
    return pid > 0 ? (pid_t)pid : 0;
}

// Not kill(2), which the sessions use: in listener.policy each has a line of its own.
void kernel_end(pid_t child)
{
    call(SYS_tgkill, child, child, SIGKILL);
}

void kernel_close(int fd)
{
    call(SYS_close, fd);
}

void kernel_give_spare(void)
{
    call(SYS_close, SPARE_FD);
}

void kernel_take_spare(void)
{
    call(SYS_dup3, NULL_FD, SPARE_FD); // listener.policy pins the flags; nothing here can exec
}

bool kernel_writable(int fd)
{
    struct pollfd poll = {.fd = fd, .events = POLLOUT};
    struct timespec now = {0, 0};
    return call(SYS_ppoll, (long)&poll, 1, (long)&now) == 1;
}

ssize_t kernel_write(int fd, const void *bytes, size_t length)
{
    return call(SYS_write, fd, (long)bytes, (long)length);
}

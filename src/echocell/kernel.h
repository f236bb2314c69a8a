// SPDX-License-Identifier: ISC
//
// kernel.h: every system call that the listener makes while it serves, and no other: the first part
// of policy/listener.policy as functions. Behind them a test can put a kernel of its own at link
// time, one that is out of descriptors, or whose children die in any order.
#ifndef ECHOCELL_KERNEL_H
#define ECHOCELL_KERNEL_H

#include "address.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Before the drop: SIGNAL_FD becomes the signalfd(2) of environment_signals(). Does not return on
// failure.
void kernel_open_signals(void);

// Before the drop: the kernel no longer writes to this thread's block when it moves to another
// processor (rseq(2), which the C library asks for). Each fork would make both sides copy that
// page.
void kernel_leave_rseq(void);

// Until something is ready or `timeout_ms` (-1: no limit) have passed; sets `revents`, all 0 when
// nothing is known to be ready.
void kernel_wait(struct pollfd *polls, nfds_t count, int64_t timeout_ms);

// Milliseconds of CLOCK_MONOTONIC.
uint64_t kernel_clock_ms(void);

struct kernel_signal {
    uint32_t number;
    pid_t sender; // of SIGCHLD: the child that died, or one of several
};

// Takes pending signals: at most `room`. Returns how many; 0: there is none.
size_t kernel_take_signals(struct kernel_signal *signals, size_t room);

// accept(2): a close-on-exec descriptor and whose it is, or a negative errno.
int kernel_accept(int listen_fd, union address *client);

// fork(2): the child's pid, 0 in the child, or a negative errno.
pid_t kernel_fork(void);

// From now on children inherit a page that they did not (madvise(2), MADV_DONTFORK), or no longer.
// Returns false when the kernel is out of memory: nothing has changed then.
bool kernel_lend(void *page);
bool kernel_take_back(void *page);

// The child of that pid if it is dead (-1: one that is), and its wait(2) status; 0: it is not. For
// -1 the kernel looks through all children.
pid_t kernel_reap(pid_t child, int *status);

// SIGKILL to a child that was not reaped yet, so that the number is still its own.
void kernel_end(pid_t child);

void kernel_close(int fd);

// Closes SPARE_FD, so that one descriptor can be had when all are used; opens it again.
void kernel_give_spare(void);
void kernel_take_spare(void);

// Can some bytes (pipe(7): PIPE_BUF of them) be written to `fd` without blocking?
bool kernel_writable(int fd);

// write(2): how many bytes were taken, or a negative errno.
ssize_t kernel_write(int fd, const void *bytes, size_t length);

#endif

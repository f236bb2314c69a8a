// SPDX-License-Identifier: ISC
//
// child_script.c: pipe(2), fork(2), poll(2), read(2), waitpid(2) and the clock, as the linker's
// --wrap names them. child.c has one child at a time.
#include "child_script.h"

#include <errno.h>
#include <linux/filter.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/effort.h"
#include "policy/child.h"

enum { LATE_S = 3600 };
enum { CALL_POLL, CALL_READ, CALL_WAIT, CALLS };

static struct {
    enum child_fault fault;
    bool interrupted[CALLS]; // the last time
    size_t cut, taken;       // where the end is found, unless 0, and how far it is
    time_t late_s;
    bool working; // for child.c, not for a fork server
} script;

int __real_pipe(int ends[2]);
int __wrap_pipe(int ends[2]);
pid_t __real_fork(void);
pid_t __wrap_fork(void);
int __real_poll(struct pollfd *fds, nfds_t count, int limit_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int limit_ms);
ssize_t __real_read(int fd, void *bytes, size_t room);
ssize_t __wrap_read(int fd, void *bytes, size_t room);
pid_t __real_waitpid(pid_t child, int *status, int flags);
pid_t __wrap_waitpid(pid_t child, int *status, int flags);
int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
long __real_child_run(child_work *work, const void *argument, void *result, size_t room,
                      int limit_ms);
long __wrap_child_run(child_work *work, const void *argument, void *result, size_t room,
                      int limit_ms);

void child_script_begin(enum child_fault fault)
{
    static const size_t cuts[CHILD_FAULTS] = {[CHILD_CUT] = 1,
                                              [CHILD_BARE] = sizeof(struct sock_filter),
                                              [CHILD_TORN] = sizeof(struct sock_filter) * 3 / 2};
    memset(&script, 0, sizeof(script));
    script.fault = fault;
    script.cut = cuts[fault];
}

void child_script_end(void)
{
    script.fault = CHILD_SOUND;
    script.cut = 0;
    script.late_s = 0;
}

static bool fails(enum child_fault fault, int error)
{
    if (script.fault == fault)
        errno = error;
    return script.fault == fault;
}

static bool is_interrupted(unsigned call)
{
    script.interrupted[call] = !script.interrupted[call];
    return script.interrupted[call] && fails(CHILD_INTERRUPTED, EINTR);
}

int __wrap_pipe(int ends[2])
{
    return fails(CHILD_NO_PIPE, EMFILE) ? -1 : __real_pipe(ends);
}

pid_t __wrap_fork(void)
{
    if (fails(CHILD_NO_FORK, EAGAIN))
        return -1;
    pid_t child = __real_fork();
    if (child == 0 && script.fault == CHILD_KILLED)
        raise(SIGKILL);
    if (child == 0 && script.fault != CHILD_SOUND)
        effort_begin(false, false); // who may be killed at any place leads nobody
    siginfo_t end;
    if (child > 0 && script.working)
        waitid(P_PID, (id_t)child, &end, WEXITED | WNOWAIT);
    return child;
}

// All that a child says fits into the pipe. Read behind its end, it comes in the same pieces
// always.
long __wrap_child_run(child_work *work, const void *argument, void *result, size_t room,
                      int limit_ms)
{
    script.working = true;
    long length = __real_child_run(work, argument, result, room, limit_ms);
    script.working = false;
    return length;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int limit_ms)
{
    if (fails(CHILD_NO_POLL, ENOMEM) || is_interrupted(CALL_POLL))
        return -1;
    if (script.fault != CHILD_LATE)
        return __real_poll(fds, count, limit_ms);
    script.late_s = LATE_S;
    return 0;
}

ssize_t __wrap_read(int fd, void *bytes, size_t room)
{
    if (fails(CHILD_UNREADABLE, EIO) || is_interrupted(CALL_READ))
        return -1;
    if (script.fault == CHILD_ENDLESS) {
        memset(bytes, 0, room);
        return (ssize_t)room;
    }
    const size_t left = script.cut == 0 ? room : script.cut - script.taken;
    ssize_t got = __real_read(fd, bytes, room < left ? room : left);
    script.taken += got > 0 ? (size_t)got : 0;
    return got;
}

// The child is waited for all the same.
pid_t __wrap_waitpid(pid_t child, int *status, int flags)
{
    if (is_interrupted(CALL_WAIT))
        return -1;
    pid_t found = __real_waitpid(child, status, flags);
    return fails(CHILD_LOST, ECHILD) ? -1 : found;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = __real_clock_gettime(clock, now);
    now->tv_sec += script.late_s;
    return result;
}

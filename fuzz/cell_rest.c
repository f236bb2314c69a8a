// SPDX-License-Identifier: ISC
#include "cell_rest.h"

#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 10

static bool is_dead(pid_t process)
{
    siginfo_t info = {0};
    int done;
    do
        done = waitid(P_PID, (id_t)process, &info, WEXITED | WNOHANG | WNOWAIT);
    while (done != 0 && errno == EINTR);
    ORACLE(done == 0, "cannot look at the session: %s", strerror(errno));
    return info.si_pid == process;
}

// As proc(5) has it in stat, behind the name: `S` is a sleep that a signal ends.
static char state_of(int stat_fd)
{
    char text[512];
    ssize_t length = pread(stat_fd, text, sizeof(text) - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    const char *name_end = strrchr(text, ')');
    return name_end != NULL && name_end[1] == ' ' ? name_end[2] : '?';
}

bool rest_await(pid_t session)
{
    char path[32];
    bool dead, asleep;
    struct timespec now;
    snprintf(path, sizeof(path), "/proc/%d/stat", session);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    clock_gettime(CLOCK_MONOTONIC, &now);
    const time_t end = now.tv_sec + PATIENCE_S;
    ORACLE(fd >= 0, "cannot look at the session: %s", strerror(errno));
    do {
        sched_yield();
        asleep = state_of(fd) == 'S';
        dead = !asleep && is_dead(session);
        clock_gettime(CLOCK_MONOTONIC, &now);
        ORACLE(now.tv_sec <= end, "session: it neither ends nor waits for its client");
    } while (!asleep && !dead);
    close(fd);
    return asleep;
}

bool rest_interrupt(pid_t session)
{
    siginfo_t info;
    int done;
    kill(session, SIGSTOP);
    do
        done = waitid(P_PID, (id_t)session, &info, WSTOPPED | WEXITED | WNOWAIT);
    while (done != 0 && errno == EINTR);
    if (done != 0 || info.si_code != CLD_STOPPED)
        return false;
    waitid(P_PID, (id_t)session, &info, WSTOPPED | WNOHANG);
    kill(session, SIGCONT);
    return rest_await(session);
}

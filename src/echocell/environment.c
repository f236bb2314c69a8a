// SPDX-License-Identifier: ISC
#include "environment.h"

#include "descriptors.h"
#include "fatal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// What a millisecond clock can serve, and what 64 bits can hold.
#define WATCHDOG_LEAST_USEC 2000
#define WATCHDOG_DIGITS     18

extern char **environ;

static void open_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        // The lowest free number is `fd`: all below are open.
        if (open("/dev/null", O_RDWR) != fd)
            fatal(EX_OSERR, "/dev/null", "cannot be opened: %s", strerror(errno));
    }
}

// So that nothing else gets the numbers that are promised to somebody. All from 3 up is closed but
// for passed sockets, which lie higher.
static void reserve_places(void)
{
    for (int fd = NOTIFY_FD; fd < LISTEN_FD; fd++)
        if (open("/dev/null", O_RDWR | O_CLOEXEC) != fd)
            fatal(EX_OSERR, "/dev/null", "cannot be opened: %s", strerror(errno));
}

void environment_signals(sigset_t *set)
{
    static const int signals[] = {SIGCHLD, SIGUSR2, SIGTERM, SIGINT};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaddset(set, signals[i]);
}

// SIGUSR1, the sessions' done-signal, stays pending: the SIGCHLD that follows it says as much, and
// two signals would be two wake-ups for each session. SIGHUP and SIGPIPE mean nothing here. Blocked
// and not ignored: a session, which inherits dispositions but nothing that is pending, then has
// only its mask to empty.
static void block_signals(void)
{
    static const int pending[] = {SIGUSR1, SIGHUP, SIGPIPE};
    sigset_t blocked;
    environment_signals(&blocked);
    for (size_t i = 0; i < sizeof(pending) / sizeof(pending[0]); i++)
        sigaddset(&blocked, pending[i]);
    if (sigprocmask(SIG_SETMASK, &blocked, NULL) != 0)
        fatal(EX_OSERR, "signals", "%s", strerror(errno));
}

static void reset_signals(void)
{
    const struct sigaction action = {.sa_handler = SIG_DFL};
    // The C library keeps two numbers for itself and says EINVAL; SIGKILL and SIGSTOP do too.
    for (int number = 1; number <= SIGRTMAX; number++)
        sigaction(number, &action, NULL);
    block_signals();
}

// JOURNAL_STREAM is DEVICE:INODE of the stream that goes to the journal.
static bool is_journal(const char *stream)
{
    struct stat log;
    char own[64];
    if (stream == NULL || fstat(LOG_FD, &log) != 0)
        return false;
    snprintf(own, sizeof(own), "%lu:%lu", (unsigned long)log.st_dev, (unsigned long)log.st_ino);
    return strcmp(stream, own) == 0;
}

bool environment_is_our_pid(const char *text)
{
    char own[16];
    snprintf(own, sizeof(own), "%d", (int)getpid());
    return strcmp(text, own) == 0;
}

// How long the manager waits for a sign of life: of this process, unless WATCHDOG_PID names
// another.
static uint64_t read_watchdog(void)
{
    const char *pid = getenv("WATCHDOG_PID");
    const char *text = getenv("WATCHDOG_USEC");
    if (text == NULL || (pid != NULL && !environment_is_our_pid(pid)))
        return 0;
    uint64_t microseconds = 0;
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < digits && digits <= WATCHDOG_DIGITS; i++)
        microseconds = microseconds * 10 + (uint64_t)(text[i] - '0');
    if (microseconds < WATCHDOG_LEAST_USEC || text[digits] != '\0')
        fatal(EX_CONFIG, "WATCHDOG_USEC", "%s: not a number of microseconds from %d up", text,
              WATCHDOG_LEAST_USEC);
    return microseconds / 1000;
}

// A session inherits this memory: what the caller's variables hold is none of its business.
static void wipe_variables(void)
{
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++)
        explicit_bzero(*variable, strlen(*variable));
    if (clearenv() != 0)
        fatal(EX_OSERR, "environment", "%s", strerror(errno));
}

void environment_sanitize(struct environment *environment)
{
    open_standard_descriptors();
    activation_gather(&environment->passed);
    reserve_places();
    activation_place(&environment->passed);
    if (getuid() != geteuid() || getgid() != getegid())
        fatal(EX_NOPERM, "start", "a set-user-ID echocell is not supported: remove the bit");
    reset_signals();
    umask(077);
    const char *socket = getenv("NOTIFY_SOCKET");
    environment->notify_socket = socket != NULL ? strdup(socket) : NULL;
    environment->watchdog_ms = read_watchdog();
    environment->journal = is_journal(getenv("JOURNAL_STREAM"));
    wipe_variables();
    if (chdir("/") != 0)
        fatal(EX_OSERR, "/", "%s", strerror(errno));
}

void environment_move_descriptor(int from, int to)
{
    if (from == to)
        return;
    if (dup3(from, to, O_CLOEXEC) != to)
        fatal(EX_OSERR, "descriptors", "%s (raise RLIMIT_NOFILE)", strerror(errno));
    close(from);
}

void environment_detach(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup3(null, NULL_FD, O_CLOEXEC) != NULL_FD ||
        dup3(null, SPARE_FD, O_CLOEXEC) != SPARE_FD)
        fatal(EX_OSERR, "/dev/null", "%s", strerror(errno));
    close(null);
}

// SPDX-License-Identifier: ISC
//
// confined.c: a process with the filters that a test gives it.
//
//     confined [-t FILE]... [FILE]... -- ACTION [ARGUMENT]...
//
// Installs each FILE, raw instructions as seccomp(2) takes them (none: no filter), then writes
// "ready" to descriptor 2, does the action, writes "done" there and exits with 0. With -t a second
// thread installs those files by itself, after the others, and makes no call any more. Actions:
//     pause             until a signal ends it
//     sleep MS          nanosleep(2), relative
//     poll MS           poll(2) of nothing
//     wait MS           futex(2), which nobody wakes
//     spin              makes no call at all, until a signal ends it
//     count N           until N signals SIGRTMIN have been handled
//     receive           recvfrom(2) from descriptor 0, until its end
//     family            forks a child by the plain clone(2); both sleep in ppoll(2)
//     vfork             sleeps in vfork(2), uninterruptibly, as long as stdin is open
//     exec FILE ARG...
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct filter {
    struct sock_filter insns[BPF_MAXINSNS];
    unsigned short count;
};

static struct filter filters[2][8]; // for all, for the second thread
static size_t filter_count[2];
static volatile bool installed;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "confined: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void load(const char *path, size_t whose)
{
    struct filter *filter = &filters[whose][filter_count[whose]++];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t bytes = fd < 0 ? -1 : read(fd, filter->insns, sizeof(filter->insns));
    if (bytes < 0)
        fail(path);
    filter->count = (unsigned short)((size_t)bytes / sizeof(filter->insns[0]));
    close(fd);
}

static void install(size_t whose)
{
    for (size_t i = 0; i < filter_count[whose]; i++) {
        struct sock_fprog program = {filters[whose][i].count, filters[whose][i].insns};
        if (program.len > 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
            fail("seccomp");
    }
}

static void *live_as_thread(void *argument)
{
    install(1);
    installed = true;
    for (;;) // its filters may refuse every call
        continue;
    return argument;
}

static void start_thread(void)
{
    pthread_t thread;
    if (filter_count[1] == 0)
        return;
    if (pthread_create(&thread, NULL, live_as_thread, NULL) != 0)
        fail("pthread");
    while (!installed)
        continue;
}

static struct timespec milliseconds(const char *text)
{
    long value = atol(text);
    return (struct timespec){.tv_sec = value / 1000, .tv_nsec = value % 1000 * 1000000};
}

static void receive_all(void)
{
    static char buffer[256];
    while (syscall(SYS_recvfrom, 0, buffer, sizeof(buffer), 0, NULL, NULL) > 0)
        continue;
}

static volatile sig_atomic_t handled;

static void on_signal(int number)
{
    (void)number;
    handled++;
}

static void count_signals(int wanted)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    while (handled < wanted)
        syscall(SYS_ppoll, NULL, 0, &moment, NULL, 0);
}

static void live_as_family(void)
{
    if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) < 0)
        fail("clone");
    for (;;)
        syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

static void sleep_in_vfork(void)
{
    char byte;
    pid_t child = vfork();
    if (child < 0)
        fail("vfork");
    if (child > 0)
        return;
    while (syscall(SYS_read, 0, &byte, 1) == 1)
        continue;
    _exit(0);
}

// Raw calls: libc would make others of them (nanosleep becomes clock_nanosleep).
static void act(char **action)
{
    static uint32_t word;
    struct timespec time = milliseconds(action[1] != NULL ? action[1] : "0");
    if (strcmp(action[0], "pause") == 0)
        pause();
    else if (strcmp(action[0], "sleep") == 0 && syscall(SYS_nanosleep, &time, NULL) != 0)
        fail("nanosleep");
    else if (strcmp(action[0], "poll") == 0 && poll(NULL, 0, atoi(action[1])) != 0)
        fail("poll");
    else if (strcmp(action[0], "wait") == 0 &&
             (syscall(SYS_futex, &word, FUTEX_WAIT, 0, &time, NULL, 0) == 0 || errno != ETIMEDOUT))
        fail("futex");
    while (strcmp(action[0], "spin") == 0)
        continue;
    if (strcmp(action[0], "receive") == 0)
        receive_all();
    else if (strcmp(action[0], "count") == 0)
        count_signals(atoi(action[1]));
    else if (strcmp(action[0], "family") == 0)
        live_as_family();
    else if (strcmp(action[0], "vfork") == 0)
        sleep_in_vfork();
    else if (strcmp(action[0], "exec") == 0)
        execv(action[1], action + 1);
}

static void say(const char *word)
{
    if (write(2, word, strlen(word)) < 0)
        fail("write");
}

int main(int argc, char **argv)
{
    int at = 1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        fail("no_new_privs");
    for (; at + 1 < argc && strcmp(argv[at], "--") != 0; at++) {
        if (strcmp(argv[at], "-t") == 0)
            load(argv[++at], 1);
        else
            load(argv[at], 0);
    }
    if (at + 1 >= argc)
        fail("no action");
    signal(SIGRTMIN, on_signal);
    install(0);
    start_thread();
    say("ready\n");
    act(argv + at + 1);
    say("done\n");
    syscall(SYS_exit_group, 0);
}

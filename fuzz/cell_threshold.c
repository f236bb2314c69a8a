// SPDX-License-Identifier: ISC
#include "cell_threshold.h"

#include "echocell/descriptors.h"
#include "echocell/stack.h"
#include "oracle.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define DESCRIPTORS_MAX   64
#define TICK_MAX_MS       1000 // the manual: --idle-timeout is counted in ticks of at most a second
#define SEND_SHARE        4    // of --send-timeout
#define STACK_REACH_BYTES 65536 // of all frames, sanitized ones too
#define LISTENER_BYTE     0x5a  // what the listener has left on its stack
#define LISTENER_WORD     (UINT64_C(0x0101010101010101) * LISTENER_BYTE)

// What a session finds when it comes here; `page` is shared with it.
static struct {
    const struct cell *cell;
    struct {
        unsigned times;
        char finding[120];
    } * page;
    int descriptors[DESCRIPTORS_MAX]; // that the parent has, and a connection
    size_t descriptor_count;
    uint64_t canary; // of the parent
    long jiffy_us;
    struct timespec forked;
} watch;

int __wrap_filter_install(const struct filter *filter);
int __real_filter_install(const struct filter *filter);

static uint64_t stack_canary(void)
{
    uint64_t canary = 0;
#ifdef __x86_64__
    // The System V ABI keeps it behind the thread pointer.
    __asm__("mov %%fs:0x28, %0" : "=r"(canary));
#endif
    return canary;
}

// The first finding stands: what follows may follow from it.
__attribute__((format(printf, 2, 3))) static void demand(bool held, const char *format, ...)
{
    va_list arguments;
    if (held || watch.page->finding[0] != '\0')
        return;
    va_start(arguments, format);
    vsnprintf(watch.page->finding, sizeof(watch.page->finding), format, arguments);
    va_end(arguments);
}

static void demand_signals(void)
{
    static const int defaults[] = {SIGALRM, SIGHUP, SIGINT, SIGPIPE, SIGTERM};
    struct sigaction action;
    sigset_t mask;
    int death = 0;
    demand(sigprocmask(SIG_SETMASK, NULL, &mask) == 0 && sigisemptyset(&mask), "masked signals");
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        demand(sigaction(defaults[i], NULL, &action) == 0 && action.sa_handler == SIG_DFL,
               "SIG%s has a handler", sigabbrev_np(defaults[i]));
    demand(sigaction(SIGSYS, NULL, &action) == 0 &&
               (action.sa_handler != SIG_DFL) == watch.cell->plan.diagnose,
           "SIGSYS and --diagnose do not agree");
    demand(prctl(PR_GET_PDEATHSIG, &death) == 0 && death == SIGKILL,
           "signal %d, not SIGKILL, when the listener dies", death);
    demand(getpgid(0) == getpid(), "process group %d", getpgid(0));
}

static void demand_descriptors(void)
{
    const bool trace = watch.cell->plan.trace;
    for (size_t i = 0; i < watch.descriptor_count + 2; i++) {
        int fd = watch.descriptors[i];
        bool due = fd == CONNECTION_FD || (fd == LOG_FD && trace);
        demand((fcntl(fd, F_GETFD) >= 0) == due, "descriptor %d is %s", fd, due ? "shut" : "open");
    }
}

static void demand_limits(void)
{
    static const int resources[] = {RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_FSIZE};
    for (size_t i = 0; i < 3; i++) {
        struct rlimit limit;
        if (resources[i] == RLIMIT_FSIZE && watch.cell->plan.trace)
            continue; // it may write
        demand(getrlimit((enum __rlimit_resource)resources[i], &limit) == 0 &&
                   limit.rlim_cur == 0 && limit.rlim_max == 0,
               "resource %d has no limit of 0", resources[i]);
    }
}

static int64_t microseconds(struct timeval value)
{
    return (int64_t)value.tv_sec * 1000000 + value.tv_usec;
}

// The kernel counts in jiffies, and rounds up.
static void demand_timeout(int option, uint64_t due_ms)
{
    struct timeval value = {0};
    socklen_t length = sizeof(value);
    int64_t jiffies = ((int64_t)due_ms * 1000 + watch.jiffy_us - 1) / watch.jiffy_us;
    demand(getsockopt(CONNECTION_FD, SOL_SOCKET, option, &value, &length) == 0 &&
               microseconds(value) == jiffies * watch.jiffy_us,
           "socket option %d is %ld.%06ld s, not %lu ms", option, value.tv_sec, value.tv_usec,
           due_ms);
}

// Of the alarm, as much has run down as time has passed since the fork, at most.
static void demand_times(void)
{
    const struct session_plan *plan = &watch.cell->plan;
    const uint64_t ticks =
        plan->idle_timeout_ms / TICK_MAX_MS + (plan->idle_timeout_ms % TICK_MAX_MS > 0 ? 1 : 0);
    const uint64_t part = plan->send_timeout_ms / SEND_SHARE;
    const int64_t due_us = (int64_t)plan->session_timeout_ms * 1000;
    struct itimerval timer = {0};
    struct timespec now;
    demand_timeout(SO_RCVTIMEO, (plan->idle_timeout_ms + ticks - 1) / ticks);
    demand_timeout(SO_SNDTIMEO, part > 0 ? part : 1);
    int got = getitimer(ITIMER_REAL, &timer);
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t passed_us = (now.tv_sec - watch.forked.tv_sec) * 1000000 +
                        (now.tv_nsec - watch.forked.tv_nsec) / 1000 + 2;
    int64_t left_us = microseconds(timer.it_value);
    demand(got == 0 && microseconds(timer.it_interval) == 0 && left_us <= due_us + 1 &&
               left_us >= due_us - passed_us,
           "the alarm rings in %ld us, not in %ld", left_us, due_us);
}

__attribute__((weak)) void __asan_init(void);

// At the top of its stack, where the frames are of those who called: they have laid themselves over
// what was there. ASan's have room between their variables.
static size_t loose_bytes(void)
{
    return __asan_init != NULL ? 256 : 0;
}

static void demand_memory(const struct filter *filter)
{
    const struct cell *cell = watch.cell;
    const unsigned char *top = cell->plan.stack, *page = top - STACK_PAGE_BYTES;
    const unsigned char *here = __builtin_frame_address(0);
    static const uint64_t word = LISTENER_WORD; // not on the stack
    unsigned char resident;
    size_t left = 0;
    for (size_t i = 0; i < CELL_PAGES; i++)
        demand((mincore(&cell->plan.ledger.pages[i], 1, &resident) == 0) == (i == cell->slot),
               "page %zu of the ledger, for session %zu", i, cell->slot);
    demand(here < top && here > top - STACK_REACH_BYTES, "it runs on another stack");
    for (size_t i = 0; i < STACK_PAGE_BYTES - loose_bytes(); i += sizeof(word))
        left += memcmp(page + i, &word, sizeof(word)) == 0;
    demand(left == 0, "its stack holds %zu words that the listener left there", left);
    demand(filter == cell->plan.filter, "another filter than that of the plan");
#ifdef __x86_64__
    const uint64_t canary = stack_canary();
    demand(canary != watch.canary && (canary & 0xff) == 0 && canary != 0,
           "its stack canary is %#lx, and the listener's %#lx", canary, watch.canary);
#endif
}

// In the place of filter_install() in session.c.
int __wrap_filter_install(const struct filter *filter)
{
    if (watch.page->times++ == 0 && watch.cell->fault == CELL_SOUND) {
        demand_memory(filter); // first: our own frames lie on that stack, too
        demand_times();
        demand_signals();
        demand_descriptors();
        demand_limits();
    }
    const int error = __real_filter_install(filter);
    if (error == 0 && watch.cell->fault == CELL_FORBIDDEN)
        syscall((long)watch.cell->forbidden);
    return error;
}

static void list_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    ORACLE(directory != NULL, "cannot prepare: /proc/self/fd");
    watch.descriptor_count = 0;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(directory))
            continue;
        ORACLE(watch.descriptor_count < DESCRIPTORS_MAX - 2, "cannot prepare: many descriptors");
        watch.descriptors[watch.descriptor_count++] = atoi(entry->d_name);
    }
    closedir(directory);
}

static void measure_jiffy(void)
{
    const struct timeval least = {.tv_usec = 1};
    struct timeval value = {0};
    socklen_t length = sizeof(value);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ORACLE(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &least, sizeof(least)) == 0 &&
               getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &value, &length) == 0 && value.tv_usec > 0,
           "cannot prepare: no jiffy");
    watch.jiffy_us = value.tv_usec;
    close(fd);
}

void threshold_prepare(void)
{
    watch.page =
        mmap(NULL, sizeof(*watch.page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ORACLE(watch.page != MAP_FAILED, "cannot prepare: a shared page");
    watch.canary = stack_canary();
    list_descriptors();
    measure_jiffy();
}

void threshold_arm(const struct cell *cell, const int ends[2])
{
    unsigned char *top = cell->plan.stack, *page = top - STACK_PAGE_BYTES;
    if (page[0] != LISTENER_BYTE)
        memset(page, LISTENER_BYTE, STACK_PAGE_BYTES);
    watch.cell = cell;
    watch.descriptors[watch.descriptor_count] = ends[0];
    watch.descriptors[watch.descriptor_count + 1] = ends[1];
    watch.page->times = 0;
    watch.page->finding[0] = '\0';
    clock_gettime(CLOCK_MONOTONIC, &watch.forked);
}

void threshold_judge(unsigned least, unsigned most)
{
    const unsigned times = watch.page->times;
    ORACLE(watch.page->finding[0] == '\0', "threshold: %s", watch.page->finding);
    ORACLE(times >= least && times <= most, "threshold: it asked for a filter %u times", times);
}

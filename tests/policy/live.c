// SPDX-License-Identifier: ISC
#include "live.h"

#include "cage.h"
#include "entry.h"
#include "report.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// How far the child got. After its filters it can report in no other way than by writing here.
enum stage { STAGE_START, STAGE_FAILED, STAGE_READY, STAGE_TRAPPED, STAGE_RETURNED };

struct note {
    volatile enum stage stage;
    volatile long value;
};

static struct note *note; // shared with the child

static void record(enum stage stage, long value)
{
    note->value = value;
    note->stage = stage;
}

// The last thing a child does; how it ends is of no matter any more, since the stage is recorded.
// (A compiler's instrumentation may make calls of its own before a function that never returns.)
static _Noreturn void leave(void)
{
    syscall(SYS_exit_group, 0L);
    __builtin_trap(); // a wrong filter refused
}

// A handler sees "trap" but never "kill", which also raises SIGSYS (seccomp(2)).
static void on_sigsys(int signal)
{
    record(STAGE_TRAPPED, signal);
    leave();
}

static _Noreturn void fail(int error)
{
    record(STAGE_FAILED, error);
    leave();
}

static void install(const struct program *program)
{
    const struct sock_fprog fprog = {
        .len = (unsigned short)program->count,
        .filter = program->insns,
    };
    if (syscall(SYS_seccomp, (long)SECCOMP_SET_MODE_FILTER, 0L, &fprog) != 0)
        fail(errno);
}

static _Noreturn void child(const struct stack *stack, const struct seccomp_data *call)
{
    const struct sigaction action = {.sa_handler = on_sigsys};
    int error = cage_drop();
    if (error == 0 && sigaction(SIGSYS, &action, NULL) != 0)
        error = errno;
    if (error == 0 && syscall(SYS_close_range, 0L, ~0UL, 0L) != 0)
        error = errno;
    if (error != 0)
        fail(error);
    for (size_t i = 0; i < stack->count; i++)
        install(&stack->programs[i]);
    note->stage = STAGE_READY;
    record(STAGE_RETURNED, entry_call(call));
    leave();
}

// The note decides before the wait status: once the call has returned, the way in which the child
// ended afterwards says nothing.
static struct live_result judge(int status, bool in_time)
{
    switch (note->stage) {
    case STAGE_FAILED: return (struct live_result){LIVE_NOT_READY, note->value};
    case STAGE_TRAPPED: return (struct live_result){LIVE_TRAPPED, note->value};
    case STAGE_RETURNED: return (struct live_result){LIVE_RETURNED, note->value};
    case STAGE_START: return (struct live_result){LIVE_NOT_READY, 0};
    case STAGE_READY: break;
    }
    if (!in_time)
        return (struct live_result){LIVE_BLOCKED, 0};
    if (WIFEXITED(status))
        return (struct live_result){LIVE_EXITED, WEXITSTATUS(status)};
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return (struct live_result){LIVE_KILLED, 0};
    return (struct live_result){LIVE_SIGNALLED, WTERMSIG(status)};
}

// A pidfd is readable when the process is gone, and not when it is merely stopped (pidfd_open(2)).
static struct live_result watch(pid_t pid)
{
    int status;
    struct pollfd watched = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    if (watched.fd < 0)
        report_bail_errno("pidfd_open");
    int ended = poll(&watched, 1, LIVE_PATIENCE_MS);
    close(watched.fd);
    if (ended != 1)
        kill(pid, SIGKILL);
    do { // a stopped child is reported too if it asked to be traced
        if (waitpid(pid, &status, 0) != pid)
            report_bail_errno("waitpid");
    } while (WIFSTOPPED(status));
    return judge(status, ended == 1);
}

struct live_result live_call(const struct stack *stack, const struct seccomp_data *call)
{
    if (note == NULL) {
        note = mmap(NULL, sizeof(*note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (note == MAP_FAILED)
            report_bail_errno("mmap");
    }
    *note = (struct note){.stage = STAGE_START};
    fflush(stdout); // nothing for the child to print twice
    pid_t pid = fork();
    if (pid < 0)
        report_bail_errno("fork");
    if (pid == 0)
        child(stack, call);
    return watch(pid);
}

const char *live_words(struct live_result result)
{
    static char words[80];
    static const char *const ends[] = {
        [LIVE_NOT_READY] = "never made: the filters were not on, error",
        [LIVE_KILLED] = "killed",
        [LIVE_TRAPPED] = "trapped, signal",
        [LIVE_RETURNED] = "returned",
        [LIVE_EXITED] = "ended the process with status",
        [LIVE_SIGNALLED] = "ended in signal",
        [LIVE_BLOCKED] = "blocked",
    };
    if (result.end == LIVE_KILLED || result.end == LIVE_BLOCKED)
        return ends[result.end];
    snprintf(words, sizeof(words), "%s %ld", ends[result.end], result.value);
    return words;
}

// SPDX-License-Identifier: ISC
//
// reused.c: a process is pinned, ends, and another one gets its number. Nothing that is asked about
// the first may be answered about the second. Exits with 0 and prints "pinned" when that holds.
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

static void expect(int holds, const char *what)
{
    if (holds)
        return;
    perror(what);
    exit(1);
}

// A child that sleeps until it is killed; with this number unless it is 0 (clone3(2), set_tid).
static pid_t fork_as(pid_t number)
{
    struct clone_args args = {.exit_signal = SIGCHLD};
    args.set_tid = number != 0 ? (uint64_t)(uintptr_t)&number : 0;
    args.set_tid_size = number != 0;
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    while (pid == 0)
        pause();
    expect(pid > 0, "clone3");
    return pid;
}

static void end(pid_t pid)
{
    expect(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid, "kill");
}

int main(void)
{
    struct process process;
    struct refusal refusal;
    struct thread_state state;
    size_t count;
    pid_t pid = fork_as(0);
    expect(process_open(&process, pid, &refusal) == SIGHT_OK, "process_open");
    expect(process_alive(&process), "the first one is alive");
    expect(process_thread(&process, pid, &state), "its thread shows");
    end(pid);
    expect(fork_as(pid) == pid, "the number is given again");
    expect(!process_alive(&process), "the first one is not alive any more");
    expect(!process_thread(&process, pid, &state), "no thread of it shows");
    expect(process_tids(&process, &count) == NULL && count == 0, "it has no threads");
    expect(process_parent(&process) == 0, "it has no parent");
    process_close(&process);
    expect(process_open(&process, pid, &refusal) == SIGHT_OK && process_alive(&process),
           "the second one is another process");
    process_close(&process);
    end(pid);
    puts("pinned");
    return 0;
}

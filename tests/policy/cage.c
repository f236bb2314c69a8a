// SPDX-License-Identifier: ISC
#include "cage.h"

#include "report.h"
#include "table.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static int exit_status(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) != pid)
        if (errno != EINTR)
            return EXIT_FAILURE;
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    report_note("the live probe died of signal %d", WTERMSIG(status));
    return EXIT_FAILURE;
}

// fork(2) with namespaces and, when `pid` is not 0, a number of our choice: clone3(2), set_tid
// since Linux 5.5. In a namespace of its own the number is free.
static pid_t fork_into(uint64_t spaces, pid_t pid)
{
    const struct clone_args args = {
        .flags = spaces,
        .exit_signal = SIGCHLD,
        .set_tid = pid == 0 ? 0 : (uintptr_t)&pid,
        .set_tid_size = pid == 0 ? 0 : 1,
    };
    fflush(stdout); // nothing to print twice
    return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

// The first process of the namespace: its end ends every other one in there.
static int first_process(int (*work)(void *), void *context)
{
    pid_t pid = fork_into(0, LISTENER_PID);
    if (pid < 0)
        report_bail_errno("clone3 with the listener's pid");
    if (pid != 0)
        return exit_status(pid);
    signal(SIGUSR1, SIG_IGN); // sessions send it to their listener
    return work(context);
}

int cage_run(int (*work)(void *), void *context)
{
    const uint64_t spaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
    pid_t pid = fork_into(geteuid() == 0 ? spaces : spaces | CLONE_NEWUSER, 0);
    if (pid < 0)
        report_bail_errno("namespaces (be root, or allow user namespaces)");
    if (pid != 0)
        return exit_status(pid);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    int result = first_process(work, context);
    fflush(stdout);
    _exit(result);
}

static int drop_limits(void)
{
    static const int limits[] = {RLIMIT_CORE, RLIMIT_FSIZE, RLIMIT_NPROC, RLIMIT_MEMLOCK};
    const struct rlimit nothing = {0, 0};
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        if (setrlimit((__rlimit_resource_t)limits[i], &nothing) != 0)
            return errno;
    return 0;
}

// In a user namespace nobody is mapped and everybody is the overflow user already.
static int drop_identity(void)
{
    if (geteuid() != 0)
        return 0;
    if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
        setresuid(NOBODY, NOBODY, NOBODY) != 0)
        return errno;
    return 0;
}

static int drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[2] = {{0}};
    return syscall(SYS_capset, &header, none) == 0 ? 0 : errno;
}

int cage_drop(void)
{
    int error = drop_identity();
    if (error == 0)
        error = drop_capabilities();
    if (error == 0)
        error = drop_limits();
    // After the identity: a change of user resets what these two set.
    if (error == 0 && (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || // no core, so no core pipe either
                       prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
                       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0))
        error = errno;
    return error;
}

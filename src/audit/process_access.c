// SPDX-License-Identifier: ISC
//
// process_access.c: capabilities(7), user_namespaces(7) and proc(5) about the asking process.
#include "process_access.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The first user namespace's inode (include/uapi/linux/nsfs.h, PROC_USER_INIT_INO).
#define FIRST_USER_NAMESPACE 0xEFFFFFFDu

// An effective capability of this process. capget(2) is asked without a library: it is one bit.
static bool has_capability(unsigned capability)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    memset(data, 0, sizeof(data));
    if (syscall(SYS_capget, &header, data) != 0)
        return false;
    return (data[capability / 32].effective >> capability % 32 & 1) != 0;
}

static bool in_first_user_namespace(void)
{
    struct stat mine;
    // A kernel without user namespaces has only the first one, and no such file.
    return stat("/proc/self/ns/user", &mine) != 0 || mine.st_ino == FIRST_USER_NAMESPACE;
}

static enum sight check_own_seccomp(struct refusal *refusal)
{
    struct process self;
    struct thread_state state = {0};
    enum sight sight = process_open(&self, getpid(), refusal);
    if (sight != SIGHT_OK)
        return refuse(refusal, SIGHT_REFUSED, "/proc does not show this process itself");
    bool known = process_thread(&self, getpid(), &state);
    process_close(&self);
    if (!known)
        return refuse(refusal, SIGHT_REFUSED, "/proc does not show this process itself");
    if (state.mode != 0)
        return refuse(refusal, SIGHT_REFUSED,
                      "seccomp-audit runs under seccomp itself, and the kernel shows filters only "
                      "to a process without");
    return SIGHT_OK;
}

enum sight access_check(struct refusal *refusal)
{
    if (!has_capability(CAP_SYS_ADMIN))
        return refuse(refusal, SIGHT_REFUSED,
                      "reading filters needs CAP_SYS_ADMIN, which seccomp-audit does not have; run "
                      "it as root");
    if (!in_first_user_namespace())
        return refuse(refusal, SIGHT_REFUSED,
                      "reading filters needs CAP_SYS_ADMIN in the first user namespace; this is "
                      "another one");
    return check_own_seccomp(refusal);
}

enum sight access_explain(const struct process *process, pid_t tid, int error,
                          struct refusal *refusal)
{
    struct thread_state state;
    if (error == ESRCH || !process_thread(process, tid, &state))
        return refuse(refusal, SIGHT_GONE, "thread %d of process %d has ended", tid, process->pid);
    if (error == EPERM && state.tracer != 0)
        return refuse(refusal, SIGHT_REFUSED, "thread %d is already traced, by process %d", tid,
                      state.tracer);
    if (error == EPERM && !has_capability(CAP_SYS_PTRACE))
        return refuse(refusal, SIGHT_REFUSED,
                      "tracing process %d needs CAP_SYS_PTRACE, which seccomp-audit does not have",
                      process->pid);
    if (error == EPERM)
        return refuse(refusal, SIGHT_REFUSED,
                      "the kernel does not let process %d be traced (a security module, or "
                      "kernel.yama.ptrace_scope)",
                      process->pid);
    return refuse(refusal, SIGHT_REFUSED, "ptrace of thread %d: %s", tid, strerror(error));
}

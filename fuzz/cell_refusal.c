// SPDX-License-Identifier: ISC
#include "cell_refusal.h"

#include "echocell/descriptors.h"
#include "oracle.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

// Inputs name them by their place: a new one goes to the end.
static const struct refusal refusals[] = {
    {SYS_getrandom, 0, -1, ENOSYS, ENOSYS, SETUP_CANARY},
    {SYS_getrandom, 0, -1, 0, EIO, SETUP_CANARY}, // no byte at all
    {SYS_rt_sigprocmask, 0, SIG_SETMASK, EINVAL, EINVAL, SETUP_MASK},
    {SYS_setpgid, 0, -1, EPERM, EPERM, SETUP_GROUP},
    {SYS_prctl, 0, PR_SET_PDEATHSIG, EINVAL, EINVAL, SETUP_PARENT},
    {SYS_dup3, 1, CONNECTION_FD, EBUSY, EBUSY, SETUP_DESCRIPTORS},
    {SYS_close, 0, SPARE_FD, EIO, EIO, SETUP_DESCRIPTORS},
    {SYS_close_range, 0, -1, ENOMEM, ENOMEM, SETUP_DESCRIPTORS},
    {SYS_setsockopt, 2, SO_RCVTIMEO, ENOTSOCK, ENOTSOCK, SETUP_TIMEOUTS},
    {SYS_setitimer, 0, ITIMER_REAL, EINVAL, EINVAL, SETUP_ALARM},
    {SYS_prlimit64, 1, RLIMIT_NOFILE, EPERM, EPERM, SETUP_LIMITS},
    {SYS_prlimit64, 1, RLIMIT_NPROC, ENOSYS, ENOSYS, SETUP_LIMITS},
    {SYS_prlimit64, 1, RLIMIT_FSIZE, EPERM, EPERM, SETUP_LIMITS},
    {SYS_rt_sigaction, 0, SIGSYS, EINVAL, EINVAL, SETUP_HANDLER},
    {SYS_seccomp, 0, SECCOMP_SET_MODE_FILTER, EACCES, EACCES, SETUP_FILTER},
    {SYS_write, 0, LOG_FD, ENOSPC, 0, SETUP_NONE}, // a log that is full does not stop a session
    {SYS_setsockopt, 2, SO_SNDTIMEO, EDOM, EDOM, SETUP_TIMEOUTS},
    {SYS_recvfrom, 0, CONNECTION_FD, ECONNRESET, 0, SETUP_NONE},
    {SYS_sendto, 0, CONNECTION_FD, EPIPE, 0, SETUP_NONE},
};

const struct refusal *refusal_of(size_t number)
{
    return &refusals[number % (sizeof(refusals) / sizeof(refusals[0]))];
}

bool refusal_concerns(const struct refusal *refusal, const struct session_plan *plan)
{
    if (refusal->step == SETUP_HANDLER)
        return plan->diagnose;
    if (refusal->step == SETUP_TIMEOUTS)
        return plan->untuned;
    if (refusal->call == SYS_close || refusal->call == SYS_write)
        return plan->trace;
    return refusal->value != RLIMIT_FSIZE || refusal->call != SYS_prlimit64 || !plan->trace;
}

void refusal_begin(const struct refusal *refusal)
{
    const unsigned argument =
        offsetof(struct seccomp_data, args) + 8U * (unsigned)refusal->argument;
    const uint8_t any = refusal->value < 0 ? 2 : 0; // instructions to leave out
    struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)refusal->call, any, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)refusal->value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)refusal->error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof(insns) / sizeof(insns[0]), .filter = insns};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        _exit(99); // the oracle does not know it
}

// SPDX-License-Identifier: ISC
#include "value.h"

#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#define CONSTANT(name)                                                                             \
    {                                                                                              \
#name, (uint64_t)(name)                                                                    \
    }

static const struct constant {
    const char *name;
    uint64_t value;
} constants[] = {
    CONSTANT(CLOCK_BOOTTIME),
    CONSTANT(CLOCK_MONOTONIC),
    CONSTANT(CLOCK_PROCESS_CPUTIME_ID),
    CONSTANT(CLOCK_REALTIME),
    CONSTANT(CLONE_FS),
    CONSTANT(CLONE_NEWPID),
    CONSTANT(CLONE_NEWUSER),
    CONSTANT(CLONE_PARENT),
    CONSTANT(CLONE_PTRACE),
    CONSTANT(CLONE_SIGHAND),
    CONSTANT(CLONE_THREAD),
    CONSTANT(CLONE_UNTRACED),
    CONSTANT(CLONE_VFORK),
    CONSTANT(CLONE_VM),
    CONSTANT(CLOSE_RANGE_CLOEXEC),
    CONSTANT(CLOSE_RANGE_UNSHARE),
    CONSTANT(ENOSYS),
    CONSTANT(ENXIO),
    CONSTANT(ITIMER_PROF),
    CONSTANT(ITIMER_REAL),
    CONSTANT(ITIMER_VIRTUAL),
    CONSTANT(MSG_CMSG_CLOEXEC),
    CONSTANT(MSG_CONFIRM),
    CONSTANT(MSG_CTRUNC),
    CONSTANT(MSG_DONTROUTE),
    CONSTANT(MSG_DONTWAIT),
    CONSTANT(MSG_EOR),
    CONSTANT(MSG_ERRQUEUE),
    CONSTANT(MSG_FASTOPEN),
    CONSTANT(MSG_MORE),
    CONSTANT(MSG_NOSIGNAL),
    CONSTANT(MSG_OOB),
    CONSTANT(MSG_PEEK),
    CONSTANT(MSG_TRUNC),
    CONSTANT(MSG_WAITALL),
    CONSTANT(MSG_ZEROCOPY),
    CONSTANT(O_CLOEXEC),
    CONSTANT(PR_CAP_AMBIENT),
    CONSTANT(PR_GET_DUMPABLE),
    CONSTANT(PR_SET_DUMPABLE),
    CONSTANT(PR_SET_MM),
    CONSTANT(PR_SET_NAME),
    CONSTANT(PR_SET_NO_NEW_PRIVS),
    CONSTANT(PR_SET_PDEATHSIG),
    CONSTANT(PR_SET_PTRACER),
    CONSTANT(PR_SET_SECCOMP),
    CONSTANT(SECCOMP_FILTER_FLAG_NEW_LISTENER),
    CONSTANT(SECCOMP_FILTER_FLAG_TSYNC),
    CONSTANT(SECCOMP_GET_ACTION_AVAIL),
    CONSTANT(SECCOMP_GET_NOTIF_SIZES),
    CONSTANT(SECCOMP_SET_MODE_FILTER),
    CONSTANT(SECCOMP_SET_MODE_STRICT),
    CONSTANT(SIGALRM),
    CONSTANT(SIGCHLD),
    CONSTANT(SIGCONT),
    CONSTANT(SIGHUP),
    CONSTANT(SIGILL),
    CONSTANT(SIGINT),
    CONSTANT(SIGKILL),
    CONSTANT(SIGSEGV),
    CONSTANT(SIGSTOP),
    CONSTANT(SIGSYS),
    CONSTANT(SIGTERM),
    CONSTANT(SIGUSR1),
    CONSTANT(SIGUSR2),
    CONSTANT(SIG_BLOCK),
    CONSTANT(SIG_SETMASK),
    CONSTANT(SIG_UNBLOCK),
    CONSTANT(SOCK_CLOEXEC),
    CONSTANT(SOCK_NONBLOCK),
    CONSTANT(WNOHANG),
    CONSTANT(WUNTRACED),
    {"$listener", LISTENER_PID},
};

bool value_constant(const char *name, uint64_t *value)
{
    for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
        if (strcmp(constants[i].name, name) == 0) {
            *value = constants[i].value;
            return true;
        }
    }
    return false;
}

static bool term_parse(const char *text, uint64_t *value)
{
    char *end;
    if (text[0] == '~') {
        if (!term_parse(text + 1, value))
            return false;
        *value = ~*value;
        return true;
    }
    if (text[0] < '0' || text[0] > '9')
        return value_constant(text, value);
    if (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
        return false; // octal to some, decimal to others
    errno = 0;
    *value = strtoull(text, &end, 0);
    return errno == 0 && *end == '\0';
}

bool value_parse(const char *text, uint64_t *value)
{
    char copy[256];
    char *rest = copy;
    if (strlen(text) >= sizeof(copy))
        return false;
    strcpy(copy, text);
    *value = 0;
    for (;;) {
        uint64_t term;
        const char *word = strsep(&rest, "|");
        if (!term_parse(word, &term))
            return false;
        *value |= term;
        if (rest == NULL)
            return true;
    }
}

int value_call(const char *name, uint32_t arch)
{
    // libseccomp answers with a negative number of its own for a call of other architectures.
    int number = seccomp_syscall_resolve_name_arch(arch, name);
    return number < 0 ? -1 : number;
}

// SPDX-License-Identifier: ISC
//
// argument.c: which argument of which call holds constants of which prefix, from the calls' man
// pages; the constants themselves are those that a policy may name.
#include "argument.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "constants.h"

// `flags`: a word of bits, else one of several numbers. Without a prefix: a number that people
// write in decimal.
struct kind {
    unsigned arg;
    bool flags;
    const char *prefix; // or several, tried in this order, separated by a blank
    const char *calls;  // separated by a blank
};

static const struct kind kinds[] = {
    {0, false, NULL, "kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo wait4 getpgid getsid"},
    {0, false, NULL, "setpgid pidfd_open prlimit64 sched_setaffinity sched_getaffinity"},
    {0, false, NULL, "process_vm_readv process_vm_writev"},
    {1, false, NULL, "tgkill rt_tgsigqueueinfo ptrace setpgid"},
    {1, false, "TIOC", "ioctl"},
    {0, false, "AF_", "socket socketpair"},
    {1, false, "SOCK_", "socket socketpair"},
    {1, false, "SIG", "kill tkill rt_sigqueueinfo pidfd_send_signal"},
    {2, false, "SIG", "tgkill rt_tgsigqueueinfo"},
    {0, false, "SIG", "rt_sigaction"},
    {3, true, "MSG_", "sendto recvfrom sendmmsg recvmmsg"},
    {2, true, "MSG_", "sendmsg recvmsg"},
    {1, false, "SHUT_", "shutdown"},
    {1, false, "SOL_", "setsockopt getsockopt"},
    {2, false, "SO_", "setsockopt getsockopt"},
    {2, true, "PROT_", "mmap mmap2 mprotect pkey_mprotect"},
    {3, true, "MAP_", "mmap mmap2"},
    {2, false, "MADV_", "madvise"},
    {0, true, "CLONE_", "clone unshare"},
    {1, true, "CLONE_", "setns"},
    {0, false, "PR_SET_ PR_GET_ PR_", "prctl"},
    {0, false, "ARCH_", "arch_prctl"},
    {1, false, "F_", "fcntl fcntl64"},
    {2, false, "SEEK_", "lseek"},
    {1, true, "O_", "open pipe2"},
    {2, true, "O_", "openat dup3"},
    {3, true, "SOCK_", "accept4"},
    {0, false, "CLOCK_", "clock_gettime clock_getres clock_settime clock_nanosleep"},
    {0, false, "CLOCK_", "timerfd_create timer_create"},
    {0, false, "PTRACE_", "ptrace"},
    {1, true, "EFD_", "eventfd2"},
    {0, true, "EPOLL_", "epoll_create1"},
    {1, false, "EPOLL_CTL_", "epoll_ctl"},
    {2, true, "GRND_", "getrandom"},
    {0, false, "RLIMIT_", "getrlimit setrlimit"},
    {1, false, "RLIMIT_", "prlimit64"},
    {1, false, "LOCK_", "flock"},
    {0, false, "SECCOMP_", "seccomp"},
    {0, false, "BPF_", "bpf"},
};

// Second names of a number, and names that are none of one value.
static const char *const passed_over[] = {
    "AF_FILE",        "AF_LOCAL",     "AF_ROUTE",    "AF_MAX",    "SIGCLD",      "SIGIOT",
    "SIGPOLL",        "SIGRTMIN",     "SIGRTMAX",    "SIGSTKSZ",  "SIGEV_",      "SIGUNUSED",
    "MAP_ANON",       "MAP_FILE",     "MAP_TYPE",    "MAP_HUGE",  "O_NDELAY",    "O_FSYNC",
    "O_RSYNC",        "O_ACCMODE",    "SIG_",        "PROT_NONE", "MSG_TRYHARD", "MSG_STAT",
    "MSG_INFO",       "MSG_EXCEPT",   "MSG_NOERROR", "MSG_COPY",  "PR_SET_MM_",  "PR_FP_",
    "PR_MCE_",        "PR_TSC_",      "PR_SVE_",     "PR_SME_",   "SIGSYS_",     "F_OWNER",
    "F_RDLCK",        "F_WRLCK",      "F_UNLCK",     "F_EXLCK",   "F_SHLCK",     "PR_CAP_",
    "PR_SCHED_CORE_", "PTRACE_EVENT", "PTRACE_O_",   "SECCOMP_R", "SECCOMP_F",   "SECCOMP_MODE",
    "SECCOMP_I",      "SECCOMP_U",    "SECCOMP_A",   "BPF_F_",    "F_SEAL",      "F_OFD",
    "F_LOCK",         "F_TEST",       "F_OK",        "F_ULOCK",   "F_TLOCK"};

static const struct constant *const groups[] = {constants_group_0, constants_group_1};

static bool is_passed_over(const char *name)
{
    for (size_t i = 0; i < sizeof passed_over / sizeof passed_over[0]; i++)
        if (strncmp(name, passed_over[i], strlen(passed_over[i])) == 0 &&
            strcmp(name, "MAP_ANONYMOUS") != 0)
            return true;
    return false;
}

static bool listed(const char *calls, const char *call)
{
    size_t length = strlen(call);
    for (const char *at = calls; (at = strstr(at, call)) != NULL; at += length)
        if ((at == calls || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static const struct kind *find_kind(const char *call, unsigned arg)
{
    for (size_t i = 0; call != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].arg == arg && listed(kinds[i].calls, call))
            return &kinds[i];
    return NULL;
}

static const char *find_with(uint32_t arch, const char *prefix, size_t length, uint64_t value)
{
    for (size_t group = 0; group < sizeof groups / sizeof groups[0]; group++)
        for (const struct constant *at = groups[group]; at->name != NULL; at++)
            if (at->value == value && strncmp(at->name, prefix, length) == 0 &&
                !is_passed_over(at->name) && constants_hold(at, arch))
                return at->name;
    return NULL;
}

static const char *find_name(uint32_t arch, const char *prefixes, uint64_t value)
{
    const char *found = NULL;
    for (const char *at = prefixes; found == NULL && *at != '\0'; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        found = find_with(arch, at, length, value);
        at += length;
    }
    return found;
}

static const char *number_text(uint64_t value, char text[ARGUMENT_TEXT_BYTES])
{
    snprintf(text, ARGUMENT_TEXT_BYTES, value < 10 ? "%" PRIu64 : "0x%" PRIx64, value);
    return text;
}

static void append(char text[ARGUMENT_TEXT_BYTES], const char *part)
{
    size_t length = strlen(text);
    snprintf(text + length, ARGUMENT_TEXT_BYTES - length, "%s%s", length == 0 ? "" : " | ", part);
}

static const char *flags_text(uint32_t arch, const char *prefix, uint64_t value,
                              char text[ARGUMENT_TEXT_BYTES])
{
    char rest[ARGUMENT_TEXT_BYTES];
    uint64_t unnamed = 0;
    text[0] = '\0';
    if (value == 0)
        return number_text(0, text);
    for (uint64_t bit = 1; bit != 0; bit <<= 1) {
        if ((value & bit) == 0)
            continue;
        const char *name = find_name(arch, prefix, bit);
        if (name == NULL || strlen(text) > ARGUMENT_TEXT_BYTES - 64)
            unnamed |= bit;
        else
            append(text, name);
    }
    if (unnamed != 0)
        append(text, number_text(unnamed, rest));
    return text;
}

static bool few_bits(uint64_t value)
{
    return __builtin_popcountll(value) <= 12;
}

const char *argument_text(uint32_t arch, const char *call, unsigned arg, uint64_t value,
                          char text[ARGUMENT_TEXT_BYTES])
{
    const struct kind *kind = find_kind(call, arg);
    if (kind == NULL)
        return number_text(value, text);
    if (kind->prefix == NULL) {
        snprintf(text, ARGUMENT_TEXT_BYTES, value <= INT32_MAX ? "%" PRIu64 : "0x%" PRIx64, value);
        return text;
    }
    const char *name = find_name(arch, kind->prefix, value);
    if (name != NULL && (value != 0 || !kind->flags)) {
        snprintf(text, ARGUMENT_TEXT_BYTES, "%s", name);
        return text;
    }
    if (kind->flags && few_bits(value))
        return flags_text(arch, kind->prefix, value, text);
    return number_text(value, text);
}

const char *argument_mask_text(uint32_t arch, const char *call, unsigned arg, uint64_t mask,
                               char text[ARGUMENT_TEXT_BYTES])
{
    const struct kind *kind = find_kind(call, arg);
    if (kind != NULL && kind->flags && few_bits(mask))
        return flags_text(arch, kind->prefix, mask, text);
    return number_text(mask, text);
}

bool argument_is_flags(const char *call, unsigned arg)
{
    const struct kind *kind = find_kind(call, arg);
    return kind != NULL && kind->flags;
}

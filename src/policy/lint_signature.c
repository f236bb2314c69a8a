// SPDX-License-Identifier: ISC
//
// lint_signature.c: the table. From the kernel's SYSCALL_DEFINE lines: a parameter narrower than
// the register is cut off by the call's entry (include/linux/syscalls.h, __SC_CAST). Where a wider
// one is passed on to something narrow, as mmap's descriptor and clone's flags are, that counts.
#include "lint_signature.h"

#include <stddef.h>
#include <string.h>

// Calls with the same arguments share a row; names are separated by a blank.
static const struct {
    const char *args;
    const char *calls;
} table[] = {
    {"i", "close dup fsync fdatasync syncfs umask personality unshare setuid setgid setfsuid "
          "setfsgid epoll_create1 inotify_init1 userfaultfd exit exit_group getpgid getsid fchdir "
          "eventfd timer_delete timer_getoverrun iopl alarm"},
    {"ii", "kill tkill dup2 listen shutdown setpgid setreuid setregid fchmod flock getpriority "
           "eventfd2 timerfd_create pidfd_open setns msgget landlock_restrict_self "
           "inotify_rm_watch"},
    {"iii", "tgkill socket dup3 setresuid setresgid setpriority fchown pidfd_getfd membarrier "
            "semget close_range ioprio_set"},
    {"iil", "ioctl fcntl fcntl64"},
    {"iip", "sched_setscheduler sched_setaffinity sched_getaffinity seccomp shmctl "
            "rt_sigqueueinfo"},
    {"iiip", "socketpair epoll_ctl rt_tgsigqueueinfo reboot"},
    {"iiil", "semctl"},
    {"iiill", "kcmp"},
    {"iiipi", "setsockopt"},
    {"iiipp", "getsockopt"},
    {"iiiipl", "io_uring_enter"},
    {"iili", "tee"},
    {"iill", "fallocate"},
    {"iipi", "pidfd_send_signal io_uring_register landlock_add_rule"},
    {"iipl", "sendfile"},
    {"iipip", "waitid"},
    {"iipp", "prlimit64 clock_nanosleep timerfd_settime timer_settime"},
    {"il", "ftruncate arch_prctl"},
    {"ili", "lseek shmget shmat"},
    {"illi", "fadvise64"},
    {"illll", "prctl keyctl"},
    {"ip", "fstat clock_gettime clock_getres clock_settime getrlimit setrlimit getrusage "
           "getitimer timerfd_gettime timer_gettime setgroups sched_setparam sched_getparam "
           "io_uring_setup"},
    {"ipi",
     "open_by_handle_at bind connect sendmsg recvmsg unlinkat faccessat fchmodat mkdirat getdents "
     "getdents64 bpf semop inotify_add_watch syslog finit_module"},
    {"ipii", "openat mknodat sendmmsg epoll_wait faccessat2 fchmodat2"},
    {"ipiii", "fchownat"},
    {"ipiip", "statx recvmmsg"},
    {"ipiipl", "epoll_pwait"},
    {"ipip", "wait4 renameat quotactl"},
    {"ipipi", "renameat2 linkat"},
    {"ipipli", "splice copy_file_range"},
    {"ipl", "read write readv writev"},
    {"ipli", "signalfd4 msgsnd"},
    {"ipll", "pread64 pwrite64"},
    {"iplll", "preadv pwritev"},
    {"ipllli", "preadv2 pwritev2"},
    {"iplipi", "sendto"},
    {"iplipp", "recvfrom"},
    {"iplpll", "process_vm_readv process_vm_writev"},
    {"ipp", "accept setitimer timer_create get_robust_list getsockname getpeername"},
    {"ippi", "accept4 newfstatat readlinkat utimensat"},
    {"ippl", "rt_sigaction rt_sigprocmask openat2"},
    {"ipppi", "execveat"},
    {"ipppp", "select"},
    {"ippppp", "pselect6"},
    {"ll", "munmap mlock munlock"},
    {"lli", "madvise msync mlock2 ioperm"},
    {"ll?", "mprotect"},
    {"ll?i", "pkey_mprotect"},
    {"llll?", "mremap"},
    {"lliiil", "mmap"}, // fget(), and masks
    {"l?ll", "ptrace"},
    {"p", "pipe chdir chroot unlink rmdir uname sysinfo times acct set_tid_address swapoff"},
    {"pi", "creat access chmod mkdir umount2 pipe2 memfd_create swapon sethostname setdomainname"},
    {"pii", "open mknod chown lchown poll"},
    {"pii?pi", "futex"},
    {"piii", "rseq"},
    {"piiil", "perf_event_open"},
    {"pip", "symlinkat"},
    {"pippl", "ppoll"},
    {"pl", "getcwd truncate set_robust_list clone3"},
    {"pli", "getrandom landlock_create_ruleset"},
    {"plp", "init_module"},
    {"pp", "nanosleep stat lstat rename link symlink capget capset sigaltstack gettimeofday "
           "settimeofday statfs"},
    {"ppi", "readlink"},
    {"ppp", "execve"},
    {"pppi", "request_key"},
    {"pppl", "rt_sigtimedwait"},
    {"pppli", "add_key"},
    {"ppplp", "mount"},
    {"i????", "clone"}, // kernel/fork.c takes lower_32_bits() of the flags
    {"", "rt_sigreturn restart_syscall getpid gettid getppid getuid geteuid getgid getegid setsid "
         "sync sched_yield pause fork vfork vhangup munlockall getpgrp"},
};

// Is the name one of those in the list?
static int lists(const char *names, const char *name)
{
    size_t length = strlen(name);
    while (*names != '\0') {
        size_t word = strcspn(names, " ");
        if (word == length && memcmp(names, name, length) == 0)
            return 1;
        names += word;
        names += strspn(names, " ");
    }
    return 0;
}

const char *signature_of(const char *call)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (lists(table[i].calls, call))
            return table[i].args;
    return NULL;
}

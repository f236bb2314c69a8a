// SPDX-License-Identifier: ISC
//
// process_restart.c: who sleeps in what, and how the kernel wakes it.
#include "process_restart.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <time.h>

#include "architecture.h"
#include "syscalls.h"

static bool futex_has_limit(const uint64_t args[6])
{
    int operation = (int)args[1] & FUTEX_CMD_MASK;
    return (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET) && args[3] != 0;
}

bool restart_applies(uint32_t arch, int number, const uint64_t args[6])
{
    const char *name = syscalls_name(arch, number);
    if (name == NULL)
        return false;
    if (strcmp(name, "clock_nanosleep") == 0 || strcmp(name, "clock_nanosleep_time64") == 0)
        return (args[1] & TIMER_ABSTIME) == 0;
    if (strcmp(name, "futex") == 0 || strcmp(name, "futex_time64") == 0)
        return futex_has_limit(args);
    return strcmp(name, "poll") == 0 || strcmp(name, "nanosleep") == 0;
}

#if defined(__x86_64__)

enum { X86_ERESTARTNOHAND = 514, X86_ERESTART_RESTARTBLOCK = 516 }; // include/linux/errno.h

// arch/x86/kernel/signal.c looks at the pending restart only after the tracer has let go, in
// arch_do_signal_or_restart(): nothing needs to be avoided beforehand.
bool restart_endangers(const struct process *process, pid_t tid, const char **name)
{
    (void)process;
    (void)tid;
    (void)name;
    return false;
}

static long peek(pid_t tid, size_t offset)
{
    errno = 0;
    return ptrace(PTRACE_PEEKUSER, tid, offset, 0L);
}

// The call that the thread is about to make to resume the one in which it slept, and the name of
// that one. ptrace shows a 32-bit thread's registers under their 64-bit names.
static bool read_resumption(pid_t tid, struct seccomp_data *data, const char **name)
{
    struct user_regs_struct regs;
    struct __ptrace_syscall_info info = {0};
    if (ptrace(PTRACE_GETREGS, tid, 0L, &regs) != 0 ||
        ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) <= 0)
        return false;
    bool narrow = info.arch != architecture_native();
    uint32_t x32 = (uint32_t)regs.orig_rax & ARCHITECTURE_X32;
    *name = syscalls_name(info.arch, (int)((uint32_t)regs.orig_rax & ~x32));
    *data = (struct seccomp_data){
        .nr = (int)((uint32_t)syscalls_number(info.arch, "restart_syscall") | (narrow ? 0 : x32)),
        .arch = info.arch,
        .instruction_pointer = regs.rip,
        .args = {regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9},
    };
    const uint64_t narrow_args[] = {regs.rbx, regs.rcx, regs.rdx, regs.rsi, regs.rdi, regs.rbp};
    for (size_t i = 0; narrow && i < 6; i++)
        data->args[i] = (uint32_t)narrow_args[i];
    return true;
}

static bool lets_through(uint32_t result)
{
    uint32_t action = result & SECCOMP_RET_ACTION_FULL;
    return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

enum restart restart_protect(pid_t tid, const struct filter_stack *stack, const char **name)
{
    struct seccomp_data data;
    const size_t result = offsetof(struct user, regs.rax);
    *name = "a call";
    if (peek(tid, offsetof(struct user, regs.orig_rax)) < 0 ||
        (int32_t)peek(tid, result) != -X86_ERESTART_RESTARTBLOCK)
        return RESTART_SAFE;
    if (read_resumption(tid, &data, name) && stack != NULL &&
        lets_through(stack_execute(stack, &data)))
        return RESTART_SAFE;
    if (ptrace(PTRACE_POKEUSER, tid, result, (long)-X86_ERESTARTNOHAND) != 0)
        return RESTART_DEADLY;
    return RESTART_AGAIN;
}

#else

bool restart_endangers(const struct process *process, pid_t tid, const char **name)
{
    int number;
    uint64_t args[6];
    if (!process_sleeps_in(process, tid, &number, args))
        return false;
    *name = syscalls_name(architecture_native(), number);
    return restart_applies(architecture_native(), number, args);
}

// arch/arm64/kernel/signal.c do_signal() has replaced the result by then; the look before the stop
// is all there is.
enum restart restart_protect(pid_t tid, const struct filter_stack *stack, const char **name)
{
    (void)tid;
    (void)stack;
    (void)name;
    return RESTART_SAFE;
}

#endif

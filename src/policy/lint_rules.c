// SPDX-License-Identifier: ISC
//
// lint_rules.c: the table of rules. All that is printed about a rule, but the case at hand, is
// here.
#include <string.h>

#include "lint.h"

static const struct lint_rule table[LINT_RULES] = {
    [LINT_PERMISSIVE_DEFAULT] =
        {"permissive-default", SEVERITY_ERROR,
         "calls that the policy does not name are let through",
         "Each kernel adds calls, and a list of what is forbidden does not know them.",
         "deny by default and name what is needed"},
    [LINT_ARCH_OPEN] =
        {"arch-open", SEVERITY_ERROR,
         "calls of an architecture that the policy does not list are let through",
         "A 64-bit kernel runs 32-bit calls of any process, under other numbers than the policy's.",
         "write '@badarch kill-process'"},
    [LINT_ARCH_MISSING] =
        {"arch-missing", SEVERITY_NOTE,
         "the file does not say for which architectures it is written",
         "Whoever compiles it chooses one, and names and arguments differ between them.",
         "add an @arch line"},
    [LINT_ARCH_PARTIAL] =
        {"arch-partial", SEVERITY_WARNING,
         "one machine runs two of the policy's architectures, and they do not agree on a call",
         "A process may change between the 64-bit and the 32-bit calls at any time, so what either "
         "allows is allowed.",
         "give the call the same rule on both, or take one of the two out of @arch"},
    [LINT_X32] =
        {"x32", SEVERITY_ERROR, "x32 calls are let through",
         "They carry the architecture of x86-64 and a number with bit 30 set, so that a rule by "
         "number does not see them.",
         "deny what @badarch stands for"},
    [LINT_UPROBE] =
        {"uprobe", SEVERITY_NOTE, "on x86-64 the kernel lets calls 335 and 336 past every filter",
         "uretprobe (335, passed since Linux 6.14) and uprobe (336, since 6.18) are made by probes "
         "that root sets on a program; a program that makes them itself gets SIGILL or an error.",
         "nothing is to be done in the policy; no filter can refuse them"},
    [LINT_FAKE_SUCCESS] =
        {"fake-success", SEVERITY_WARNING,
         "a call is refused with error number 0, which reads as success",
         "The program goes on as if the call had been made: a setuid() that did nothing is a hole.",
         "return an error number, such as EPERM"},
    [LINT_LOG_ALLOWS] =
        {"log-allows", SEVERITY_NOTE, "'log' lets the call through",
         "It is for finding out what a program needs; the kernel makes the call, and logs it where "
         "the administrator has not turned that off.",
         "allow or deny, once it is known which"},
    [LINT_MEDIATED] =
        {"mediated", SEVERITY_NOTE, "another process decides on the call",
         "Memory that the call points to can change between its decision and the call; without a "
         "tracer or listener the call fails with ENOSYS (seccomp_unotify(2)).",
         "decide in the policy where that is possible"},
    [LINT_INT_COMPARE] =
        {"int-compare", SEVERITY_WARNING,
         "a value is refused, and the same value with other upper bits is not",
         "The kernel reads the argument as 32 bits; whoever makes the call chooses the upper half, "
         "and walks around a refusal that compares all 64.",
         "compare argN:u32, or list what is allowed instead of what is not"},
    [LINT_NARROW_COMPARE] =
        {"narrow-compare", SEVERITY_WARNING,
         "only half of an argument is compared that the kernel reads whole",
         "A value that looks right in its lower 32 bits passes, whatever its upper half says.",
         "compare the whole argument: leave out ':u32'"},
    [LINT_POINTER_COMPARE] =
        {"pointer-compare", SEVERITY_WARNING, "the verdict depends on the value of a pointer",
         "The address says nothing of what is in the memory, which may change before the kernel "
         "reads it, and addresses differ from run to run. Only NULL means something.",
         "compare with 0 or not at all"},
    [LINT_SIGNAL_TARGET] =
        {"signal-target", SEVERITY_WARNING, "signals can be sent to processes that nobody chose",
         "Pid 0 is the caller's process group, -1 is every process it may "
         "signal, and a free pid is "
         "any process of the same user.",
         "pin the pid, to a @param where it is known only when the program starts"},
    [LINT_EXEC] =
        {"exec", SEVERITY_WARNING, "other programs can be run",
         "The filter stays, but the code under it is then anything that the file system has.",
         "leave it out; run the program before the filter is on"},
    [LINT_PTRACE] = {"ptrace", SEVERITY_WARNING, "other processes can be looked into, or changed",
                     "A process that is not confined can be made to do what the filter refuses.",
                     "leave it out"},
    [LINT_IO_URING] =
        {"io-uring", SEVERITY_WARNING, "work can be handed to the kernel by a ring",
         "Requests in a ring open, connect and send without a system call that a filter could see.",
         "deny with 'return ENOSYS'; libraries then go without"},
    [LINT_NAMESPACE] =
        {"namespace", SEVERITY_WARNING, "namespaces can be made or entered",
         "In a user namespace of its own any process has all capabilities, and with them the parts "
         "of "
         "the kernel where most holes are found.",
         "pin the flags, or ask for none of them: arg0:u32 & (CLONE_NEWUSER | CLONE_NEWNS | ...) "
         "== 0"},
    [LINT_THREAD] = {"thread", SEVERITY_NOTE, "threads can be made",
                     "A filter is a thread's own: one that is added later must be added with "
                     "SECCOMP_FILTER_FLAG_TSYNC.",
                     "pin the flags of clone if the program has one thread"},
    [LINT_CLONE3] = {"clone3", SEVERITY_WARNING,
                     "clone3 takes its flags from memory, where no filter sees them",
                     "All that is said of clone's flags is without effect beside it.",
                     "write 'clone3: return ENOSYS'; the C library then uses clone"},
    [LINT_CLONE3_ERRNO] =
        {"clone3-errno", SEVERITY_NOTE, "clone3 is refused by something else than ENOSYS",
         "The C library starts threads by clone3, and falls back to clone for ENOSYS alone.",
         "write 'clone3: return ENOSYS'"},
    [LINT_TERMINAL_INJECTION] =
        {"terminal-injection", SEVERITY_WARNING,
         "characters can be put into a terminal as if they had been typed",
         "TIOCSTI and TIOCLINUX hand commands to the shell that is left on the terminal.",
         "list the requests that are needed: ioctl: arg1 == ..."},
    [LINT_PRCTL] = {"prctl", SEVERITY_WARNING, "prctl is let through for any operation",
                    "It is a hundred calls in one, some of which take protections off.",
                    "pin the operation: prctl: arg0 == PR_SET_NAME"},
    [LINT_WRITE_EXEC] = {"write-exec", SEVERITY_WARNING,
                         "memory can be writable and executable at once",
                         "Whoever can write to it runs code of his own.",
                         "allow 'arg2 in ~PROT_EXEC || arg2 in ~PROT_WRITE'"},
    [LINT_EXEC_LATER] = {"exec-later", SEVERITY_NOTE,
                         "memory can be made executable after it was written",
                         "A filter does not know what a page was before.",
                         "leave PROT_EXEC out here, or set PR_SET_MDWE"},
    [LINT_SOCKET_FAMILY] = {"socket-family", SEVERITY_WARNING, "sockets of any family can be made",
                            "Rarely used families are where a kernel is weakest, and netlink and "
                            "vsock lead elsewhere.",
                            "pin it: socket: arg0 == AF_INET || arg0 == AF_UNIX"},
    [LINT_SEND_FLAGS] = {"send-flags", SEVERITY_WARNING, "sendto is let through with MSG_FASTOPEN",
                         "With that flag it connects, though connect may be refused.",
                         "pin the flags: arg3 == MSG_NOSIGNAL"},
    [LINT_SEND_ADDRESS] =
        {"send-address", SEVERITY_WARNING, "data can be sent to an address of the caller's choice",
         "A socket that is not connected then reaches any host, though connect may be refused.",
         "use sendto with 'arg4 == 0'; sendmsg has its address in memory, where no filter sees it"},
    [LINT_KERNEL_SURFACE] =
        {"kernel-surface", SEVERITY_WARNING,
         "a call for administrators, or one with a long record of holes, is let through",
         "Few programs need it, and few kernels have been without a hole in it.", "leave it out"},
    [LINT_ALTERNATIVE] = {"alternative", SEVERITY_WARNING,
                          "a call is restricted, and another that does the same is not",
                          "What the first rule refuses is had by the other call.",
                          "give both the same restriction"},
    [LINT_RESTART_SYSCALL] =
        {"restart-syscall", SEVERITY_WARNING,
         "a call may be restarted by the kernel, and restart_syscall is refused",
         "After SIGSTOP and SIGCONT, or a tracer, the kernel goes on with the wait by way of that "
         "call, and the process dies of the policy (restart_syscall(2)).",
         "write 'restart_syscall: allow'"},
    [LINT_RT_SIGRETURN] = {"rt-sigreturn", SEVERITY_WARNING,
                           "signal handlers can be set, and rt_sigreturn is refused",
                           "A handler returns by way of that call.",
                           "write 'rt_sigreturn: allow', or refuse rt_sigaction"},
    [LINT_EXIT_GROUP] =
        {"exit-group", SEVERITY_WARNING, "exit is let through, and exit_group is refused",
         "exit ends one thread; exit(3) and the return of main() make the other call.",
         "write 'exit_group: allow'"},
    [LINT_THREAD_EXIT] = {"thread-exit", SEVERITY_NOTE, "threads can be made, and exit is refused",
                          "A thread that returns makes that call.", "write 'exit: allow'"},
    [LINT_PROGRAM_SIZE] = {"program-size", SEVERITY_ERROR,
                           "the program is larger than a kernel takes",
                           "BPF_MAXINSNS is 4096 instructions (seccomp(2)).",
                           "merge calls with the same rule, or split the policy"},
    [LINT_STACK_SIZE] =
        {"stack-size", SEVERITY_NOTE, "the programs do not fit on one thread together",
         "All filters of a thread have 32768 instructions, and 4 more for each (seccomp(2)).",
         "install fewer of them on one another"},
    [LINT_WAIVER_INVALID] = {"waiver-invalid", SEVERITY_ERROR,
                             "a comment that looks like a waiver is none",
                             "It silences nothing, though somebody meant it to.",
                             "write '# lint: allow ID reason'"},
    [LINT_WAIVER_UNUSED] = {"waiver-unused", SEVERITY_WARNING, "a waiver silences nothing",
                            "What it excused is gone, and it would hide the next one.",
                            "take it out"},
};

const struct lint_rule *lint_rule(enum lint_id id)
{
    return &table[id];
}

enum lint_id lint_named(const char *name, size_t length)
{
    unsigned id = 0;
    while (id < LINT_RULES &&
           (strlen(table[id].id) != length || memcmp(table[id].id, name, length) != 0))
        id++;
    return (enum lint_id)id;
}

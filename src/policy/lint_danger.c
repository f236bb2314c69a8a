// SPDX-License-Identifier: ISC
//
// lint_danger.c: what should not be let through, written in the language of policies.
//
// Each row is a rule turned round: calls, and a condition on them that a policy should refuse. The
// finding is that both meet, and the call in which they do. Conditions look at the low half of what
// the kernel reads as an int.
#include <string.h>

#include "architecture.h"
#include "lint_checks.h"
#include "load.h"

enum { ANY = -1 };

struct danger {
    enum lint_id rule;
    const char *calls; // separated by blanks
    const char *when;  // NULL: however it is called
    int free_arg;      // only where this argument (32 bits of it) may be anything; else ANY
    const char *what;  // "CALL WHAT: CALL(...) is let through"
};

// The first row that meets counts, for each rule and call.
static const struct danger dangers[] = {
    {LINT_SIGNAL_TARGET, "kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo", NULL, 0,
     "can signal any process"},
    {LINT_SIGNAL_TARGET, "pidfd_send_signal", NULL, 0, "can signal through any descriptor"},
    {LINT_SIGNAL_TARGET, "kill", "arg0:u32 == 0xffffffff", ANY, "can signal all processes at once"},
    {LINT_SIGNAL_TARGET, "kill", "arg0:u32 == 0", ANY, "can signal the whole process group"},
    {LINT_EXEC, "execve execveat", NULL, ANY, "runs programs"},
    {LINT_PTRACE, "ptrace", "arg0 != PTRACE_TRACEME", ANY, "controls other processes"},
    {LINT_PTRACE, "process_vm_readv process_vm_writev pidfd_getfd process_madvise kcmp", NULL, ANY,
     "reaches into other processes"},
    {LINT_IO_URING, "io_uring_setup io_uring_enter io_uring_register", NULL, ANY,
     "makes requests that no filter sees"},
    {LINT_NAMESPACE, "clone",
     "arg0:u32 & (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | "
     "CLONE_NEWPID | CLONE_NEWNET)",
     ANY, "can make namespaces"},
    {LINT_NAMESPACE, "unshare",
     "arg0:u32 & (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | "
     "CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)",
     ANY, "can make namespaces"},
    {LINT_NAMESPACE, "setns", NULL, ANY, "enters namespaces"},
    {LINT_THREAD, "clone", "arg0:u32 & CLONE_THREAD", ANY, "can make threads"},
    {LINT_CLONE3, "clone3", NULL, ANY, "takes its flags from memory"},
    {LINT_TERMINAL_INJECTION, "ioctl", "arg1:u32 == TIOCSTI || arg1:u32 == TIOCLINUX", ANY,
     "can type into the terminal"},
    {LINT_PRCTL, "prctl", NULL, 0, "is not pinned to operations"},
    {LINT_WRITE_EXEC, "mmap mmap2 mprotect pkey_mprotect",
     "arg2:u32 & PROT_WRITE && arg2:u32 & PROT_EXEC", ANY,
     "can make memory writable and executable"},
    {LINT_WRITE_EXEC, "shmat", "arg2:u32 & SHM_EXEC && arg2:u32 & SHM_RDONLY == 0", ANY,
     "can make memory writable and executable"},
    {LINT_WRITE_EXEC, "personality", "arg0:u32 & 0x400000 && arg0:u32 != 0xffffffff", ANY,
     "can make all readable memory executable (READ_IMPLIES_EXEC)"},
    {LINT_EXEC_LATER, "mprotect pkey_mprotect", "arg2:u32 & PROT_EXEC", ANY,
     "can make memory executable that was written before"},
    {LINT_SOCKET_FAMILY, "socket", NULL, 0, "is not pinned to families"},
    {LINT_SOCKET_FAMILY, "socketcall", NULL, ANY, "has its arguments in memory, families included"},
    {LINT_SEND_FLAGS, "sendto", "arg3:u32 & MSG_FASTOPEN && arg4 != 0", ANY, "can connect"},
    {LINT_SEND_ADDRESS, "sendto", "arg4 != 0", ANY, "can choose whom to send to"},
    {LINT_SEND_ADDRESS, "sendmsg sendmmsg", NULL, ANY, "can choose whom to send to"},
    {LINT_KERNEL_SURFACE,
     "acct add_key bpf create_module delete_module finit_module fsconfig fsmount fsopen fspick "
     "init_module ioperm iopl kexec_file_load kexec_load keyctl mount mount_setattr move_mount "
     "name_to_handle_at nfsservctl open_by_handle_at open_tree perf_event_open pivot_root quotactl "
     "reboot request_key swapoff swapon umount2 userfaultfd vm86 modify_ldt",
     NULL, ANY, "is needed by few"},
};

// A row's condition as a tree. What holds it is freed by policy_free().
static struct policy *read_condition(const char *when)
{
    struct diagnostics diagnostics;
    struct load_options options = {.has_default = true, .default_action = SECCOMP_RET_KILL_PROCESS};
    diagnostics_create(&diagnostics);
    const char *text = arena_format(diagnostics.arena, "getpid: %s\n", when);
    struct policy *policy = policy_load_text("lint", text, strlen(text), &options, &diagnostics);
    diagnostics_destroy(&diagnostics);
    if (policy == NULL)
        diagram_bug("a condition of the linter cannot be read");
    return policy;
}

// Flags are clone's second argument on s390 (kernel/fork.c, CONFIG_CLONE_BACKWARDS2), and ioctl
// requests are MIPS's own (arch/mips/include/uapi/asm/ioctls.h).
static const char *condition_on(const struct danger *danger, uint32_t arch, struct arena *arena)
{
    if (danger->when == NULL)
        return NULL;
    const char *name = architecture_name(arch);
    if (strncmp(name, "s390", 4) == 0 && strcmp(danger->calls, "clone") == 0)
        return arena_format(arena, "arg1%s", danger->when + strlen("arg0"));
    if (strncmp(name, "mips", 4) == 0 && danger->rule == LINT_TERMINAL_INJECTION)
        return "arg1:u32 == 0x5472 || arg1:u32 == 0x5483";
    return danger->when;
}

static diagram narrow(const struct question *question, const struct danger *danger, size_t arch,
                      struct arena *arena, diagram set)
{
    uint32_t token = question->policy->arch[arch];
    const char *when = condition_on(danger, token, arena);
    if (when == NULL || set == DIAGRAM_FALSE)
        return set;
    struct policy *holder = read_condition(when);
    diagram holds = semantics_expression(question->proof->space, &question->proof->semantics[0],
                                         &holder->rules[0].clauses[0].when, semantics_wide(token));
    policy_free(holder);
    return diagram_and(question->proof->space, set, holds);
}

static void ask(struct lint *lint, struct question *question, const struct danger *danger,
                const char *call, size_t arch)
{
    const struct rule *rule = question_rule(question, arch, call);
    if (rule == NULL) // then it is the default's, of which lint_whole() speaks
        return;
    diagram set = question_permitted(question, arch, (uint32_t)rule->number[arch]);
    set = narrow(question, danger, arch, lint->arena, set);
    lint->undecided = lint->undecided || set == DIAGRAM_UNDECIDED;
    if (set == DIAGRAM_UNDECIDED || set == DIAGRAM_FALSE)
        return;
    if (danger->free_arg != ANY && !question_free(question, set, (unsigned)danger->free_arg))
        return;
    struct assignment input = question_witness(question, arch, set);
    lint_report(lint, danger->rule, rule->at, strlen(call), "%s %s: %s is let through", call,
                danger->what, question_show(question, lint->arena, &input));
}

void lint_dangers(struct lint *lint, struct question *question)
{
    for (size_t i = 0; i < sizeof(dangers) / sizeof(dangers[0]); i++) {
        const char *next = dangers[i].calls;
        while (*next != '\0') {
            size_t length = strcspn(next, " ");
            const char *call = arena_copy(lint->arena, next, length);
            for (size_t arch = 0; arch < question->policy->arch_count; arch++)
                ask(lint, question, &dangers[i], call, arch);
            next += length;
            next += strspn(next, " ");
        }
    }
}

// SPDX-License-Identifier: ISC
//
// lint_company.c: calls that mean little alone: some need a second one, some make the refusal of
// another pointless.
#include <errno.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <string.h>

#include "architecture.h"
#include "evaluate.h"
#include "lint_checks.h"
#include "syscalls.h"

// Calls that do the same, so that a restriction of one is worth no more than that of the others.
static const char *const groups[][8] = {
    {"open", "openat", "openat2", "creat", "open_by_handle_at"},
    {"read", "readv", "pread64", "preadv", "preadv2"},
    {"write", "writev", "pwrite64", "pwritev", "pwritev2"},
    {"recv", "recvfrom", "recvmsg", "recvmmsg"},
    {"send", "sendto", "sendmsg", "sendmmsg"},
    {"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"},
    {"execve", "execveat"},
    {"clone", "clone3"},
    {"mmap", "mmap2"},
    {"mprotect", "pkey_mprotect"},
    {"accept", "accept4"},
    {"dup", "dup2", "dup3"},
    {"chmod", "fchmod", "fchmodat", "fchmodat2"},
    {"chown", "lchown", "fchown", "fchownat"},
    {"unlink", "unlinkat"},
    {"rename", "renameat", "renameat2"},
    {"link", "linkat"},
    {"symlink", "symlinkat"},
    {"mkdir", "mkdirat"},
    {"mknod", "mknodat"},
    {"setuid", "setreuid", "setresuid", "setfsuid"},
    {"setgid", "setregid", "setresgid", "setfsgid"},
    {"setrlimit", "prlimit64"},
};

// The calls that leave a restart block behind (kernel: futex/waitwake.c, time/hrtimer.c,
// fs/select.c do_sys_poll()); ppoll, select and epoll_wait do not.
static const char *const restarted[] = {"poll", "nanosleep", "clock_nanosleep", "futex"};

struct company {
    struct lint *lint;
    struct question *question;
    size_t arch;
};

static enum reach reach(const struct company *company, const char *call)
{
    enum reach found = question_reach(company->question, company->arch, call);
    company->lint->undecided = company->lint->undecided || found == REACH_UNDECIDED;
    return found;
}

static bool reached(const struct company *company, const char *call)
{
    enum reach found = reach(company, call);
    return found == REACH_SOMETIMES || found == REACH_ALWAYS;
}

static const struct rule *rule_of(const struct company *company, const char *call)
{
    return question_rule(company->question, company->arch, call);
}

// A call that somebody wrote a rule for, and did not let through as a whole.
static bool restricted(const struct company *company, const char *call)
{
    enum reach found = reach(company, call);
    return rule_of(company, call) != NULL && (found == REACH_NEVER || found == REACH_SOMETIMES);
}

static void check_group(const struct company *company, const char *const *group, size_t count)
{
    const char *first = NULL;
    for (size_t i = 0; i < count && group[i] != NULL && first == NULL; i++)
        first = restricted(company, group[i]) ? group[i] : NULL;
    for (size_t i = 0; first != NULL && i < count && group[i] != NULL; i++) {
        const struct rule *rule = rule_of(company, group[i]);
        if (rule == NULL || reach(company, group[i]) != REACH_ALWAYS)
            continue;
        lint_report(company->lint, LINT_ALTERNATIVE, rule->at, strlen(group[i]),
                    "%s is always let through, and %s, which does the same, is restricted in line "
                    "%u",
                    group[i], first, rule_of(company, first)->at.line);
    }
}

static void check_restart(const struct company *company)
{
    if (reach(company, "restart_syscall") == REACH_ALWAYS)
        return;
    for (size_t i = 0; i < sizeof(restarted) / sizeof(restarted[0]); i++) {
        const struct rule *rule = rule_of(company, restarted[i]);
        if (rule != NULL && reached(company, restarted[i]))
            lint_report(company->lint, LINT_RESTART_SYSCALL, rule->at, strlen(rule->name),
                        "%s may be restarted, and restart_syscall is not let through", rule->name);
    }
}

// Only a non-null second argument sets anything.
static void check_sigreturn(const struct company *company)
{
    struct question *question = company->question;
    const struct rule *rule = rule_of(company, "rt_sigaction");
    if (rule == NULL || reach(company, "rt_sigreturn") == REACH_ALWAYS)
        return;
    diagram set =
        question_permitted(question, company->arch, (uint32_t)rule->number[company->arch]);
    set = question_without(question, set, question_null(question, company->arch, 1));
    if (set == DIAGRAM_UNDECIDED)
        company->lint->undecided = true;
    else if (set != DIAGRAM_FALSE)
        lint_report(company->lint, LINT_RT_SIGRETURN, rule->at, strlen(rule->name),
                    "rt_sigaction can set a handler, and rt_sigreturn is not let through");
}

static bool threads(const struct company *company)
{
    struct question *question = company->question;
    const char *name = architecture_name(question->policy->arch[company->arch]);
    unsigned flags = strncmp(name, "s390", 4) == 0 ? 1 : 0;
    int number = syscalls_number(question->policy->arch[company->arch], "clone");
    if (number < 0)
        return false;
    diagram set = question_permitted(question, company->arch, (uint32_t)number);
    set = diagram_and(question->proof->space, set, question_argument(question, flags, 16, 1, 1));
    company->lint->undecided = company->lint->undecided || set == DIAGRAM_UNDECIDED;
    return set != DIAGRAM_FALSE && set != DIAGRAM_UNDECIDED;
}
_Static_assert(CLONE_THREAD == 1 << 16, "the bit that is asked for above");

static void check_exit(const struct company *company)
{
    bool one = reached(company, "exit"), all = reached(company, "exit_group");
    const struct rule *exit_rule = rule_of(company, "exit");
    const struct rule *clone_rule = rule_of(company, "clone");
    if (one && !all && exit_rule != NULL)
        lint_report(company->lint, LINT_EXIT_GROUP, exit_rule->at, strlen("exit"),
                    "exit is let through, and exit_group is not");
    if (all && !one && clone_rule != NULL && threads(company))
        lint_report(company->lint, LINT_THREAD_EXIT, clone_rule->at, strlen("clone"),
                    "threads can be made by clone, and exit is not let through");
}

// What a thread's start gets for clone3; its arguments are not looked at by anybody.
static void check_clone3(const struct company *company)
{
    const struct policy *policy = company->question->policy;
    const struct rule *clone_rule = rule_of(company, "clone");
    int number = syscalls_number(policy->arch[company->arch], "clone3");
    if (number < 0 || clone_rule == NULL || !threads(company) || reached(company, "clone3"))
        return;
    uint64_t values[INPUT_PARAMS_MAX] = {0};
    for (size_t i = 0; i < policy->param_count; i++)
        values[i] = policy->params[i].low;
    struct seccomp_data data = {.nr = number, .arch = policy->arch[company->arch]};
    if (policy_evaluate(policy, values, &data, NULL, NULL) != (SECCOMP_RET_ERRNO | ENOSYS))
        lint_report(company->lint, LINT_CLONE3_ERRNO, clone_rule->at, strlen("clone"),
                    "threads can be made by clone, and clone3 does not fail with ENOSYS");
}

// Architectures that one machine runs side by side: 64 bits and 32 bits.
static const uint32_t machines[][2] = {
    {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386},      {AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM},
    {AUDIT_ARCH_PPC64, AUDIT_ARCH_PPC},        {AUDIT_ARCH_S390X, AUDIT_ARCH_S390},
    {AUDIT_ARCH_MIPS64, AUDIT_ARCH_MIPS},      {AUDIT_ARCH_MIPSEL64, AUDIT_ARCH_MIPSEL},
    {AUDIT_ARCH_MIPS64, AUDIT_ARCH_MIPS64N32}, {AUDIT_ARCH_MIPSEL64, AUDIT_ARCH_MIPSEL64N32},
    {AUDIT_ARCH_PARISC64, AUDIT_ARCH_PARISC},
};

// Is what this side refuses of a call let through by the other one?
static void compare_archs(const struct company *here, const struct company *there, const char *call)
{
    const struct rule *rule = rule_of(there, call);
    const struct policy *policy = here->question->policy;
    if (rule == NULL || syscalls_number(policy->arch[here->arch], call) < 0)
        return;
    enum reach near = reach(here, call), far = reach(there, call);
    bool lost = near == REACH_NEVER && (far == REACH_SOMETIMES || far == REACH_ALWAYS);
    bool loose = near == REACH_SOMETIMES && far == REACH_ALWAYS;
    if (lost || loose)
        lint_report(here->lint, LINT_ARCH_PARTIAL, rule->at, strlen(call),
                    "%s is let through on %s, and %s on %s", call,
                    architecture_name(policy->arch[there->arch]), lost ? "refused" : "only in part",
                    architecture_name(policy->arch[here->arch]));
}

static bool one_machine(uint32_t left, uint32_t right)
{
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
        if ((machines[i][0] == left && machines[i][1] == right) ||
            (machines[i][1] == left && machines[i][0] == right))
            return true;
    return false;
}

static void check_machine(const struct company *company)
{
    const struct policy *policy = company->question->policy;
    for (size_t other = 0; other < policy->arch_count; other++) {
        if (!one_machine(policy->arch[company->arch], policy->arch[other]))
            continue;
        struct company there = {company->lint, company->question, other};
        for (size_t i = 0; i < policy->rule_count; i++)
            compare_archs(company, &there, policy->rules[i].name);
    }
}

void lint_company(struct lint *lint, struct question *question)
{
    for (size_t arch = 0; arch < question->policy->arch_count; arch++) {
        struct company company = {lint, question, arch};
        for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
            check_group(&company, groups[i], sizeof(groups[i]) / sizeof(groups[i][0]));
        check_restart(&company);
        check_sigreturn(&company);
        check_exit(&company);
        check_clone3(&company);
        check_machine(&company);
    }
}

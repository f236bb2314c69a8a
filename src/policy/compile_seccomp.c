// SPDX-License-Identifier: ISC
//
// compile_seccomp.c: the tree as libseccomp rules.
//
// One rule a call: what several rules on one call come to is not the "or" of them in every case, so
// that is left to our own generator. libseccomp runs in a child, since it does not always return.
#include "compile_seccomp.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <unistd.h>

#include "architecture.h"
#include "arena.h"
#include "child.h"

enum { TIME_LIMIT_MS = 10000, ARGS = 6, FAILED = 1 };

static bool atom_fits(const struct atom *atom)
{
    switch (atom->compare) {
    case COMPARE_EQ:
    case COMPARE_MASKED_EQ:
    case COMPARE_IN: return true;
    case COMPARE_ANY: // a single bit is a masked equality; several are an "or"
        return atom->mask != 0 && (atom->mask & (atom->mask - 1)) == 0;
    default: return !atom->narrow;
    }
}

static bool conjunction_fits(const struct conjunction *conjunction)
{
    unsigned seen = 0;
    for (size_t i = 0; i < conjunction->count; i++) {
        const struct atom *atom = &conjunction->atoms[i];
        if ((seen >> atom->arg & 1) != 0 || !atom_fits(atom))
            return false;
        seen |= 1U << atom->arg;
    }
    return true;
}

static bool rule_fits(const struct policy *policy, const struct rule *rule)
{
    if (rule->clause_count == 0)
        return true;
    const struct clause *clause = &rule->clauses[0];
    return rule->clause_count == 1 && clause->when.count == 1 &&
           rule->otherwise == policy->default_action && clause->action != rule->otherwise &&
           conjunction_fits(&clause->when.any[0]);
}

bool compile_seccomp_can(const struct policy *policy)
{
    uint32_t arch = policy->arch[0];
    if (arch != SCMP_ARCH_X86_64 && arch != SCMP_ARCH_AARCH64 && arch != SCMP_ARCH_RISCV64)
        return false;
    for (size_t i = 0; i < policy->rule_count; i++)
        if (!rule_fits(policy, &policy->rules[i]))
            return false;
    return true;
}

// All compares are of 64 bits; the lower half alone is a masked equality.
static struct scmp_arg_cmp to_seccomp(const struct atom *atom)
{
    static const enum scmp_compare operators[] = {
        [COMPARE_EQ] = SCMP_CMP_EQ, [COMPARE_NE] = SCMP_CMP_NE, [COMPARE_LT] = SCMP_CMP_LT,
        [COMPARE_LE] = SCMP_CMP_LE, [COMPARE_GT] = SCMP_CMP_GT, [COMPARE_GE] = SCMP_CMP_GE,
    };
    uint64_t all = atom->narrow ? UINT32_MAX : UINT64_MAX;
    struct scmp_arg_cmp compare = {.arg = atom->arg, .op = SCMP_CMP_MASKED_EQ};
    switch (atom->compare) {
    case COMPARE_ANY: compare.datum_a = compare.datum_b = atom->mask; break;
    case COMPARE_MASKED_EQ:
        compare.datum_a = atom->mask;
        compare.datum_b = atom->value;
        break;
    case COMPARE_IN: compare.datum_a = all & ~atom->mask; break;
    default:
        compare.datum_a = atom->narrow ? all : atom->value;
        compare.datum_b = atom->narrow ? atom->value : 0;
        compare.op = atom->narrow ? SCMP_CMP_MASKED_EQ : operators[atom->compare];
    }
    return compare;
}

// libseccomp takes a call by this machine's number for it, or by a number of its own where this
// machine has no such call, and translates.
static int call_number(const struct policy *policy, const struct rule *rule)
{
    if (policy->arch[0] == seccomp_arch_native())
        return rule->number[0];
    return seccomp_syscall_resolve_name(rule->name);
}

static int add_rule(scmp_filter_ctx context, const struct policy *policy, const struct rule *rule)
{
    struct scmp_arg_cmp compares[ARGS];
    unsigned count = 0;
    uint32_t action = rule->otherwise;
    if (rule->clause_count == 0 && action == policy->default_action)
        return 0; // says what the default says anyway, and libseccomp takes no such rule
    if (rule->clause_count == 1) {
        const struct conjunction *when = &rule->clauses[0].when.any[0];
        action = rule->clauses[0].action;
        for (size_t i = 0; i < when->count; i++)
            compares[count++] = to_seccomp(&when->atoms[i]);
    }
    int number = call_number(policy, rule);
    if (number == __NR_SCMP_ERROR)
        return -ESRCH;
    return seccomp_rule_add_exact_array(context, action, number, count, compares);
}

static int set_up(scmp_filter_ctx context, const struct policy *policy)
{
    uint32_t arch = policy->arch[0];
    int status = 0;
    if (arch != seccomp_arch_native()) {
        status = seccomp_arch_add(context, arch);
        if (status == 0)
            status = seccomp_arch_remove(context, SCMP_ARCH_NATIVE);
    }
    if (status == 0)
        status = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, policy->bad_arch_action);
    for (size_t i = 0; status == 0 && i < policy->rule_count; i++)
        status = add_rule(context, policy, &policy->rules[i]);
    return status;
}

// Runs in the child: writes the program, or exits with a failure. The level of the kernel's
// interface is set, not asked for: the program may be for another kernel than this one.
static void build(int fd, const void *argument)
{
    enum { API_LEVEL = 6 };
    const struct policy *policy = argument;
    if (seccomp_api_set(API_LEVEL) != 0)
        _exit(FAILED);
    scmp_filter_ctx context = seccomp_init(policy->default_action);
    if (context == NULL || set_up(context, policy) != 0 || seccomp_export_bpf(context, fd) != 0)
        _exit(FAILED);
}

bool compile_seccomp(const struct policy *policy, struct program *program)
{
    size_t room = BPF_MAXINSNS * sizeof(struct sock_filter);
    struct sock_filter *insns = arena_alloc(policy->arena, room, 1);
    long length = child_run(build, policy, insns, room, TIME_LIMIT_MS);
    if (length <= 0 || (size_t)length % sizeof(*insns) != 0)
        return false;
    *program = (struct program){insns, (size_t)length / sizeof(*insns)};
    return true;
}

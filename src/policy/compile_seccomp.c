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

// Why it cannot be said, or NULL; likewise the next two.
static const char *atom_obstacle(const struct atom *atom)
{
    switch (atom->compare) {
    case COMPARE_EQ:
    case COMPARE_MASKED_EQ:
    case COMPARE_IN: return NULL;
    case COMPARE_ANY: // a single bit is a masked equality; several are an "or"
        return atom->mask != 0 && (atom->mask & (atom->mask - 1)) == 0
                   ? NULL
                   : "it asks for any of several bits: ask for one";
    default:
        return atom->narrow ? "it has ':u32' with another compare than '==': compare all 64 bits"
                            : NULL;
    }
}

static const char *conjunction_obstacle(const struct conjunction *conjunction)
{
    unsigned seen = 0;
    for (size_t i = 0; i < conjunction->count; i++) {
        const struct atom *atom = &conjunction->atoms[i];
        const char *obstacle = atom_obstacle(atom);
        if ((seen >> atom->arg & 1) != 0)
            return "it asks one argument twice: write one condition for each";
        if (obstacle != NULL)
            return obstacle;
        seen |= 1U << atom->arg;
    }
    return NULL;
}

static const char *rule_obstacle(const struct policy *policy, const struct rule *rule)
{
    if (rule->clause_count == 0)
        return NULL;
    const struct clause *clause = &rule->clauses[0];
    if (rule->clause_count > 1)
        return "it has several conditions with a result each: write one";
    if (clause->when.count > 1)
        return "it has '||': write one condition, with '&&' alone";
    if (rule->otherwise != policy->default_action)
        return "what it says otherwise is not the default: leave that to @default";
    if (clause->action == rule->otherwise)
        return "its result is the default: leave the rule out";
    return conjunction_obstacle(&clause->when.any[0]);
}

// Rules are refused by name and place, with `why` and what helps in any case.
static const char *refuse(const struct policy *policy, const struct rule *rule, const char *why)
{
    const struct position *at = &rule->at;
    return arena_format(policy->arena, "%s at %s:%u:%u: %s, or take --compiler=own", rule->name,
                        at->file, at->line, at->column, why);
}

// Why libseccomp is not asked, or NULL.
static const char *find_obstacle(const struct policy *policy)
{
    uint32_t arch = policy->arch[0];
    if (arch != SCMP_ARCH_X86_64 && arch != SCMP_ARCH_AARCH64 && arch != SCMP_ARCH_RISCV64)
        return "it is asked for x86_64, aarch64 and riscv64 alone: take --compiler=own";
    for (size_t i = 0; i < policy->rule_count; i++) {
        const char *obstacle = rule_obstacle(policy, &policy->rules[i]);
        if (obstacle != NULL)
            return refuse(policy, &policy->rules[i], obstacle);
    }
    return NULL;
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

// libseccomp's answer, in front of the program if there is one. Its size is an instruction's.
struct answer {
    int32_t error; // errno, or 0
    uint32_t rule; // how many it was told; with an error: which it refused, from 1, or 0
};

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
    return status;
}

static struct answer tell(scmp_filter_ctx context, const struct policy *policy)
{
    struct answer answer = {.error = -set_up(context, policy)};
    while (answer.error == 0 && answer.rule < policy->rule_count)
        answer.error = -add_rule(context, policy, &policy->rules[answer.rule++]);
    return answer;
}

// Runs in the child: writes the answer and the program, or exits with a failure. The level of the
// kernel's interface is set, not asked for: the program may be for another kernel than this one.
static void build(int fd, const void *argument)
{
    enum { API_LEVEL = 6 };
    const struct policy *policy = argument;
    struct answer answer = {.error = EINVAL};
    int status = seccomp_api_set(API_LEVEL);
    scmp_filter_ctx context = seccomp_init(policy->default_action);
    if (context != NULL)
        answer = tell(context, policy);
    if (status != 0 || write(fd, &answer, sizeof(answer)) != sizeof(answer) ||
        (answer.error == 0 && seccomp_export_bpf(context, fd) != 0))
        _exit(FAILED);
}

// What libseccomp has refused, in words.
static const char *explain(const struct policy *policy, const struct answer *answer)
{
    if (answer->rule == 0)
        return "it does not take @default or @badarch: take --compiler=own";
    const char *why =
        arena_format(policy->arena, "it answers '%s': write it otherwise", strerror(answer->error));
    return refuse(policy, &policy->rules[answer->rule - 1], why);
}

bool compile_seccomp(const struct policy *policy, struct program *program, const char **why)
{
    struct answer answer;
    const size_t room = sizeof(answer) + BPF_MAXINSNS * sizeof(struct sock_filter);
    _Static_assert(sizeof(answer) == sizeof(struct sock_filter), "the program stays aligned");
    *why = find_obstacle(policy);
    if (*why != NULL)
        return false;
    struct sock_filter *insns = arena_alloc(policy->arena, room, 1);
    const long length = child_run(build, policy, insns, room, TIME_LIMIT_MS);
    *why = "it failed, or took more than 10 seconds: take --compiler=own";
    if (length < (long)sizeof(answer) || (size_t)length % sizeof(*insns) != 0)
        return false;
    memcpy(&answer, insns, sizeof(answer));
    if (answer.error != 0) {
        *why = explain(policy, &answer);
        return false;
    }
    if (length == (long)sizeof(answer))
        return false;
    *program = (struct program){insns + 1, (size_t)length / sizeof(*insns) - 1};
    return true;
}

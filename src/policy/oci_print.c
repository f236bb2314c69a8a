// SPDX-License-Identifier: ISC
//
// oci_print.c: the tree as a profile. What cannot be said is refused; whether what is said comes
// out as it was meant is for a proof to tell: several entries on one call may get in each other's
// way.
#include <ctype.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <string.h>

#include "action.h"
#include "architecture.h"
#include "json.h"
#include "oci.h"
#include "oci_words.h"
#include "syscalls.h"

struct printer {
    FILE *stream;
    const struct policy *policy;
    struct diagnostics *diagnostics;
    const char *before; // the next entry
    bool good;
};

static void refuse(struct printer *printer, struct position at, const char *name, const char *why)
{
    diagnose(printer->diagnostics, SEVERITY_ERROR, at, 1, "'%s': no profile can say it: %s", name,
             why);
    printer->good = false;
}

// The atom as a profile has it; false when it cannot. Half a register is a mask; so is a single
// bit.
static bool to_profile(const struct atom *atom, struct atom *to)
{
    uint64_t all = atom->narrow ? UINT32_MAX : UINT64_MAX;
    bool single = atom->mask != 0 && (atom->mask & (atom->mask - 1)) == 0;
    *to = *atom;
    to->narrow = false;
    if (atom->param != NO_PARAM)
        return false;
    switch (atom->compare) {
    case COMPARE_EQ:
        to->compare = atom->narrow ? COMPARE_MASKED_EQ : COMPARE_EQ;
        to->mask = all;
        return true;
    case COMPARE_IN:
        to->mask = all & ~atom->mask;
        to->value = 0;
        break;
    case COMPARE_ANY:
        to->value = atom->mask;
        if (!single)
            return false;
        break;
    case COMPARE_MASKED_EQ: return (atom->value & ~atom->mask) == 0;
    default: return !atom->narrow;
    }
    to->compare = COMPARE_MASKED_EQ;
    return true;
}

static const char *conjunction_fault(const struct conjunction *conjunction)
{
    struct atom to;
    unsigned seen = 0;
    for (size_t i = 0; i < conjunction->count; i++) {
        const struct atom *atom = &conjunction->atoms[i];
        if ((seen >> atom->arg & 1) != 0)
            return "one argument is tested twice: such args are alternatives";
        if (!to_profile(atom, &to))
            return "it has no such test";
        seen |= 1U << atom->arg;
    }
    return NULL;
}

// Entries stand for every architecture that has the call.
static bool stands_everywhere(const struct policy *policy, const struct rule *rule)
{
    for (size_t i = 0; i < policy->arch_count; i++)
        if ((rule->archs >> i & 1) == 0 && syscalls_number(policy->arch[i], rule->name) >= 0)
            return false;
    return true;
}

static void check_rule(struct printer *printer, const struct rule *rule)
{
    if (!stands_everywhere(printer->policy, rule))
        refuse(printer, rule->at, rule->name, "it is not for all architectures that have the call");
    if (oci_action_word(rule->otherwise) == NULL)
        refuse(printer, rule->otherwise_at, rule->name, "it has no such action");
    if (rule->clause_count > 0 && rule->otherwise != printer->policy->default_action)
        refuse(printer, rule->otherwise_at, rule->name,
               "what meets no condition gets the default action");
    for (size_t i = 0; i < rule->clause_count; i++) {
        const struct clause *clause = &rule->clauses[i];
        const char *fault =
            oci_action_word(clause->action) == NULL ? "it has no such action" : NULL;
        for (size_t j = 0; fault == NULL && j < clause->when.count; j++)
            fault = conjunction_fault(&clause->when.any[j]);
        if (fault != NULL)
            refuse(printer, clause->at, rule->name, fault);
    }
}

static void print_action(FILE *stream, uint32_t action, const char *key, const char *data_key)
{
    uint32_t kind = action & SECCOMP_RET_ACTION_FULL;
    fprintf(stream, "\"%s\": \"%s\"", key, oci_action_word(action));
    if (kind == SECCOMP_RET_ERRNO || kind == SECCOMP_RET_TRACE)
        fprintf(stream, ", \"%s\": %u", data_key, action & SECCOMP_RET_DATA);
}

static void print_atom(FILE *stream, const struct atom *atom)
{
    struct atom to;
    to_profile(atom, &to);
    bool masked = to.compare == COMPARE_MASKED_EQ;
    fprintf(stream, "{\"index\": %u, \"value\": %" PRIu64, to.arg, masked ? to.mask : to.value);
    if (masked)
        fprintf(stream, ", \"valueTwo\": %" PRIu64, to.value);
    fprintf(stream, ", \"op\": \"%s\"}", oci_compare_word(to.compare));
}

static void begin_entry(struct printer *printer)
{
    fprintf(printer->stream, "%s\n    {\"names\": [", printer->before);
    printer->before = ",";
}

static void print_conjunction(struct printer *printer, const struct rule *rule, uint32_t action,
                              const struct conjunction *conjunction)
{
    begin_entry(printer);
    json_string(printer->stream, rule->name);
    fputs("], ", printer->stream);
    print_action(printer->stream, action, "action", "errnoRet");
    fputs(", \"args\": [", printer->stream);
    for (size_t i = 0; i < conjunction->count; i++) {
        fputs(i == 0 ? "" : ", ", printer->stream);
        print_atom(printer->stream, &conjunction->atoms[i]);
    }
    fputs("]}", printer->stream);
}

static void print_conditional(struct printer *printer, const struct rule *rule)
{
    for (size_t i = 0; i < rule->clause_count; i++)
        for (size_t j = 0; j < rule->clauses[i].when.count; j++)
            print_conjunction(printer, rule, rule->clauses[i].action,
                              &rule->clauses[i].when.any[j]);
}

static bool is_plain(const struct rule *rule, uint32_t action)
{
    return rule->clause_count == 0 && rule->otherwise == action;
}

// All calls that get one action whatever their arguments, in one entry, where the first of them
// stands.
static void print_plain(struct printer *printer, size_t first)
{
    const struct policy *policy = printer->policy;
    uint32_t action = policy->rules[first].otherwise;
    const char *before = "";
    for (size_t i = 0; i < first; i++)
        if (is_plain(&policy->rules[i], action))
            return;
    if (action == policy->default_action)
        return;
    begin_entry(printer);
    for (size_t i = first; i < policy->rule_count; i++) {
        if (!is_plain(&policy->rules[i], action))
            continue;
        fputs(before, printer->stream);
        json_string(printer->stream, policy->rules[i].name);
        before = ", ";
    }
    fputs("], ", printer->stream);
    print_action(printer->stream, action, "action", "errnoRet");
    fputs("}", printer->stream);
}

static void print_archs(FILE *stream, const struct policy *policy)
{
    for (size_t i = 0; i < policy->arch_count; i++) {
        fputs(i == 0 ? "\"SCMP_ARCH_" : ", \"SCMP_ARCH_", stream);
        for (const char *at = architecture_name(policy->arch[i]); *at != '\0'; at++)
            fputc(toupper((unsigned char)*at), stream);
        fputc('"', stream);
    }
}

bool oci_print(FILE *stream, const struct policy *policy, struct diagnostics *diagnostics)
{
    struct printer printer = {stream, policy, diagnostics, "", true};
    if (oci_action_word(policy->default_action) == NULL)
        refuse(&printer, policy->default_at, "@default", "it has no such action");
    for (size_t i = 0; i < policy->rule_count; i++)
        check_rule(&printer, &policy->rules[i]);
    if (!printer.good)
        return false;
    fputs("{\n  ", stream);
    print_action(stream, policy->default_action, "defaultAction", "defaultErrnoRet");
    fputs(",\n  \"architectures\": [", stream);
    print_archs(stream, policy);
    fputs("],\n  \"syscalls\": [", stream);
    for (size_t i = 0; i < policy->rule_count; i++)
        if (policy->rules[i].clause_count > 0)
            print_conditional(&printer, &policy->rules[i]);
        else
            print_plain(&printer, i);
    fputs(*printer.before == '\0' ? "]\n}\n" : "\n  ]\n}\n", stream);
    return true;
}

// SPDX-License-Identifier: ISC
//
// attest_facts.c: the parameters of a policy, held against /proc.
//
// For echocell's own policies it is known what a parameter must be. For any other one, the calls in
// which it is compared tell what it is, and only what cannot be right is wrong.
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "attest.h"

enum meaning { MEANS_NUMBER, MEANS_PID, MEANS_SOCKET, MEANS_DESCRIPTOR };

static const struct {
    const char *call;
    unsigned arg;
    enum meaning meaning;
} uses[] = {
    {"kill", 0, MEANS_PID},          {"tkill", 0, MEANS_PID},
    {"tgkill", 0, MEANS_PID},        {"pidfd_open", 0, MEANS_PID},
    {"prlimit64", 0, MEANS_PID},     {"rt_sigqueueinfo", 0, MEANS_PID},
    {"recvfrom", 0, MEANS_SOCKET},   {"recvmsg", 0, MEANS_SOCKET},
    {"recvmmsg", 0, MEANS_SOCKET},   {"sendto", 0, MEANS_SOCKET},
    {"sendmsg", 0, MEANS_SOCKET},    {"sendmmsg", 0, MEANS_SOCKET},
    {"accept", 0, MEANS_SOCKET},     {"accept4", 0, MEANS_SOCKET},
    {"shutdown", 0, MEANS_SOCKET},   {"setsockopt", 0, MEANS_SOCKET},
    {"getsockopt", 0, MEANS_SOCKET}, {"read", 0, MEANS_DESCRIPTOR},
    {"write", 0, MEANS_DESCRIPTOR},  {"readv", 0, MEANS_DESCRIPTOR},
    {"writev", 0, MEANS_DESCRIPTOR}, {"close", 0, MEANS_DESCRIPTOR},
    {"ioctl", 0, MEANS_DESCRIPTOR},  {"fcntl", 0, MEANS_DESCRIPTOR},
};

static enum meaning use_of(const char *call, const struct atom *atom, int param)
{
    for (size_t i = 0; atom->param == param && i < sizeof(uses) / sizeof(uses[0]); i++)
        if (uses[i].arg == atom->arg && strcmp(uses[i].call, call) == 0)
            return uses[i].meaning;
    return MEANS_NUMBER;
}

static enum meaning meaning_in(const char *call, const struct expression *when, int param)
{
    enum meaning meaning = MEANS_NUMBER;
    for (size_t i = 0; i < when->count; i++)
        for (size_t j = 0; j < when->any[i].count && meaning == MEANS_NUMBER; j++)
            meaning = use_of(call, &when->any[i].atoms[j], param);
    return meaning;
}

static enum meaning meaning_of(const struct policy *policy, int param)
{
    enum meaning meaning = MEANS_NUMBER;
    for (size_t i = 0; i < policy->rule_count; i++)
        for (size_t j = 0; j < policy->rules[i].clause_count && meaning == MEANS_NUMBER; j++)
            meaning = meaning_in(policy->rules[i].name, &policy->rules[i].clauses[j].when, param);
    return meaning;
}

__attribute__((format(printf, 3, 4))) static void say(struct fact *fact, bool wrong,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fact->says, sizeof(fact->says), format, arguments);
    va_end(arguments);
    fact->wrong = wrong;
}

// Whose number it is, in the words of the process itself.
static void say_pid(const struct kin *kin, const struct role *role, uint64_t value,
                    struct fact *fact)
{
    bool is_parent = kin->parental != 0 && value == kin->parental;
    bool is_self = value == kin->own;
    bool wrong = role != NULL && !(role->parent ? is_parent : is_self);
    if (is_self)
        say(fact, wrong, "the process itself%s", wrong ? ", but should be its parent" : "");
    else if (is_parent)
        say(fact, wrong, "its parent%s", wrong ? ", but should be the process itself" : "");
    else
        say(fact, wrong, "neither the process itself nor its parent%s%s",
            wrong ? ", but should be " : "",
            !wrong         ? ""
            : role->parent ? "the parent"
                           : "the process itself");
}

static void say_descriptor(const struct process *process, bool socket, uint64_t value,
                           struct fact *fact)
{
    char text[FACT_BYTES - 16];
    if (value > INT32_MAX || !process_descriptor(process, (unsigned)value, text, sizeof(text)))
        say(fact, false, "not open, or not to be seen");
    else
        say(fact, socket && strncmp(text, "socket:", 7) != 0, "%s%s", text,
            socket && strncmp(text, "socket:", 7) != 0 ? ", not a socket" : "");
}

static void check_param(const struct process *process, const struct kin *kin,
                        const struct match *match, size_t param, struct facts *facts)
{
    const struct candidate *candidate = match->candidate;
    uint64_t value = match->values[param];
    enum meaning meaning = meaning_of(candidate->policy, (int)param);
    struct fact *fact = &facts->list[facts->count++];
    snprintf(fact->what, sizeof(fact->what), "$%s = %" PRIu64,
             candidate->policy->params[param].name, value);
    if (match->any_value)
        say(fact, false, "of no influence, or one of several");
    else if (meaning == MEANS_PID)
        say_pid(kin, candidate->role, value, fact);
    else if (meaning != MEANS_NUMBER)
        say_descriptor(process, meaning == MEANS_SOCKET, value, fact);
    else
        say(fact, false, "a number");
}

void facts_collect(const struct process *process, const struct kin *kin, const struct match *match,
                   struct facts *facts)
{
    const struct candidate *candidate = match->candidate;
    for (size_t i = 0; i < candidate->policy->param_count; i++)
        check_param(process, kin, match, i, facts);
    if (candidate->role != NULL && candidate->role->socket) {
        struct fact *fact = &facts->list[facts->count++];
        snprintf(fact->what, sizeof(fact->what), "descriptor 0");
        say_descriptor(process, true, 0, fact);
    }
}

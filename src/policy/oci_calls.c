// SPDX-License-Identifier: ISC
//
// oci_calls.c: what the entries say, sorted by call, as libseccomp hands it to each architecture.
#include <stdio.h>
#include <string.h>

#include "action.h"
#include "architecture.h"
#include "oci_read.h"
#include "syscalls.h"

enum { SOCKET_CALLS = 20 };

// Calls that some architectures have behind a gate: the first argument of socketcall(2) and ipc(2)
// (linux/net.h SYS_*, linux/ipc.h).
static const struct gated {
    const char *name;
    const char *gate;
    unsigned number;
} gated[] = {
    {"socket", "socketcall", 1},
    {"bind", "socketcall", 2},
    {"connect", "socketcall", 3},
    {"listen", "socketcall", 4},
    {"accept", "socketcall", 5},
    {"getsockname", "socketcall", 6},
    {"getpeername", "socketcall", 7},
    {"socketpair", "socketcall", 8},
    {"send", "socketcall", 9},
    {"recv", "socketcall", 10},
    {"sendto", "socketcall", 11},
    {"recvfrom", "socketcall", 12},
    {"shutdown", "socketcall", 13},
    {"setsockopt", "socketcall", 14},
    {"getsockopt", "socketcall", 15},
    {"sendmsg", "socketcall", 16},
    {"recvmsg", "socketcall", 17},
    {"accept4", "socketcall", 18},
    {"recvmmsg", "socketcall", 19},
    {"sendmmsg", "socketcall", SOCKET_CALLS},
    {"semop", "ipc", 1},
    {"semget", "ipc", 2},
    {"semctl", "ipc", 3},
    {"semtimedop", "ipc", 4},
    {"msgsnd", "ipc", 11},
    {"msgrcv", "ipc", 12},
    {"msgget", "ipc", 13},
    {"msgctl", "ipc", 14},
    {"shmat", "ipc", 21},
    {"shmdt", "ipc", 22},
    {"shmget", "ipc", 23},
    {"shmctl", "ipc", 24},
};

static const struct gated *find_gate(const char *name)
{
    for (size_t i = 0; i < sizeof(gated) / sizeof(gated[0]); i++)
        if (strcmp(gated[i].name, name) == 0)
            return &gated[i];
    return NULL;
}

static struct oci_call *call_named(struct oci_loader *loader, const char *name)
{
    const struct policy *policy = loader->policy;
    for (size_t i = 0; i < loader->call_count; i++)
        if (strcmp(loader->calls[i].name, name) == 0)
            return &loader->calls[i];
    loader->calls =
        arena_room(loader->arena, loader->calls, loader->call_count, sizeof(*loader->calls));
    struct oci_call *call = &loader->calls[loader->call_count++];
    *call = (struct oci_call){.name = name};
    for (size_t i = 0; i < POLICY_ARCH_MAX; i++) {
        call->number[i] = i < policy->arch_count ? syscalls_number(policy->arch[i], name) : -1;
        if (call->number[i] >= 0)
            call->archs |= UINT32_C(1) << i;
    }
    return call;
}

static void append(struct oci_loader *loader, struct oci_call *call,
                   const struct oci_condition *condition, uint32_t archs)
{
    if (archs == 0)
        return;
    if (call->count == OCI_CONDITIONS) {
        diagnose(loader->diagnostics, SEVERITY_ERROR, condition->at, condition->width,
                 "more than %d entries for '%s'", OCI_CONDITIONS, call->name);
        return;
    }
    call->conditions = arena_room(loader->arena, call->conditions, call->count, sizeof(*condition));
    struct oci_condition *to = &call->conditions[call->count++];
    *to = *condition;
    to->archs = archs;
    to->atoms = arena_alloc(loader->arena, condition->count, sizeof(struct atom));
    to->count = 0;
    // A compare under an empty mask always holds; libseccomp leaves it out.
    for (size_t i = 0; i < condition->count; i++)
        if (condition->atoms[i].compare != COMPARE_MASKED_EQ || condition->atoms[i].mask != 0)
            to->atoms[to->count++] = condition->atoms[i];
}

// The low halves of all numbers. True when that changes any.
static bool low_halves(struct oci_loader *loader, const struct oci_condition *condition,
                       struct oci_condition *low)
{
    bool changed = false;
    *low = *condition;
    low->atoms = arena_alloc(loader->arena, condition->count, sizeof(struct atom));
    for (size_t i = 0; i < condition->count; i++) {
        struct atom *atom = &low->atoms[i];
        *atom = condition->atoms[i];
        changed = changed || atom->mask > UINT32_MAX || atom->value > UINT32_MAX;
        atom->mask &= UINT32_MAX;
        atom->value &= UINT32_MAX;
    }
    return changed;
}

static void append_widths(struct oci_loader *loader, struct oci_call *call,
                          const struct oci_condition *condition, uint32_t archs)
{
    struct oci_condition low;
    uint32_t narrow = archs & ~loader->wide;
    if (narrow == 0 || !low_halves(loader, condition, &low)) {
        append(loader, call, condition, archs);
        return;
    }
    diagnose(
        loader->diagnostics, SEVERITY_WARNING, condition->at, condition->width,
        "a number for '%s' has more than 32 bits: where registers have 32, its low half counts",
        call->name);
    append(loader, call, condition, archs & loader->wide);
    append(loader, call, &low, narrow);
}

static const char *arch_names(struct oci_loader *loader, uint32_t archs)
{
    const char *names = "";
    for (size_t i = 0; i < loader->policy->arch_count; i++)
        if ((archs >> i & 1) != 0)
            names = arena_format(loader->arena, "%s%s%s", names, *names == '\0' ? "" : ", ",
                                 architecture_name(loader->policy->arch[i]));
    return names;
}

// What is said of `socket` is said of socketcall with 1 as its first argument (libseccomp
// abi_rule_add()); that takes the place of what was said of the first argument.
static void append_gate(struct oci_loader *loader, size_t behind, const struct gated *gate,
                        const struct oci_condition *condition)
{
    struct oci_call *call = call_named(loader, gate->gate);
    struct atom first = {
        .at = condition->at, .compare = COMPARE_EQ, .value = gate->number, .param = NO_PARAM};
    struct oci_condition gated_condition = *condition;
    size_t skip = condition->count > 0 && condition->atoms[0].arg == 0 ? 1 : 0;
    size_t count = condition->count - skip;
    struct atom *atoms = arena_alloc(loader->arena, count + 1, sizeof(*atoms));
    if (call->archs == 0)
        return;
    atoms[0] = first;
    if (count > 0)
        memcpy(atoms + 1, condition->atoms + skip, count * sizeof(*atoms));
    gated_condition.atoms = atoms;
    gated_condition.count = count + 1;
    gated_condition.gated = true;
    append_widths(loader, call, &gated_condition, call->archs);
    if (condition->count == 0 || loader->calls[behind].gate_reported)
        return;
    loader->calls[behind].gate_reported = true;
    diagnose(loader->diagnostics, SEVERITY_WARNING, condition->at, condition->width,
             "on %s '%s' is also reached through %s, where its arguments are in memory and no "
             "filter sees them",
             arch_names(loader, call->archs), gate->name, gate->gate);
}

// Each name once, whatever is said of it, and how often.
static void note_unknown(struct oci_loader *loader, struct oci_call *call,
                         const struct oci_value *name)
{
    if (call->unknown_reported)
        return;
    call->unknown_reported = true;
    if (loader->unknown_count < OCI_UNKNOWN)
        loader->unknown[loader->unknown_count] = name;
    loader->unknown_count++;
}

void oci_add(struct oci_loader *loader, const struct oci_value *name,
             const struct oci_condition *condition)
{
    struct oci_call *call = call_named(loader, name->text);
    const struct gated *gate = find_gate(name->text);
    size_t index = (size_t)(call - loader->calls);
    if (call->archs == 0 && gate == NULL && !syscalls_known(name->text)) {
        note_unknown(loader, call, name);
        return;
    }
    if (condition->action == loader->policy->default_action)
        return;
    append_widths(loader, call, condition, call->archs);
    if (gate != NULL)
        append_gate(loader, index, gate, condition);
}

void oci_report_unknown(struct oci_loader *loader)
{
    const char *names = "";
    size_t shown = loader->unknown_count < OCI_UNKNOWN ? loader->unknown_count : OCI_UNKNOWN;
    if (shown == 0)
        return;
    for (size_t i = 0; i < shown; i++)
        names = arena_format(loader->arena, "%s%s%s", names, i == 0 ? "" : ", ",
                             loader->unknown[i]->text);
    const struct oci_value *first = loader->unknown[0];
    diagnose(loader->diagnostics, SEVERITY_WARNING, first->at, first->width,
             "%zu name%s not known here on any architecture and say%s nothing: %s%s",
             loader->unknown_count, loader->unknown_count == 1 ? " is" : "s are",
             loader->unknown_count == 1 ? "s" : "", names,
             shown < loader->unknown_count ? ", ..." : "");
    const char *nearest = syscalls_nearest(loader->machine, first->text);
    if (nearest != NULL)
        diagnose_hint(loader->diagnostics, "did you mean %s?", nearest);
}

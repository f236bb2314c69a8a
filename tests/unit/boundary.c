// SPDX-License-Identifier: ISC
//
// boundary.c: chooses the calls and compares.
#include "boundary.h"

#include <string.h>

#include "architecture.h"
#include "arena.h"
#include "evaluate.h"

enum { ARGS = 6, RANDOM_CALLS = 64, CANDIDATES = 4096, CALLS = 1000000 };

struct probe {
    const struct policy *policy;
    struct program program; // holes filled
    struct boundary_difference *found;
    uint64_t random;
    size_t calls; // that may still be made
    bool big_endian;
};

struct candidates {
    uint64_t values[CANDIDATES];
    size_t count;
};

// xorshift64: the same calls in every run.
static uint64_t next_random(struct probe *probe)
{
    probe->random ^= probe->random << 13;
    probe->random ^= probe->random >> 7;
    probe->random ^= probe->random << 17;
    return probe->random;
}

// The same call as a big-endian kernel lays it out, read by 32-bit loads at the same offsets.
static struct seccomp_data swap_halves(struct seccomp_data data)
{
    for (size_t i = 0; i < ARGS; i++)
        data.args[i] = data.args[i] << 32 | data.args[i] >> 32;
    return data;
}

static bool try_call(struct probe *probe, const struct seccomp_data *data)
{
    if (probe->calls == 0)
        return true;
    probe->calls--;
    struct seccomp_data seen = probe->big_endian ? swap_halves(*data) : *data;
    uint32_t expected = policy_evaluate(probe->policy, probe->found->params, data, NULL, NULL);
    uint32_t actual =
        program_execute(probe->program.insns, probe->program.count, &seen, NULL).result;
    if (expected == actual)
        return true;
    probe->found->data = *data;
    probe->found->expected = expected;
    probe->found->actual = actual;
    return false;
}

static void add(struct candidates *candidates, uint64_t value)
{
    if (candidates->count < CANDIDATES)
        candidates->values[candidates->count++] = value;
}

static void add_around(struct candidates *candidates, uint64_t value)
{
    add(candidates, value);
    add(candidates, value - 1);
    add(candidates, value + 1);
    add(candidates, value ^ UINT64_C(1) << 32);
    add(candidates, value | UINT64_C(0xffffffff00000000));
    add(candidates, (uint32_t)value);
    add(candidates, value << 32 | value >> 32);
}

// The number an atom compares with.
static uint64_t operand(const struct probe *probe, const struct atom *atom)
{
    return atom->param == NO_PARAM ? atom->value : probe->found->params[atom->param];
}

static void add_atom(const struct probe *probe, struct candidates *candidates,
                     const struct atom *atom)
{
    uint64_t mask = atom->mask;
    if (atom->compare <= COMPARE_GE || atom->compare == COMPARE_MASKED_EQ)
        add_around(candidates, operand(probe, atom));
    if (atom->compare <= COMPARE_GE)
        return;
    add(candidates, mask);
    add(candidates, ~mask);
    add(candidates, mask & -mask);
    add(candidates, ~mask & -~mask);
    add(candidates, mask & ~(mask >> 1));
    add(candidates, atom->value | ~mask);
    add(candidates, atom->value ^ (mask & -mask));
}

static void collect(const struct probe *probe, const struct rule *rule, unsigned arg,
                    struct candidates *candidates)
{
    candidates->count = 0;
    add_around(candidates, 0);
    add_around(candidates, INT32_MAX);
    for (size_t i = 0; i < rule->clause_count; i++) {
        const struct expression *when = &rule->clauses[i].when;
        for (size_t j = 0; j < when->count; j++)
            for (size_t k = 0; k < when->any[j].count; k++)
                if (when->any[j].atoms[k].arg == arg)
                    add_atom(probe, candidates, &when->any[j].atoms[k]);
    }
}

// A value that makes one test true, where there is one.
static uint64_t satisfying(const struct probe *probe, const struct atom *atom)
{
    uint64_t value = operand(probe, atom);
    switch (atom->compare) {
    case COMPARE_LT: return value - 1;
    case COMPARE_NE:
    case COMPARE_GT: return value + 1;
    case COMPARE_ANY: return atom->mask & -atom->mask;
    case COMPARE_IN: return 0;
    default: return value;
    }
}

// From a call that the rule looks at, goes one argument at a time to every candidate.
static bool vary(struct probe *probe, const struct rule *rule, struct seccomp_data data)
{
    struct candidates candidates;
    bool agrees = try_call(probe, &data);
    for (unsigned arg = 0; arg < ARGS; arg++) {
        uint64_t kept = data.args[arg];
        collect(probe, rule, arg, &candidates);
        for (size_t i = 0; agrees && i < candidates.count; i++) {
            data.args[arg] = candidates.values[i];
            agrees = try_call(probe, &data);
        }
        data.args[arg] = kept;
    }
    return agrees;
}

static bool vary_randomly(struct probe *probe, const struct rule *rule, struct seccomp_data data)
{
    struct candidates candidates[ARGS];
    for (unsigned arg = 0; arg < ARGS; arg++)
        collect(probe, rule, arg, &candidates[arg]);
    for (size_t i = 0; i < RANDOM_CALLS; i++) {
        for (unsigned arg = 0; arg < ARGS; arg++)
            data.args[arg] = candidates[arg].values[next_random(probe) % candidates[arg].count];
        data.instruction_pointer = next_random(probe);
        if (!try_call(probe, &data))
            return false;
    }
    return true;
}

static bool rule_agrees(struct probe *probe, const struct rule *rule)
{
    struct seccomp_data data = {.nr = rule->number[0], .arch = probe->policy->arch[0]};
    if (!vary(probe, rule, data) || !vary_randomly(probe, rule, data))
        return false;
    for (size_t i = 0; i < rule->clause_count; i++) {
        const struct expression *when = &rule->clauses[i].when;
        for (size_t j = 0; j < when->count; j++) {
            struct seccomp_data base = data;
            for (size_t k = 0; k < when->any[j].count; k++) {
                const struct atom *atom = &when->any[j].atoms[k];
                base.args[atom->arg] = satisfying(probe, atom);
            }
            if (!vary(probe, rule, base))
                return false;
        }
    }
    return true;
}

// A call without arguments, and its relatives: its neighbours, its x32 twin, all architectures.
static bool number_agrees(struct probe *probe, uint32_t number)
{
    struct seccomp_data data = {0};
    for (int apart = -1; apart <= 1; apart++) {
        for (uint32_t bits = 0; bits < 4; bits++) {
            data.nr = (int)((number + (uint32_t)apart) | bits << 30);
            for (size_t i = 0; architecture_at(i) != NULL; i++) {
                data.arch = architecture_at(i)->token;
                if (!try_call(probe, &data))
                    return false;
            }
            data.arch = ~probe->policy->arch[0];
            if (!try_call(probe, &data))
                return false;
        }
    }
    return true;
}

static bool all_agree(struct probe *probe)
{
    const struct policy *policy = probe->policy;
    if (!number_agrees(probe, 0))
        return false;
    for (size_t i = 0; i < policy->rule_count; i++)
        if (!number_agrees(probe, (uint32_t)policy->rules[i].number[0]) ||
            !rule_agrees(probe, &policy->rules[i]))
            return false;
    return true;
}

bool boundary_agrees(const struct policy *policy, const struct compiled *compiled,
                     struct boundary_difference *difference)
{
    struct probe probe = {.policy = policy, .found = difference, .random = 0x9e3779b97f4a7c15};
    size_t count = compiled->program.count;
    probe.program.insns = arena_alloc(policy->arena, count, sizeof(struct sock_filter));
    probe.program.count = count;
    probe.big_endian = architecture_big_endian(policy->arch[0]);
    *difference = (struct boundary_difference){0};
    // The parameters at the ends of their ranges, and in the middle.
    for (unsigned pass = 0; pass < (policy->param_count == 0 ? 1 : 3); pass++) {
        for (size_t i = 0; i < policy->param_count; i++) {
            const struct param *param = &policy->params[i];
            uint64_t middle = param->low + (param->high - param->low) / 2;
            uint64_t values[] = {param->low, param->high, middle};
            difference->params[i] = values[pass];
        }
        compile_fill(compiled, difference->params, probe.program.insns);
        probe.calls = CALLS;
        if (!all_agree(&probe))
            return false;
    }
    return true;
}

// SPDX-License-Identifier: ISC
#include "check_broken.h"

#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>

#include "check_poor.h"
#include "model/program_model.h"
#include "oracle.h"
#include "policy/arena.h"
#include "policy/disasm.h"
#include "policy/verdict_params.h"
#include "policy/verdict_regions.h"

enum { CALLS = 48, NODES = 1 << 16, NODES_POOR = 1 << 10 };

// The case at hand: a compiler has no context.
static const struct policy_model *model;
static const struct policy *policy;
static size_t arch;
static const uint64_t *values;
static struct dice *dice;

// The left side is a program, the right one the policy.
struct pair {
    struct subject program, policy;
    struct program here;
};

// But for the accumulator as a result, which has too many values for a proof.
static void change(struct sock_filter *insn)
{
    uint8_t jt = insn->jt;
    switch (dice_roll(dice) % 6) {
    case 0: insn->k ^= UINT32_C(1) << dice_roll(dice) % 32; break;
    case 1:
        insn->k = (uint32_t)dice_roll(dice) % 2 ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | 7;
        break;
    case 2: insn->jt = insn->jf, insn->jf = jt; break;
    case 3: insn->jt++; break;
    case 4: insn->code ^= BPF_CLASS(insn->code) == BPF_RET ? 0 : 0x10; break;
    default: insn->k++; break;
    }
}

// A constant that waits for a parameter, where none does. Not a result: a proof cannot tell so
// many.
static void add_hole(struct compiled *compiled)
{
    size_t at = dice_roll(dice) % compiled->program.count, count = compiled->hole_count;
    if (policy->param_count == 0 || BPF_CLASS(compiled->program.insns[at].code) == BPF_RET)
        return;
    struct hole *holes = arena_alloc(policy->arena, count + 1, sizeof(*holes));
    memcpy(holes, compiled->holes, count * sizeof(*holes));
    holes[count] = (struct hole){.insn = (uint16_t)at, .high = dice_roll(dice) % 2 == 0};
    compiled->holes = holes;
    compiled->hole_count++;
}

static bool compile_broken(const struct policy *from, enum compiler compiler,
                           struct compiled *compiled, const char **why)
{
    if (!compile_policy(from, compiler, compiled, why))
        return false;
    size_t count = compiled->program.count;
    struct sock_filter *insns = arena_alloc(from->arena, count, sizeof(*insns));
    memcpy(insns, compiled->program.insns, count * sizeof(*insns));
    compiled->program.insns = insns;
    if (dice_roll(dice) % 4 == 0)
        add_hole(compiled);
    else
        change(&insns[dice_roll(dice) % count]);
    return true;
}

static uint32_t policy_says(const uint64_t *with, const struct seccomp_data *data)
{
    return policy_model_decide_alone(model, model->arch[arch], with, data).action;
}

// The program with these values in its holes; it lasts until the next.
static struct program filled(const struct pair *pair, const uint64_t *with)
{
    static struct sock_filter insns[PROGRAM_INSNS];
    struct compiled compiled = {COMPILER_OWN, pair->here,
                                (struct hole *)(uintptr_t)pair->program.holes,
                                pair->program.hole_count};
    compile_fill(&compiled, with, insns);
    return (struct program){insns, pair->here.count};
}

static uint32_t run(const struct program *program, const struct seccomp_data *data)
{
    static uint16_t path[PROGRAM_INSNS];
    size_t steps;
    return program_model_run(program->insns, program->count, data, path, &steps);
}

static uint32_t program_says(const struct pair *pair, const uint64_t *with,
                             const struct seccomp_data *data)
{
    const struct program program = filled(pair, with);
    return run(&program, data);
}

static enum difference difference(uint32_t left, uint32_t right)
{
    unsigned a = program_model_rank(left), b = program_model_rank(right);
    if (left == right)
        return DIFFERENCE_NONE;
    return a == b ? DIFFERENCE_DATA : a < b ? DIFFERENCE_STRICTER : DIFFERENCE_WEAKER;
}

// The values of a witness, in the order of the policy.
static void take_values(const struct verdict *verdict, const struct witness *witness,
                        uint64_t *taken)
{
    ORACLE(verdict->param_count == policy->param_count, "a witness has %zu parameters, not %zu",
           policy->param_count, verdict->param_count);
    for (size_t i = 0; i < policy->param_count; i++) {
        size_t at = 0;
        while (at < verdict->param_count &&
               strcmp(verdict->param_name[at], policy->params[i].name) != 0)
            at++;
        ORACLE(at < verdict->param_count, "a witness has a value for $%s", policy->params[i].name);
        taken[i] = witness->input.params[at];
        ORACLE(taken[i] >= model->params[i].low && taken[i] <= model->params[i].high,
               "$%s is %lu, out of its range", policy->params[i].name, taken[i]);
    }
}

static void check_witness(const struct pair *pair, const struct verdict *verdict,
                          const struct witness *witness)
{
    uint64_t taken[INPUT_PARAMS_MAX];
    take_values(verdict, witness, taken);
    uint32_t left = program_says(pair, taken, &witness->input.data),
             right = policy_says(taken, &witness->input.data);
    ORACLE(witness->by[0].result == left && witness->by[1].result == right,
           "a witness gets %#x and %#x, not %#x and %#x", left, right, witness->by[0].result,
           witness->by[1].result);
    ORACLE(witness->difference == difference(left, right), "a witness differs by %d, not %d",
           difference(left, right), witness->difference);
}

static void check_verdict(void *context, const struct verdict *verdict)
{
    static const char *const words[] = {"UNDECIDED", "EQUAL", "STRICTER", "WEAKER", "INCOMPARABLE"};
    const struct pair *pair = context;
    bool seen[DIFFERENCE_COUNT] = {[DIFFERENCE_NONE] = true};
    for (size_t i = 0; i < verdict->witness_count; i++) {
        check_witness(pair, verdict, &verdict->witness[i]);
        seen[verdict->witness[i].difference] = true;
    }
    bool both = seen[DIFFERENCE_STRICTER] && seen[DIFFERENCE_WEAKER];
    enum relation expected = seen[DIFFERENCE_DATA] || both ? RELATION_INCOMPARABLE
                             : seen[DIFFERENCE_STRICTER]   ? RELATION_STRICTER
                             : seen[DIFFERENCE_WEAKER]     ? RELATION_WEAKER
                                                           : RELATION_EQUAL;
    ORACLE(strcmp(verdict_word(verdict->relation), words[expected]) == 0, "it is %s, not %s",
           words[expected], verdict_word(verdict->relation));
    for (unsigned i = 0; i < CALLS; i++) {
        struct seccomp_data data = calls_on(model, arch, dice, values);
        uint32_t left = program_says(pair, values, &data), right = policy_says(values, &data);
        ORACLE(seen[difference(left, right)], "call %d differs (%#x, %#x), but the two are %s",
               data.nr, left, right, verdict_word(verdict->relation));
    }
}

static uint64_t least_of(const struct span *span)
{
    return span->kind == SPAN_ANY ? 0 : span->kind == SPAN_MASK ? span->bits : span->low;
}

// The first call of a region is changed.
static bool check_region(void *context, const struct region *region)
{
    const struct pair *pair = context;
    struct seccomp_data data = {.arch = (uint32_t)least_of(&region->span[INPUT_ARCH]),
                                .nr = (int)least_of(&region->span[INPUT_NR]),
                                .instruction_pointer = least_of(&region->span[INPUT_IP])};
    for (unsigned i = 0; i < INPUT_ARGS; i++)
        data.args[i] = least_of(&region->span[INPUT_ARG + i]);
    ORACLE(program_says(pair, values, &data) != policy_says(values, &data),
           "call %d is in a region, but not changed", data.nr);
    return true;
}

static void check_regions(struct pair *pair)
{
    const char *reason = NULL;
    for (int change = CHANGE_ALLOWED; change <= CHANGE_OTHER; change++)
        ORACLE(regions_changed(&pair->program, &pair->policy, values, (enum change)change, NODES,
                               check_region, pair, &reason) ||
                   reason != NULL,
               "regions that are not all have a reason");
    bool open = false;
    for (size_t i = 0; i < policy->param_count; i++)
        open = open || policy->params[i].low != policy->params[i].high;
    if (open)
        ORACLE(!regions_changed(&pair->program, &pair->policy, NULL, CHANGE_OTHER, NODES,
                                check_region, pair, &reason) &&
                   reason != NULL,
               "there are no regions without values");
}

// No region is told of for a value that a parameter cannot have.
static void check_range(struct pair *pair)
{
    uint64_t beyond[LOAD_PARAMS];
    const char *reason = NULL;
    for (size_t i = 0; i < policy->param_count; i++)
        beyond[i] = i > 0 ? values[i] : policy->params[i].high + 1;
    if (policy->param_count > 0 && policy->params[0].high != UINT64_MAX)
        ORACLE(!regions_changed(&pair->program, &pair->policy, beyond, CHANGE_OTHER, NODES,
                                check_region, pair, &reason) &&
                   reason != NULL,
               "$%s cannot be %lu", policy->params[0].name, beyond[0]);
}

// With the parameters that are found the policy is the program, whatever the compiler made of it.
static void check_recovery(const struct pair *pair, size_t nodes)
{
    uint64_t found[LOAD_PARAMS];
    struct program program = filled(pair, values);
    struct subject right = {.programs = &program, .program_count = 1};
    enum recovery recovery = verdict_recover(&pair->policy, &right, found, nodes);
    for (unsigned i = 0; i < CALLS && (recovery == RECOVERY_UNIQUE || recovery == RECOVERY_MANY);
         i++) {
        struct seccomp_data data = calls_on(model, arch, dice, values);
        uint32_t left = policy_says(found, &data), result = run(&program, &data);
        ORACLE(left == result, "with what was found call %d gets %#x, not %#x", data.nr, result,
               left);
    }
}

// A line for each instruction, and the parameter's name in those with a hole.
static void check_listing(const struct compiled *compiled)
{
    const char *names[INPUT_PARAMS_MAX];
    char *text = NULL, wanted[64];
    size_t length, lines = 0;
    for (size_t i = 0; i < policy->param_count; i++)
        names[i] = policy->params[i].name;
    FILE *out = open_memstream(&text, &length);
    ORACLE(out != NULL &&
               disasm_write(out, &compiled->program, compiled->holes, compiled->hole_count, names),
           "a program can be listed");
    fclose(out);
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0'; lines++)
        for (size_t i = 0; i < compiled->hole_count; i++) {
            const struct hole *hole = &compiled->holes[i];
            snprintf(wanted, sizeof(wanted), "#$%.40s", names[hole->param]);
            ORACLE(hole->insn != lines || strstr(line, wanted) != NULL, "a hole is shown: %s",
                   line);
        }
    ORACLE(lines == compiled->program.count, "%zu lines are written, not %zu",
           compiled->program.count, lines);
    free(text);
}

static void check_attempt(const struct attempt *attempt, bool poor)
{
    const struct compiled *compiled = &attempt->compiled;
    struct pair pair = {.here = attempt->here, .policy = {.policy = policy}};
    pair.program = (struct subject){.programs = &pair.here,
                                    .program_count = 1,
                                    .holes = compiled->holes,
                                    .hole_count = compiled->hole_count};
    if (attempt->end == ATTEMPT_REFUSED)
        ORACLE(attempt->why != NULL && attempt->insn < compiled->program.count,
               "what is not acceptable has a place and a reason");
    if (attempt->verdict == NULL)
        return;
    ORACLE((attempt->end == ATTEMPT_PROVEN) == (attempt->verdict->relation == RELATION_EQUAL),
           "what is EQUAL is proven, and nothing else");
    if (attempt->verdict->relation == RELATION_UNDECIDED)
        return;
    check_verdict(&pair, attempt->verdict);
    check_regions(&pair);
    check_range(&pair);
    check_recovery(&pair, NODES);
    check_recovery(&pair, NODES_POOR);
    check_listing(compiled);
    if (poor)
        check_poor(&pair.program, &pair.policy, NODES_POOR, check_verdict, &pair);
}

static void check_compiler(enum compiler compiler, bool poor)
{
    struct attempt attempts[2];
    struct attempt *proven = compile_proven(policy, compiler, compile_broken, attempts);
    ORACLE(proven == NULL || proven->end == ATTEMPT_PROVEN, "what is given out is proven");
    for (size_t i = 0; i < 2; i++)
        check_attempt(&attempts[i], poor);
    attempts_free(attempts);
}

void check_broken(const struct policy_model *read, const struct policy *one, size_t number,
                  const uint64_t *with, bool seccomp, bool poor, struct dice *thrown)
{
    model = read;
    policy = one;
    arch = number;
    values = with;
    dice = thrown;
    check_compiler(COMPILER_OWN, poor);
    if (!seccomp)
        return;
    check_compiler(COMPILER_SECCOMP, false);
    check_compiler(COMPILER_BOTH, false);
    struct attempt attempts[2];
    struct attempt *both = compile_proven(policy, COMPILER_BOTH, compile_policy, attempts);
    ORACLE(both == NULL ||
               (attempts[0].end == ATTEMPT_PROVEN && attempts[1].end == ATTEMPT_PROVEN &&
                both->compiled.program.count <= attempts[0].compiled.program.count &&
                both->compiled.program.count <= attempts[1].compiled.program.count),
           "of both the shorter program is taken");
    attempts_free(attempts);
}

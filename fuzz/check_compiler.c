// SPDX-License-Identifier: ISC
#include "check_compiler.h"

#include <linux/filter.h>
#include <string.h>

#include "child_script.h"
#include "oracle.h"
#include "policy/arena.h"
#include "policy/compile.h"
#include "policy/emit.h"

enum pass_fault {
    PASS_SHORTER,  // the second program lacks its last instruction
    PASS_CODE,     // it has another opcode
    PASS_TRUE,     // another jump
    PASS_FALSE,    // and another
    PASS_CONSTANT, // a constant that nobody has asked for
    PASS_NO_HOLES, // both have no constant for a parameter
    PASS_FAILS,    // there is no second program
    PASS_FAULTS
};

static struct {
    bool on;
    enum pass_fault fault;
    unsigned pass;
    size_t at;
} script;

bool __real_emit_program(const struct policy *policy, struct program *program, size_t *needed);
bool __wrap_emit_program(const struct policy *policy, struct program *program, size_t *needed);

static bool spoil(struct program *program)
{
    struct sock_filter *insn = &program->insns[script.at % program->count];
    if (script.fault == PASS_NO_HOLES)
        for (size_t i = 0; i < program->count; i++)
            program->insns[i].k &= 0xff;
    if (script.pass++ == 0)
        return true;
    switch (script.fault) {
    case PASS_SHORTER: program->count--; break;
    case PASS_CODE: insn->code ^= 0x10; break;
    case PASS_TRUE: insn->jt++; break;
    case PASS_FALSE: insn->jf++; break;
    case PASS_CONSTANT: insn->k += 2; break;
    case PASS_FAILS: return false;
    default: break;
    }
    return true;
}

bool __wrap_emit_program(const struct policy *policy, struct program *program, size_t *needed)
{
    bool made = __real_emit_program(policy, program, needed);
    return made && script.on ? spoil(program) : made;
}

static bool same(const struct compiled *one, const struct compiled *other)
{
    return one->program.count == other->program.count &&
           memcmp(one->program.insns, other->program.insns,
                  one->program.count * sizeof(struct sock_filter)) == 0;
}

static void check_child(const struct policy *policy, enum child_fault fault,
                        const struct compiled *sound)
{
    struct compiled compiled;
    const char *why = NULL;
    child_script_begin(fault);
    bool made = compile_policy(policy, COMPILER_SECCOMP, &compiled, &why);
    child_script_begin(fault);
    struct compiled any;
    bool always = compile_policy(policy, COMPILER_ANY, &any, &why);
    child_script_end();
    ORACLE(made == (fault == CHILD_INTERRUPTED), "with fault %d there is %s program", fault,
           made ? "a" : "no");
    ORACLE(!made || same(&compiled, sound), "an interrupted program is the same");
    ORACLE(made || (why != NULL && strstr(why, "it failed, or took more than") != NULL),
           "with fault %d it is said why: %s", fault, why);
    ORACLE(always && any.by == (made ? COMPILER_SECCOMP : COMPILER_OWN),
           "with fault %d our own compiler takes its place", fault);
}

void check_children(const struct policy *policy)
{
    struct compiled sound;
    const char *why;
    if (policy->param_count > 0 || !compile_policy(policy, COMPILER_SECCOMP, &sound, &why))
        return;
    for (int fault = CHILD_SOUND + 1; fault < CHILD_FAULTS; fault++)
        check_child(policy, (enum child_fault)fault, &sound);
}

void check_passes(const struct policy *policy, struct dice *dice)
{
    struct compiled sound, compiled;
    const char *why = NULL;
    if (!compile_policy(policy, COMPILER_OWN, &sound, &why) || sound.hole_count == 0)
        return;
    for (int fault = 0; fault < PASS_FAULTS; fault++) {
        script.on = true;
        script.fault = (enum pass_fault)fault;
        script.pass = 0;
        script.at = dice_roll(dice);
        bool made = compile_policy(policy, COMPILER_OWN, &compiled, &why);
        script.on = false;
        ORACLE(!made, "two programs that differ in more than parameters are one (fault %d)", fault);
        ORACLE(fault == PASS_FAILS || strstr(why, "shape depends") != NULL, "it is said why: %s",
               why);
    }
}

// SPDX-License-Identifier: ISC
//
// smt.c: policies and stacks as definitions, and the question itself.
//
// Promise: a formula of its own, read off the tree and the instructions.
#include "smt.h"

#include <inttypes.h>
#include <linux/audit.h>
#include <stdlib.h>

#include "smt_program.h"

static void write_value(FILE *out, const struct atom *atom, const struct policy *policy)
{
    if (atom->param == NO_PARAM)
        fprintf(out, "#x%016" PRIx64, atom->value);
    else
        fprintf(out, "param_%s", policy->params[atom->param].name);
}

static void write_argument(FILE *out, const struct atom *atom, bool wide)
{
    if (wide && !atom->narrow)
        fprintf(out, "arg%u", atom->arg);
    else
        fprintf(out, "(bvand arg%u #x00000000ffffffff)", atom->arg);
}

static void write_atom(FILE *out, const struct atom *atom, const struct policy *policy, bool wide)
{
    static const char *const words[] = {
        [COMPARE_EQ] = "=",         [COMPARE_NE] = "distinct", [COMPARE_LT] = "bvult",
        [COMPARE_LE] = "bvule",     [COMPARE_GT] = "bvugt",    [COMPARE_GE] = "bvuge",
        [COMPARE_ANY] = "distinct", [COMPARE_MASKED_EQ] = "=", [COMPARE_IN] = "=",
    };
    bool masked = atom->compare > COMPARE_GE;
    uint64_t mask = atom->compare == COMPARE_IN ? ~atom->mask : atom->mask;
    fprintf(out, "(%s %s", words[atom->compare], masked ? "(bvand " : "");
    write_argument(out, atom, wide);
    if (masked)
        fprintf(out, " #x%016" PRIx64 ") #x%016" PRIx64, mask,
                atom->compare == COMPARE_MASKED_EQ ? atom->value : 0);
    else {
        fputs(" ", out);
        write_value(out, atom, policy);
    }
    fputs(")", out);
}

static void write_expression(FILE *out, const struct expression *expression,
                             const struct policy *policy, bool wide)
{
    fputs("(or false", out);
    for (size_t i = 0; i < expression->count; i++) {
        fputs(" (and true", out);
        for (size_t j = 0; j < expression->any[i].count; j++) {
            fputs(" ", out);
            write_atom(out, &expression->any[i].atoms[j], policy, wide);
        }
        fputs(")", out);
    }
    fputs(")", out);
}

static void write_rule(FILE *out, const struct rule *rule, const struct policy *policy, bool wide)
{
    for (size_t i = 0; i < rule->clause_count; i++) {
        fputs("(ite ", out);
        write_expression(out, &rule->clauses[i].when, policy, wide);
        fprintf(out, " #x%08" PRIx32 " ", rule->clauses[i].action);
    }
    fprintf(out, "#x%08" PRIx32, rule->otherwise);
    for (size_t i = 0; i < rule->clause_count; i++)
        fputs(")", out);
}

// NAME.A.R is what architecture A gives when none of the rules before R stands for the call.
static void define_arch(FILE *out, const char *name, const struct policy *policy, size_t arch)
{
    bool wide = (policy->arch[arch] & __AUDIT_ARCH_64BIT) != 0;
    fprintf(out, "(define-fun %s.%zu.%zu () (_ BitVec 32) #x%08" PRIx32 ")\n", name, arch,
            policy->rule_count, policy->default_action);
    for (size_t i = policy->rule_count; i-- > 0;) {
        const struct rule *rule = &policy->rules[i];
        bool stands = (rule->archs >> arch & 1) != 0 && rule->number[arch] >= 0;
        fprintf(out, "(define-fun %s.%zu.%zu () (_ BitVec 32) ", name, arch, i);
        if (stands) {
            fprintf(out, "(ite (= nr #x%08x) ", (unsigned)rule->number[arch]);
            write_rule(out, rule, policy, wide);
        }
        fprintf(out, " %s.%zu.%zu%s)\n", name, arch, i + 1, stands ? ")" : "");
    }
}

static void define_policy(FILE *out, const char *name, const struct subject *subject)
{
    const struct policy *policy = subject->policy;
    for (size_t i = 0; i < policy->arch_count; i++)
        define_arch(out, name, policy, i);
    fprintf(out, "(define-fun %s () (_ BitVec 32) ", name);
    size_t open = 0;
    for (size_t i = 0; i < policy->arch_count; i++) {
        if (subject->only_arch != 0 && subject->only_arch != policy->arch[i])
            continue;
        bool x32 = policy->arch[i] == AUDIT_ARCH_X86_64;
        fprintf(out, "(ite (= arch #x%08" PRIx32 ") ", policy->arch[i]);
        if (x32)
            fprintf(out,
                    "(ite (and (bvuge nr #x40000000) (distinct nr #xffffffff)) #x%08" PRIx32 " ",
                    policy->bad_arch_action);
        fprintf(out, "%s.%zu.0%s ", name, i, x32 ? ")" : "");
        open++;
    }
    fprintf(out, "#x%08" PRIx32, policy->bad_arch_action);
    for (; open > 0; open--)
        fputs(")", out);
    fputs(")\n", out);
}

// Newest first, an older result replaces only a less severe one; see verdict_stacked().
static void define_stack(FILE *out, const char *name, const struct subject *subject,
                         const struct inputs *inputs)
{
    char each[64], before[64] = "#x7fff0000";
    for (size_t i = subject->program_count; i-- > 0;) {
        snprintf(each, sizeof each, "%s.p%zu", name, i);
        smt_program(out, each, &subject->programs[i], i == 0 ? subject->holes : NULL,
                    i == 0 ? subject->hole_count : 0, inputs);
        if (subject->program_count > 1)
            fprintf(out,
                    "(define-fun %s.s%zu () (_ BitVec 32) (ite (bvslt (bvand #xffff0000 "
                    "%s.result) (bvand #xffff0000 %s)) %s.result %s))\n",
                    name, i, each, before, each, before);
        snprintf(before, sizeof before, "%s.s%zu", name, i);
    }
    if (subject->program_count == 1)
        snprintf(before, sizeof before, "%s.p0.result", name);
    fprintf(out, "(define-fun %s () (_ BitVec 32) %s)\n", name, before);
}

static void define_subject(FILE *out, const char *name, const struct subject *subject,
                           const struct inputs *inputs)
{
    if (subject->policy != NULL)
        define_policy(out, name, subject);
    else
        define_stack(out, name, subject, inputs);
}

static bool collect_params(struct inputs *inputs, const struct subject *subject)
{
    size_t places[INPUT_PARAMS_MAX];
    return subject->policy == NULL || semantics_add_params(inputs, subject->policy, places);
}

static void declare_inputs(FILE *out, const struct inputs *inputs)
{
    fputs("(set-logic QF_BV)\n(declare-const nr (_ BitVec 32))\n"
          "(declare-const arch (_ BitVec 32))\n(declare-const ip (_ BitVec 64))\n",
          out);
    for (int i = 0; i < INPUT_ARGS; i++)
        fprintf(out, "(declare-const arg%d (_ BitVec 64))\n", i);
    for (size_t i = 0; i < inputs->param_count; i++) {
        const struct input_param *param = &inputs->params[i];
        fprintf(out, "(declare-const param_%s (_ BitVec 64))\n", param->name);
        fprintf(out, "(assert (bvuge param_%s #x%016" PRIx64 "))\n", param->name, param->low);
        fprintf(out, "(assert (bvule param_%s #x%016" PRIx64 "))\n", param->name, param->high);
    }
}

bool smt_write(FILE *out, const struct subject *left, const struct subject *right)
{
    struct inputs *inputs = calloc(1, sizeof *inputs);
    bool fine = inputs != NULL && collect_params(inputs, left) && collect_params(inputs, right);
    if (fine) {
        declare_inputs(out, inputs);
        define_subject(out, "left", left, inputs);
        define_subject(out, "right", right, inputs);
        fputs("(assert (distinct left right))\n(check-sat)\n", out);
        fine = ferror(out) == 0;
    }
    free(inputs);
    return fine;
}

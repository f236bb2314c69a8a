// SPDX-License-Identifier: ISC
//
// print.c: the grammar of parse.c and parse_rule.c, the other way round.
#include "print.h"

#include <inttypes.h>
#include <linux/seccomp.h>

#include "action.h"
#include "architecture.h"

static void print_number(FILE *stream, uint64_t number)
{
    fprintf(stream, number < 10 ? "%" PRIu64 : "0x%" PRIx64, number);
}

static void print_operand(FILE *stream, const struct policy *policy, const struct atom *atom)
{
    if (atom->param == NO_PARAM)
        print_number(stream, atom->value);
    else
        fprintf(stream, "$%s", policy->params[atom->param].name);
}

static void print_atom(FILE *stream, const struct policy *policy, const struct atom *atom)
{
    static const char *const words[] = {
        [COMPARE_EQ] = "==", [COMPARE_NE] = "!=", [COMPARE_LT] = "<",
        [COMPARE_LE] = "<=", [COMPARE_GT] = ">",  [COMPARE_GE] = ">=",
        [COMPARE_ANY] = "&", [COMPARE_IN] = "in", [COMPARE_MASKED_EQ] = "&",
    };
    fprintf(stream, "arg%u%s %s ", atom->arg, atom->narrow ? ":u32" : "", words[atom->compare]);
    if (atom->compare <= COMPARE_GE) {
        print_operand(stream, policy, atom);
        return;
    }
    print_number(stream, atom->mask);
    if (atom->compare != COMPARE_MASKED_EQ)
        return;
    fputs(" == ", stream);
    print_number(stream, atom->value);
}

void policy_print_expression(FILE *stream, const struct policy *policy,
                             const struct expression *expression)
{
    for (size_t i = 0; i < expression->count; i++) {
        fputs(i == 0 ? "" : " || ", stream);
        for (size_t j = 0; j < expression->any[i].count; j++) {
            fputs(j == 0 ? "" : " && ", stream);
            print_atom(stream, policy, &expression->any[i].atoms[j]);
        }
    }
}

static void print_action(FILE *stream, uint32_t action)
{
    char text[ACTION_TEXT_BYTES];
    fputs(action_text(action, text), stream);
}

static void print_chain(FILE *stream, const struct policy *policy, const struct rule *rule)
{
    fputs("{ ", stream);
    for (size_t i = 0; i < rule->clause_count; i++) {
        policy_print_expression(stream, policy, &rule->clauses[i].when);
        fputs("; ", stream);
        print_action(stream, rule->clauses[i].action);
        fputs(", ", stream);
    }
    print_action(stream, rule->otherwise);
    fputs(" }", stream);
}

static void print_body(FILE *stream, const struct policy *policy, const struct rule *rule)
{
    bool bare = rule->clause_count == 1 && rule->clauses[0].action == SECCOMP_RET_ALLOW &&
                (rule->defaulted || action_denies(rule->otherwise));
    if (rule->clause_count == 0) {
        print_action(stream, rule->otherwise);
    } else if (!bare) {
        print_chain(stream, policy, rule);
    } else {
        policy_print_expression(stream, policy, &rule->clauses[0].when);
        if (rule->defaulted)
            return;
        fputs("; ", stream);
        print_action(stream, rule->otherwise);
    }
}

static void print_archs(FILE *stream, const struct policy *policy, uint32_t archs)
{
    const char *before = "";
    for (size_t i = 0; i < policy->arch_count; i++)
        if ((archs >> i & 1) != 0) {
            fprintf(stream, "%s%s", before, architecture_name(policy->arch[i]));
            before = ",";
        }
}

static void print_rule(FILE *stream, const struct policy *policy, const struct rule *rule)
{
    uint32_t all = (uint32_t)((UINT64_C(1) << policy->arch_count) - 1);
    fputs(rule->name, stream);
    if (rule->archs != all) {
        fputs("[arch=", stream);
        print_archs(stream, policy, rule->archs);
        fputs("]", stream);
    }
    fputs(": ", stream);
    print_body(stream, policy, rule);
    fputc('\n', stream);
}

void policy_print(FILE *stream, const struct policy *policy)
{
    fputs("@arch ", stream);
    print_archs(stream, policy, UINT32_MAX);
    fputs("\n@default ", stream);
    print_action(stream, policy->default_action);
    fputs("\n@badarch ", stream);
    print_action(stream, policy->bad_arch_action);
    fputc('\n', stream);
    for (size_t i = 0; i < policy->param_count; i++) {
        const struct param *param = &policy->params[i];
        fprintf(stream, "@param $%s: u%u in %" PRIu64 "..%" PRIu64 "\n", param->name, param->bits,
                param->low, param->high);
    }
    for (size_t i = 0; i < policy->rule_count; i++)
        print_rule(stream, policy, &policy->rules[i]);
}

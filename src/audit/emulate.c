// SPDX-License-Identifier: ISC
//
// emulate.c: `seccomp-audit emulate FILE CALL [ARG]...`: the policy's word on one call.
//
// As JSON: an object with arch, call (null when the number has no name), number, args (six
// numbers), verdict (as in a policy), action (the SECCOMP_RET_* value), and file, line and column
// of what decided; line is 0 when the caller's --default did.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "action.h"
#include "architecture.h"
#include "command.h"
#include "evaluate.h"
#include "json.h"
#include "number.h"
#include "read.h"
#include "syscalls.h"

enum { ARGS = 6 };

struct answer {
    struct seccomp_data data;
    uint32_t action;
    struct position at;
    const char *rule; // the call that the deciding line names, or NULL
};

// A name, or a number from 0 to 2^32 - 1.
static bool read_call(const struct options *options, const char *text, int *number)
{
    struct number read;
    const struct syscall_entry *entry = syscalls_find(options->arch, text);
    if (entry != NULL) {
        *number = entry->number;
        return true;
    }
    if (text[0] >= '0' && text[0] <= '9' && number_read(text, &read) == NULL &&
        read.value <= UINT32_MAX) {
        *number = (int)(uint32_t)read.value;
        return true;
    }
    const char *nearest = syscalls_nearest(options->arch, text);
    options_fail(options, "there is no system call '%s' on %s%s%s%s", text,
                 architecture_name(options->arch), nearest == NULL ? "" : "; did you mean ",
                 nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
    return false;
}

static bool read_data(const struct options *options, struct seccomp_data *data)
{
    *data = (struct seccomp_data){.arch = options->arch};
    if (!read_call(options, options->operands[1], &data->nr))
        return false;
    for (size_t i = 2; i < options->operand_count; i++) {
        char *why = NULL;
        uint64_t value;
        if (!policy_read_value(options->operands[i], options->arch, &value, &why)) {
            options_fail(options, "argument '%s': %s", options->operands[i], why);
            free(why);
            return false;
        }
        data->args[i - 2] = value;
    }
    return true;
}

static void judge(const struct policy *policy, const uint64_t *values, struct answer *answer)
{
    const struct rule *rule;
    const struct clause *clause;
    answer->action = policy_evaluate(policy, values, &answer->data, &rule, &clause);
    answer->rule = rule == NULL ? NULL : rule->name;
    if (clause != NULL)
        answer->at = clause->at;
    else if (rule != NULL)
        answer->at = rule->otherwise_at;
    else if (architecture_x32(answer->data.arch, (uint32_t)answer->data.nr))
        answer->at = policy->bad_arch_at;
    else
        answer->at = policy->default_at;
    for (size_t i = 0; i < policy->arch_count; i++)
        if (policy->arch[i] == answer->data.arch)
            return;
    answer->at = policy->bad_arch_at;
}

static void print_text(const struct policy *policy, const struct answer *answer)
{
    char text[ACTION_TEXT_BYTES];
    puts(action_text(answer->action, text));
    if (answer->at.line == 0)
        printf("%s: by --default\n", policy->path);
    else
        printf("%s:%u:%u: %s\n", answer->at.file, answer->at.line, answer->at.column,
               answer->rule == NULL ? "no rule names this call" : answer->rule);
}

static void print_json(const struct policy *policy, const struct answer *answer)
{
    char text[ACTION_TEXT_BYTES];
    const char *name = syscalls_name(answer->data.arch, answer->data.nr);
    printf("{\"arch\": \"%s\", \"call\": ", architecture_name(answer->data.arch));
    if (name == NULL)
        fputs("null", stdout);
    else
        json_string(stdout, name);
    printf(", \"number\": %u, \"args\": [", (uint32_t)answer->data.nr);
    for (size_t i = 0; i < ARGS; i++)
        printf("%s%" PRIu64, i == 0 ? "" : ", ", (uint64_t)answer->data.args[i]);
    fputs("], \"verdict\": ", stdout);
    json_string(stdout, action_text(answer->action, text));
    printf(", \"action\": %u, \"file\": ", answer->action);
    json_string(stdout, answer->at.line == 0 ? policy->path : answer->at.file);
    printf(", \"line\": %u, \"column\": %u}\n", answer->at.line, answer->at.column);
}

static int emulate(const struct options *options, const struct policy *policy)
{
    uint64_t values[LOAD_PARAMS];
    struct answer answer = {0};
    if (!read_data(options, &answer.data) || !options_bind(options, policy, values))
        return EXIT_INPUT;
    judge(policy, values, &answer);
    if (options->json)
        print_json(policy, &answer);
    else
        print_text(policy, &answer);
    if (fflush(stdout) != 0 || ferror(stdout))
        return options_fail(options, "cannot write the answer");
    return EXIT_CLEAN;
}

int audit_emulate(const struct options *options)
{
    if (options->operand_count < 2)
        return options_fail(options, "give a policy and a call");
    if (options->operand_count > 2 + ARGS)
        return options_fail(options, "a call has six arguments at most");
    struct policy *policy = options_load(options, options->operands[0]);
    if (policy == NULL)
        return EXIT_INPUT;
    int status = emulate(options, policy);
    policy_free(policy);
    return status;
}

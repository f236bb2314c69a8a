// SPDX-License-Identifier: ISC
//
// emulate.c: `seccomp-audit emulate FILE CALL [ARG]...`: the word of any form of input.h on one
// call.
//
// As JSON: an object with arch, call (null when the number has no name), number, args (six
// numbers), args_text, instruction_pointer (0), verdict (as in a policy), action (the SECCOMP_RET_*
// value), and of a policy file, line, column, text and rule_line of what decided (place.h; line is
// 0 when the caller's --default did), of programs filter (from 1, oldest first; 0: there is none)
// and instructions (those that ran, in order).
//
// Exit: 0, whatever the answer is; 2 bad input; 3 a process that may not be looked at.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "action.h"
#include "architecture.h"
#include "counterexample.h"
#include "disasm.h"
#include "evaluate.h"
#include "input.h"
#include "json.h"
#include "number.h"
#include "place.h"
#include "read.h"
#include "syscalls.h"

enum { ARGS = 6, PATH_SHOWN = 8 };

struct answer {
    struct seccomp_data data;
    struct judgement by;
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

static void ask_policy(const struct policy *policy, const uint64_t *values, struct answer *answer)
{
    struct judgement *by = &answer->by;
    by->result = policy_evaluate(policy, values, &answer->data, &by->rule, &by->clause);
}

static bool ask_programs(const struct input *input, struct answer *answer)
{
    const struct subject subject = input_subject(input);
    const struct proof question = {.subject = {&subject}};
    const struct assignment assignment = {.data = answer->data};
    return proof_judge(&question, 0, &assignment, &answer->by);
}

static void print_path(const struct options *options, const struct input *input,
                       const struct judgement *by)
{
    const struct program *program = &input->programs[by->program];
    size_t from = options->verbose || by->steps <= PATH_SHOWN ? 0 : by->steps - PATH_SHOWN;
    if (from > 0)
        printf("  ... %zu instructions before (--verbose shows them)\n", from);
    for (size_t i = from; i < by->steps; i++) {
        char text[DISASM_TEXT_BYTES];
        printf("  %4u  %s\n", by->path[i], disasm_insn(program, by->path[i], NULL, 0, NULL, text));
    }
}

static void print_text(const struct options *options, const struct input *input,
                       const struct answer *answer)
{
    char text[ACTION_TEXT_BYTES];
    puts(action_text(answer->by.result, text));
    if (input->policy != NULL) {
        const struct subject subject = input_subject(input);
        place_print_decision(stdout, 0, &subject, &answer->data, &answer->by);
    } else if (input->program_count == 0) {
        printf("%s: there is no filter\n", input->name);
    } else {
        printf("%s: filter %zu of %zu\n", input->name, answer->by.program + 1,
               input->program_count);
        print_path(options, input, &answer->by);
    }
}

static void print_json(const struct input *input, const struct answer *answer)
{
    char text[ACTION_TEXT_BYTES];
    fputc('{', stdout);
    counterexample_print_call_json(stdout, &answer->data);
    fputs(", \"verdict\": ", stdout);
    json_string(stdout, action_text(answer->by.result, text));
    printf(", \"action\": %" PRIu32 ", ", answer->by.result);
    if (input->policy != NULL) {
        const struct subject subject = input_subject(input);
        place_print_decision_json(stdout, &subject, &answer->data, &answer->by);
    } else {
        printf("\"filter\": %zu, \"instructions\": [",
               input->program_count == 0 ? 0 : answer->by.program + 1);
        for (size_t i = 0; i < answer->by.steps; i++)
            printf("%s%u", i == 0 ? "" : ", ", answer->by.path[i]);
        fputc(']', stdout);
    }
    puts("}");
}

static int emulate(const struct options *options, const struct input *input)
{
    uint64_t values[LOAD_PARAMS];
    struct answer answer = {0};
    if (!read_data(options, &answer.data))
        return EXIT_INPUT;
    if (input->policy != NULL && !options_bind(options, input->policy, values))
        return EXIT_INPUT;
    if (input->policy != NULL)
        ask_policy(input->policy, values, &answer);
    else if (options->param_count > 0)
        return options_fail(options, "--param: a program has no parameters");
    else if (!ask_programs(input, &answer))
        return options_fail(options, "out of memory");
    if (options->json)
        print_json(input, &answer);
    else
        print_text(options, input, &answer);
    free(answer.by.path);
    if (fflush(stdout) != 0 || ferror(stdout))
        return options_fail(options, "cannot write the answer");
    return EXIT_CLEAN;
}

int audit_emulate(const struct options *options)
{
    struct input input;
    if (options->operand_count < 2)
        return options_fail(options, "give a policy or a program, and a call");
    if (options->operand_count > 2 + ARGS)
        return options_fail(options, "a call has six arguments at most");
    int status = input_open(options, options->operands[0], &input);
    if (status >= 0)
        return status;
    status = emulate(options, &input);
    input_close(&input);
    return status;
}

// SPDX-License-Identifier: ISC
//
// counterexample.c: prints witnesses. They were run by the plain interpreters before they came
// here.
#include "counterexample.h"

#include <inttypes.h>

#include "action.h"
#include "architecture.h"
#include "argument.h"
#include "disasm.h"
#include "json.h"
#include "place.h"
#include "syscalls.h"

enum { ARGS = 6, SIDES = 2, PATH_SHOWN = 8 };

static void print_arch(FILE *stream, uint32_t arch)
{
    if (architecture_find(arch) != NULL)
        fputs(architecture_name(arch), stream);
    else
        fprintf(stream, "architecture 0x%08x", arch);
}

void counterexample_print_call(FILE *stream, const struct seccomp_data *data)
{
    char text[ARGUMENT_TEXT_BYTES];
    const char *call = syscalls_name(data->arch, data->nr);
    print_arch(stream, data->arch);
    if (call != NULL)
        fprintf(stream, " %s(", call);
    else
        fprintf(stream, " call %" PRIu32 "(", (uint32_t)data->nr);
    for (unsigned i = 0; i < ARGS; i++)
        fprintf(stream, "%s%s", i == 0 ? "" : ", ",
                argument_text(data->arch, call, i, data->args[i], text));
    fputc(')', stream);
}

void counterexample_print_call_json(FILE *stream, const struct seccomp_data *data)
{
    char text[ARGUMENT_TEXT_BYTES];
    const char *call = syscalls_name(data->arch, data->nr);
    fprintf(stream,
            "\"arch\": \"%s\", \"arch_token\": %u, \"call\": ", architecture_name(data->arch),
            data->arch);
    if (call == NULL)
        fputs("null", stream);
    else
        json_string(stream, call);
    fprintf(stream, ", \"number\": %" PRIu32 ", \"args\": [", (uint32_t)data->nr);
    for (size_t i = 0; i < ARGS; i++)
        fprintf(stream, "%s%" PRIu64, i == 0 ? "" : ", ", (uint64_t)data->args[i]);
    fputs("], \"args_text\": [", stream);
    for (unsigned i = 0; i < ARGS; i++) {
        fputs(i == 0 ? "" : ", ", stream);
        json_string(stream, argument_text(data->arch, call, i, data->args[i], text));
    }
    fprintf(stream, "], \"instruction_pointer\": %" PRIu64, (uint64_t)data->instruction_pointer);
}

static void print_path(FILE *stream, const struct verdict *verdict, const struct subject *subject,
                       const struct judgement *by, bool verbose)
{
    const struct program *program = &subject->programs[by->program];
    bool first = by->program == 0;
    size_t from = verbose || by->steps <= PATH_SHOWN ? 0 : by->steps - PATH_SHOWN;
    if (from > 0)
        fprintf(stream, "        ... %zu instructions before (--verbose shows them)\n", from);
    for (size_t i = from; i < by->steps; i++) {
        char text[DISASM_TEXT_BYTES];
        fprintf(stream, "        %4u  %s\n", by->path[i],
                disasm_insn(program, by->path[i], first ? subject->holes : NULL,
                            first ? subject->hole_count : 0, verdict->param_name, text));
    }
}

static void print_side(FILE *stream, const struct verdict *verdict, const struct witness *witness,
                       const struct party *party, size_t side, bool verbose)
{
    char text[ACTION_TEXT_BYTES];
    const struct judgement *by = &witness->by[side];
    const struct subject *subject = party->subject;
    fprintf(stream, "    %s: %s\n", party->name, action_text(by->result, text));
    if (subject->policy != NULL) {
        place_print_decision(stream, 8, subject, &witness->input.data, by);
    } else if (subject->program_count == 0) {
        fputs("        there is no filter\n", stream);
    } else {
        if (subject->program_count > 1)
            fprintf(stream, "        filter %zu of %zu\n", by->program + 1, subject->program_count);
        print_path(stream, verdict, subject, by, verbose);
    }
}

static void print_params(FILE *stream, const struct verdict *verdict, const struct witness *witness)
{
    for (size_t i = 0; i < verdict->param_count; i++)
        fprintf(stream, "%s%s = %" PRIu64 "%s", i == 0 ? "    with " : ", ", verdict->param_name[i],
                witness->input.params[i], i + 1 == verdict->param_count ? "\n" : "");
}

void counterexample_print(FILE *stream, const struct verdict *verdict,
                          const struct witness *witness, const struct party parties[2],
                          bool verbose)
{
    fputs("  ", stream);
    counterexample_print_call(stream, &witness->input.data);
    fprintf(stream, "\n    call %" PRIu32 ", arguments", (uint32_t)witness->input.data.nr);
    for (size_t i = 0; i < ARGS; i++)
        fprintf(stream, " 0x%" PRIx64, (uint64_t)witness->input.data.args[i]);
    fputc('\n', stream);
    print_params(stream, verdict, witness);
    for (size_t side = 0; side < SIDES; side++)
        print_side(stream, verdict, witness, &parties[side], side, verbose);
}

static void print_side_json(FILE *stream, const struct witness *witness, const struct party *party,
                            size_t side)
{
    char text[ACTION_TEXT_BYTES];
    const struct judgement *by = &witness->by[side];
    const struct subject *subject = party->subject;
    fputs("{\"verdict\": ", stream);
    json_string(stream, action_text(by->result, text));
    fprintf(stream, ", \"action\": %" PRIu32 ", ", by->result);
    if (subject->policy != NULL) {
        place_print_decision_json(stream, subject, &witness->input.data, by);
    } else {
        fprintf(stream, "\"filter\": %zu, \"instructions\": [",
                subject->program_count == 0 ? 0 : by->program + 1);
        for (size_t i = 0; i < by->steps; i++)
            fprintf(stream, "%s%u", i == 0 ? "" : ", ", by->path[i]);
        fputc(']', stream);
    }
    fputc('}', stream);
}

void counterexample_print_json(FILE *stream, const struct verdict *verdict,
                               const struct witness *witness, const struct party parties[2])
{
    static const char *const words[DIFFERENCE_COUNT] = {
        [DIFFERENCE_STRICTER] = "stricter",
        [DIFFERENCE_WEAKER] = "weaker",
        [DIFFERENCE_DATA] = "data",
    };
    fprintf(stream, "{\"difference\": \"%s\", ", words[witness->difference]);
    counterexample_print_call_json(stream, &witness->input.data);
    fputs(", \"params\": {", stream);
    for (size_t i = 0; i < verdict->param_count; i++) {
        fputs(i == 0 ? "" : ", ", stream);
        json_string(stream, verdict->param_name[i]);
        fprintf(stream, ": %" PRIu64, witness->input.params[i]);
    }
    for (size_t side = 0; side < SIDES; side++) {
        fputs(side == 0 ? "}, \"left\": " : ", \"right\": ", stream);
        print_side_json(stream, witness, &parties[side], side);
    }
    fputc('}', stream);
}

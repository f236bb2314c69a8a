// SPDX-License-Identifier: ISC
//
// dump.c: `seccomp-audit dump PID|FILE [-o OUT.bpf]`: the instructions themselves, as numbers
// beside their words; with -o as a file, for other tools. And `seccomp-audit disasm FILE`: the
// words alone. Both take any form of input.h; of a policy they show what `compile` makes of it,
// parameters left open.
//
// Several filters of a process come oldest first; -o then writes OUT.1.bpf, OUT.2.bpf and so on,
// and says so on stderr.
//
// As JSON: an object with input, arch (--arch), and filters: array of {count, instructions: array
// of {code, jt, jf, k, text}, holes: array of {instruction, param, half ("high", "low")}}.
//
// Exit: 0, 2 bad input, 3 a process that may not be looked at; 1 a policy that cannot be compiled.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "architecture.h"
#include "disasm.h"
#include "input.h"
#include "json.h"

typedef void print_program(const struct listed_programs *listed, size_t index);

// Holes are of the first program.
static size_t holes_of(const struct listed_programs *listed, size_t index)
{
    return index == 0 ? listed->hole_count : 0;
}

static const char *words(const struct listed_programs *listed, size_t index, size_t insn,
                         char text[DISASM_TEXT_BYTES])
{
    return disasm_insn(&listed->programs[index], insn, listed->holes, holes_of(listed, index),
                       listed->param_names, text);
}

static void print_numbers(const struct listed_programs *listed, size_t index)
{
    const struct program *program = &listed->programs[index];
    for (size_t i = 0; i < program->count; i++) {
        char text[DISASM_TEXT_BYTES];
        const struct sock_filter *insn = &program->insns[i];
        printf("%4zu  %04x %02x %02x %08x  %s\n", i, insn->code, insn->jt, insn->jf, insn->k,
               words(listed, index, i, text));
    }
}

static void print_words(const struct listed_programs *listed, size_t index)
{
    disasm_write(stdout, &listed->programs[index], listed->holes, holes_of(listed, index),
                 listed->param_names);
}

static void print_json_program(const struct listed_programs *listed, size_t index)
{
    const struct program *program = &listed->programs[index];
    printf("{\"count\": %zu, \"instructions\": [", program->count);
    for (size_t i = 0; i < program->count; i++) {
        char text[DISASM_TEXT_BYTES];
        const struct sock_filter *insn = &program->insns[i];
        printf("%s{\"code\": %u, \"jt\": %u, \"jf\": %u, \"k\": %u, \"text\": ",
               i == 0 ? "" : ",\n  ", insn->code, insn->jt, insn->jf, insn->k);
        json_string(stdout, words(listed, index, i, text));
        fputc('}', stdout);
    }
    fputs("], \"holes\": [", stdout);
    for (size_t i = 0; i < holes_of(listed, index); i++) {
        const struct hole *hole = &listed->holes[i];
        printf("%s{\"instruction\": %zu, \"param\": ", i == 0 ? "" : ", ", hole->insn);
        json_string(stdout, listed->param_names[hole->param]);
        printf(", \"half\": \"%s\"}", hole->high ? "high" : "low");
    }
    fputs("]}", stdout);
}

static void print_json(const struct options *options, const char *name,
                       const struct listed_programs *listed)
{
    fputs("{\"input\": ", stdout);
    json_string(stdout, name);
    printf(", \"arch\": \"%s\", \"filters\": [", architecture_name(options->arch));
    for (size_t i = 0; i < listed->count; i++) {
        fputs(i == 0 ? "" : ",\n ", stdout);
        print_json_program(listed, i);
    }
    puts("]}");
}

static void print_text(const char *name, const struct listed_programs *listed, print_program *print)
{
    if (listed->count == 0)
        printf("%s: there is no filter\n", name);
    for (size_t i = 0; i < listed->count; i++) {
        if (listed->count > 1)
            printf("%s%s: filter %zu of %zu%s\n", i == 0 ? "" : "\n", name, i + 1, listed->count,
                   i == 0 ? ", the oldest" : "");
        print(listed, i);
    }
}

// "OUT.bpf", or "OUT.2.bpf" for one of several. NULL without memory.
static char *output_name(const char *path, size_t index, size_t count)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash == NULL ? path : slash, '.');
    char *name = NULL;
    int stem = (int)(dot == NULL ? strlen(path) : (size_t)(dot - path));
    if (count == 1)
        return strdup(path);
    if (asprintf(&name, "%.*s.%zu%s", stem, path, index + 1, dot == NULL ? "" : dot) < 0)
        return NULL;
    return name;
}

static int write_all(const struct options *options, const char *name,
                     const struct listed_programs *listed)
{
    if (listed->count == 0)
        return options_fail(options, "%s: there is no filter to write", name);
    if (listed->hole_count > 0)
        return options_fail(options, "%s: its parameters have no values: use compile", name);
    for (size_t i = 0; i < listed->count; i++) {
        char *path = output_name(options->output, i, listed->count);
        int failed =
            path == NULL || input_write_program(path, &listed->programs[i], options->arch) != 0;
        if (failed)
            options_fail(options, "%s: %s", options->output, strerror(errno));
        else if (listed->count > 1)
            fprintf(stderr, "%s: filter %zu of %zu, %zu instructions\n", path, i + 1, listed->count,
                    listed->programs[i].count);
        free(path);
        if (failed)
            return EXIT_INPUT;
    }
    return EXIT_CLEAN;
}

static int list(const struct options *options, const char *name, print_program *print)
{
    struct input input;
    struct listed_programs listed;
    int status = input_open(options, name, &input);
    if (status >= 0)
        return status;
    status = input_programs(options, &input, &listed);
    if (status < 0 && options->output != NULL) {
        status = write_all(options, name, &listed);
    } else if (status < 0) {
        if (options->json)
            print_json(options, name, &listed);
        else
            print_text(name, &listed, print);
        status = fflush(stdout) != 0 || ferror(stdout)
                     ? options_fail(options, "cannot write the answer")
                     : EXIT_CLEAN;
    }
    input_close(&input);
    return status;
}

int audit_dump(const struct options *options)
{
    if (options->operand_count != 1)
        return options_fail(options, "give a process's number, or a file");
    const char *operand = options->operands[0];
    char *name = NULL;
    bool number = operand[0] != '\0' && operand[strspn(operand, "0123456789")] == '\0';
    if (asprintf(&name, "%s%s", number ? "pid:" : "", operand) < 0)
        return options_fail(options, "out of memory");
    int status = list(options, name, print_numbers);
    free(name);
    return status;
}

int audit_disasm(const struct options *options)
{
    if (options->operand_count != 1)
        return options_fail(options, "give one file, or pid:N");
    return list(options, options->operands[0], print_words);
}

// SPDX-License-Identifier: ISC
//
// input.c: opens each form. A program that the kernel would refuse is never let in.
#include "input.h"

#include <byteswap.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "architecture.h"
#include "arena.h"
#include "compile_proven.h"
#include "output.h"
#include "process_snapshot.h"
#include "variant.h"

#define INSN_BYTES sizeof(struct sock_filter)

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name);
    return length > strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

static bool is_foreign(uint32_t arch)
{
    return architecture_big_endian(arch) != architecture_big_endian(architecture_native());
}

static void swap_bytes(struct sock_filter *insns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        insns[i].code = bswap_16(insns[i].code);
        insns[i].k = bswap_32(insns[i].k);
    }
}

// Reads a whole file of at most BPF_MAXINSNS instructions. The number of bytes, or -1 with errno.
static ssize_t read_bytes(const char *path, char *bytes, size_t room)
{
    size_t length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -1;
    ssize_t got;
    while ((got = read(fd, bytes + length, room - length)) > 0 || (got < 0 && errno == EINTR))
        length += got > 0 ? (size_t)got : 0;
    int cause = errno;
    close(fd);
    errno = cause;
    return got < 0 ? -1 : (ssize_t)length;
}

static int add_program(struct input *input, const struct sock_filter *insns, size_t count)
{
    struct program *programs =
        reallocarray(input->programs, input->program_count + 1, sizeof(*programs));
    if (programs == NULL)
        return EXIT_INPUT;
    input->programs = programs;
    struct program *program = &programs[input->program_count];
    program->count = count;
    program->insns = calloc(count, INSN_BYTES);
    if (program->insns == NULL)
        return EXIT_INPUT;
    memcpy(program->insns, insns, count * INSN_BYTES);
    input->program_count++;
    return -1;
}

static int open_program(const struct options *options, const char *path, struct input *input)
{
    static struct sock_filter insns[BPF_MAXINSNS + 1];
    struct program_fault fault;
    ssize_t length = read_bytes(path, (char *)insns, sizeof(insns));
    size_t count = length < 0 ? 0 : (size_t)length / INSN_BYTES;
    if (length < 0)
        return options_fail(options, "%s: %s", path, strerror(errno));
    if (length == 0 || (size_t)length % INSN_BYTES != 0)
        return options_fail(options, "%s: %zd bytes are not a program: it is made of 8 bytes each",
                            path, length);
    if (count > BPF_MAXINSNS)
        return options_fail(options, "%s: more than the %d instructions that the kernel takes",
                            path, BPF_MAXINSNS);
    if (is_foreign(options->arch))
        swap_bytes(insns, count);
    if (!program_accept(insns, count, &fault))
        return options_fail(options, "%s: the kernel would refuse instruction %zu: %s", path,
                            fault.index, fault.reason);
    if (is_foreign(options->arch))
        program_swap_halves(insns, count);
    return add_program(input, insns, count) < 0 ? -1 : options_fail(options, "out of memory");
}

static int open_policy(const struct options *options, const char *path, struct input *input)
{
    input->policy = options_load(options, path);
    return input->policy == NULL ? EXIT_INPUT : -1;
}

// The filters of all threads, which must be the same. -1, or the exit status after a message.
static int take_filters(const struct options *options, const struct snapshot *snapshot,
                        struct input *input)
{
    if (snapshot->stack_count > 1) {
        options_fail(options, "%s: its threads have different filters; attest shows them",
                     input->name);
        return EXIT_UNDECIDED;
    }
    for (size_t i = 0; i < snapshot->thread_count; i++)
        if (snapshot->threads[i].state.mode == 1) {
            options_fail(options, "%s: it is in strict mode, which is no program", input->name);
            return EXIT_UNDECIDED;
        }
    const struct filter_stack *stack = snapshot->stack_count > 0 ? &snapshot->stacks[0] : NULL;
    for (size_t i = 0; stack != NULL && i < stack->count; i++)
        if (add_program(input, stack->programs[i].insns, stack->programs[i].count) >= 0)
            return options_fail(options, "out of memory");
    return -1;
}

static int open_process(const struct options *options, struct input *input)
{
    struct process process;
    struct snapshot snapshot;
    struct refusal refusal;
    char *end;
    errno = 0;
    long pid = strtol(input->name + 4, &end, 10);
    if (errno != 0 || *end != '\0' || end == input->name + 4 || pid < 1 || pid > INT32_MAX)
        return options_fail(options, "'%s' names no process", input->name);
    enum sight sight = process_open(&process, (pid_t)pid, &refusal);
    if (sight == SIGHT_OK) {
        sight = snapshot_take(&process, options->force, &snapshot, &refusal);
        process_close(&process);
    }
    if (sight != SIGHT_OK) {
        options_fail(options, "%s: %s", input->name, refusal.text);
        return sight == SIGHT_REFUSED ? EXIT_UNDECIDED : EXIT_INPUT;
    }
    int status = take_filters(options, &snapshot, input);
    snapshot_free(&snapshot);
    return status;
}

int input_open(const struct options *options, const char *name, struct input *input)
{
    int status;
    *input = (struct input){.name = name};
    if (strncmp(name, "pid:", 4) == 0)
        status = open_process(options, input);
    else if (ends_with(name, ".bpf"))
        status = open_program(options, name, input);
    else
        status = open_policy(options, name, input);
    if (status >= 0)
        input_close(input);
    return status;
}

void input_close(struct input *input)
{
    for (size_t i = 0; i < input->program_count; i++)
        free(input->programs[i].insns);
    free(input->programs);
    policy_free(input->policy);
    *input = (struct input){0};
}

struct subject input_subject(const struct input *input)
{
    return (struct subject){.policy = input->policy,
                            .programs = input->programs,
                            .program_count = input->program_count};
}

bool input_lists(const struct policy *policy, uint32_t arch)
{
    for (size_t i = 0; i < policy->arch_count; i++)
        if (policy->arch[i] == arch)
            return true;
    return false;
}

// What is listed is proven, as what is written is.
static int compile_listed(const struct options *options, const struct policy *policy,
                          struct listed_programs *listed)
{
    struct attempt attempts[2];
    struct attempt *good = compile_proven(policy, options->compiler, compile_policy, attempts);
    if (good != NULL) {
        const char **names = arena_alloc(policy->arena, policy->param_count + 1, sizeof(*names));
        struct program *program = arena_alloc(policy->arena, 1, sizeof(*program));
        for (size_t i = 0; i < policy->param_count; i++)
            names[i] = policy->params[i].name;
        *program = good->here;
        *listed = (struct listed_programs){program, 1, good->compiled.holes,
                                           good->compiled.hole_count, names};
    }
    attempts_free(attempts);
    if (good != NULL)
        return -1;
    options_fail(options, "%s: it cannot be compiled; the command compile says why", policy->path);
    return EXIT_FOUND;
}

int input_programs(const struct options *options, const struct input *input,
                   struct listed_programs *listed)
{
    *listed = (struct listed_programs){.programs = input->programs, .count = input->program_count};
    if (input->policy == NULL)
        return -1;
    const struct policy *selected = policy_select_arch(input->policy, options->arch);
    if (selected == NULL)
        return options_fail(options, "%s: @arch does not list %s", input->name,
                            architecture_name(options->arch));
    return compile_listed(options, selected, listed);
}

int input_write_program(const char *path, const struct program *program, uint32_t arch)
{
    struct output output;
    if (output_open(&output, path) != 0)
        return -1;
    for (size_t i = 0; i < program->count; i++) {
        struct sock_filter insn = program->insns[i];
        if (is_foreign(arch)) {
            program_swap_halves(&insn, 1);
            swap_bytes(&insn, 1);
        }
        fwrite(&insn, sizeof(insn), 1, output.stream);
    }
    return output_commit(&output);
}

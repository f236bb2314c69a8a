// SPDX-License-Identifier: ISC
#include "stack.h"

#include "report.h"

#include <stdio.h>
#include <stdlib.h>

void stack_load(struct stack *stack, const char *path)
{
    static struct sock_filter buffer[BPF_MAXINSNS + 1];
    struct program_fault fault;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        report_bail_errno(path);
    size_t bytes = fread(buffer, 1, sizeof(buffer), file);
    fclose(file);

    size_t count = bytes / sizeof(buffer[0]);
    if (bytes % sizeof(buffer[0]) != 0)
        report_bail("%s: not a whole number of instructions", path);
    if (!program_accept(buffer, count, &fault))
        report_bail("%s: instruction %zu: %s", path, fault.index, fault.reason);

    struct program *program = &stack->programs[stack->count++];
    program->count = count;
    program->insns = calloc(count, sizeof(buffer[0]));
    if (program->insns == NULL)
        report_bail("out of memory");
    for (size_t i = 0; i < count; i++)
        program->insns[i] = buffer[i];
}

// kernel/seccomp.c ACTION_ONLY(): actions are compared as signed numbers, and the least wins, so
// that 0x80000000, kill the process, comes before all.
static int32_t precedence(uint32_t result)
{
    return (int32_t)(result & SECCOMP_RET_ACTION_FULL);
}

uint32_t stack_verdict(const struct stack *stack, const struct seccomp_data *call)
{
    uint32_t verdict = SECCOMP_RET_ALLOW;
    for (size_t i = stack->count; i-- > 0;) { // the newest first: of equals it has the say
        const struct program *program = &stack->programs[i];
        uint32_t result = program_execute(program->insns, program->count, call, NULL).result;
        if (precedence(result) < precedence(verdict))
            verdict = result;
    }
    return verdict;
}

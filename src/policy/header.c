// SPDX-License-Identifier: ISC
//
// header.c: arrays that are empty are not written, since C has none; NULL and 0 stand for them.
#include "header.h"

#include <inttypes.h>
#include <string.h>

#include "architecture.h"
#include "arena.h"
#include "disasm.h"
#include "sha256.h"
#include "syscalls.h"

static const char *const *param_names(const struct policy *policy)
{
    const char **names = arena_alloc(policy->arena, policy->param_count + 1, sizeof(*names));
    for (size_t i = 0; i < policy->param_count; i++)
        names[i] = policy->params[i].name;
    return names;
}

// The program as this machine would read it, for the names of its fields.
static struct program as_read_here(const struct policy *policy, const struct program *program)
{
    struct program here = {.count = program->count};
    here.insns = arena_alloc(policy->arena, program->count, sizeof(*here.insns));
    memcpy(here.insns, program->insns, program->count * sizeof(*here.insns));
    if (architecture_big_endian(policy->arch[0]) != architecture_big_endian(architecture_native()))
        program_swap_halves(here.insns, here.count);
    return here;
}

static void write_insns(FILE *stream, const char *name, const struct policy *policy,
                        const struct compiled *compiled)
{
    const char *const *names = param_names(policy);
    struct program shown = as_read_here(policy, &compiled->program);
    fprintf(stream, "\nstatic const struct sock_filter %s_insns[] = {\n", name);
    for (size_t i = 0; i < shown.count; i++) {
        const struct sock_filter *insn = &compiled->program.insns[i];
        char text[DISASM_TEXT_BYTES];
        fprintf(stream, "    {0x%02x, %3u, %3u, 0x%08x}, // %4zu: %s\n", insn->code, insn->jt,
                insn->jf, insn->k, i,
                disasm_insn(&shown, i, compiled->holes, compiled->hole_count, names, text));
    }
    fputs("};\n", stream);
}

static void write_holes(FILE *stream, const char *name, const struct compiled *compiled)
{
    if (compiled->hole_count == 0)
        return;
    fprintf(stream, "\nstatic const struct filter_hole %s_holes[] = {\n", name);
    for (size_t i = 0; i < compiled->hole_count; i++) {
        const struct hole *hole = &compiled->holes[i];
        fprintf(stream, "    {.insn = %zu, .param = %zu, .high = %d},\n", hole->insn, hole->param,
                hole->high);
    }
    fputs("};\n", stream);
}

static void write_params(FILE *stream, const char *name, const struct policy *policy)
{
    if (policy->param_count == 0)
        return;
    fprintf(stream, "\nstatic const struct filter_param %s_params[] = {\n", name);
    for (size_t i = 0; i < policy->param_count; i++) {
        const struct param *param = &policy->params[i];
        fprintf(stream, "    {.name = \"%s\", .low = %" PRIu64 "u, .high = %" PRIu64 "u},\n",
                param->name, param->low, param->high);
    }
    fputs("};\n", stream);
}

// Octal escapes have at most three digits, so unlike \x they cannot swallow what follows; "?" is
// escaped because of trigraphs.
static void write_byte(FILE *stream, char byte)
{
    if (byte == '"' || byte == '\\')
        fprintf(stream, "\\%c", byte);
    else if (byte == '\t')
        fputs("\\t", stream);
    else if (byte >= ' ' && byte <= '~' && byte != '?')
        putc(byte, stream);
    else
        fprintf(stream, "\\%03o", (unsigned char)byte);
}

static void write_text(FILE *stream, const char *name, const struct policy *policy)
{
    fprintf(stream, "\nstatic const char %s_text[] =\n    \"", name);
    for (size_t i = 0; i < policy->text_length; i++) {
        char byte = policy->text[i];
        if (byte != '\n')
            write_byte(stream, byte);
        else
            fputs(i + 1 == policy->text_length ? "\\n" : "\\n\"\n    \"", stream);
    }
    fputs("\";\n", stream);
}

// `own` names the instructions and holes, `name` the text and the parameters.
static void write_program(FILE *stream, const char *name, const char *own,
                          const struct policy *policy, const struct compiled *compiled)
{
    char sha256[SHA256_TEXT_BYTES];
    sha256_text(policy->text, policy->text_length, sha256);
    fprintf(stream, "\nstatic const struct filter_program %s_program = {\n", own);
    fprintf(stream, "    .name = \"%s\",\n    .text = %s_text,\n", own, name);
    fprintf(stream, "    .text_length = sizeof(%s_text) - 1,\n", name);
    fprintf(stream, "    .sha256 = \"%s\",\n    .insns = %s_insns,\n", sha256, own);
    fprintf(stream, "    .count = %zu,\n", compiled->program.count);
    if (compiled->hole_count > 0)
        fprintf(stream, "    .holes = %s_holes,\n", own);
    else
        fputs("    .holes = NULL,\n", stream);
    fprintf(stream, "    .hole_count = %zu,\n", compiled->hole_count);
    if (policy->param_count > 0)
        fprintf(stream, "    .params = %s_params,\n", name);
    else
        fputs("    .params = NULL,\n", stream);
    fprintf(stream, "    .param_count = %zu,\n};\n", policy->param_count);
}

void header_write(FILE *stream, const char *name, const struct policy *policy,
                  const struct compiled *compiled)
{
    fputs("// generated by seccomp-audit compile --header; do not edit\n", stream);
    write_insns(stream, name, policy, compiled);
    write_holes(stream, name, compiled);
    write_params(stream, name, policy);
    write_text(stream, name, policy);
    write_program(stream, name, name, policy, compiled);
}

void header_write_twin(FILE *stream, const char *name, const struct policy *policy,
                       const struct compiled *twin)
{
    const struct syscall_table *calls = syscalls_of(policy->arch[0]);
    char own[256];
    snprintf(own, sizeof(own), "%s_trap", name);
    write_insns(stream, own, policy, twin);
    write_holes(stream, own, twin);
    write_program(stream, name, own, policy, twin);
    fprintf(stream, "\nstatic const struct filter_call %s_calls[] = {\n", name);
    for (size_t i = 0; i < calls->count; i++)
        fprintf(stream, "    {%d, \"%s\"},\n", calls->entries[i].number, calls->entries[i].name);
    fprintf(stream, "};\n\nstatic const size_t %s_call_count = %zu;\n", name, calls->count);
}

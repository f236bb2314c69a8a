// SPDX-License-Identifier: ISC
//
// compile.c: `seccomp-audit compile`: policy text to BPF program, or to C.
//
// Nothing is written unless the program was held against the text and stood: compile_prove().
#include "compile.h"

#include <byteswap.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "action.h"
#include "architecture.h"
#include "boundary.h"
#include "command.h"
#include "header.h"
#include "output.h"
#include "syscalls.h"
#include "variant.h"

static void print_difference(const struct policy *policy,
                             const struct boundary_difference *difference)
{
    char expected[ACTION_TEXT_BYTES];
    char actual[ACTION_TEXT_BYTES];
    const struct seccomp_data *data = &difference->data;
    const char *call = syscalls_name(data->arch, data->nr);
    fprintf(stderr, "%s: the program is not the policy\n  on %s, call %d (%s)", policy->path,
            architecture_name(data->arch), data->nr, call == NULL ? "no name" : call);
    for (size_t i = 0; i < 6; i++)
        fprintf(stderr, "%s0x%llx", i == 0 ? ", arguments " : " ",
                (unsigned long long)data->args[i]);
    for (size_t i = 0; i < policy->param_count; i++)
        fprintf(stderr, "\n  with %s = %llu", policy->params[i].name,
                (unsigned long long)difference->params[i]);
    fprintf(stderr, "\n  the policy says %s, the program %s\n",
            action_text(difference->expected, expected), action_text(difference->actual, actual));
}

// Does the program do what the policy says? The one gate between a compiler and a file. -1 when it
// does, else the exit status, with the counterexample on stderr.
static int compile_prove(const struct options *options, const struct policy *policy,
                         const struct compiled *compiled)
{
    struct program_fault fault;
    struct boundary_difference difference;
    const struct program *program = &compiled->program;
    if (!program_accept(program->insns, program->count, &fault)) {
        options_fail(options, "the kernel would refuse the program at instruction %zu: %s",
                     fault.index, fault.reason);
        return EXIT_FOUND;
    }
    if (boundary_agrees(policy, compiled, &difference))
        return -1;
    print_difference(policy, &difference);
    return EXIT_FOUND;
}

static int build_by(const struct options *options, const struct policy *policy,
                    enum compiler compiler, struct compiled *compiled)
{
    const char *why = "";
    if (!compile_policy(policy, compiler, compiled, &why)) {
        options_fail(options, "%s: %s", policy->path, why);
        return EXIT_FOUND;
    }
    return compile_prove(options, policy, compiled);
}

// Where libseccomp built something else than the policy, that is said, and our own compiler gets
// its chance: what is written is proven either way.
static int build(const struct options *options, const struct policy *policy,
                 struct compiled *compiled)
{
    int status = build_by(options, policy, COMPILER_ANY, compiled);
    if (status < 0 || compiled->by != COMPILER_SECCOMP)
        return status;
    fprintf(stderr, "%s: this was libseccomp's program; building it without libseccomp\n",
            policy->path);
    return build_by(options, policy, COMPILER_OWN, compiled);
}

static int fail_output(const struct options *options)
{
    return options_fail(options, "%s: %s", options->output, strerror(errno));
}

// The file holds what seccomp(2) takes on the policy's architecture, in its byte order.
static int write_program(const struct options *options, const struct policy *policy,
                         const struct compiled *compiled)
{
    struct output output;
    bool swap =
        architecture_big_endian(policy->arch[0]) != architecture_big_endian(architecture_native());
    if (output_open(&output, options->output) != 0)
        return fail_output(options);
    for (size_t i = 0; i < compiled->program.count; i++) {
        struct sock_filter insn = compiled->program.insns[i];
        insn.code = swap ? bswap_16(insn.code) : insn.code;
        insn.k = swap ? bswap_32(insn.k) : insn.k;
        fwrite(&insn, sizeof(insn), 1, output.stream);
    }
    return output_commit(&output) == 0 ? EXIT_CLEAN : fail_output(options);
}

static int compile_program(const struct options *options, const struct policy *policy)
{
    uint64_t values[LOAD_PARAMS];
    struct compiled compiled;
    if (!options_bind(options, policy, values))
        return EXIT_INPUT;
    const struct policy *bound = policy_bind(policy, values);
    int status = build(options, bound, &compiled);
    return status >= 0 ? status : write_program(options, bound, &compiled);
}

static int compile_header(const struct options *options, const struct policy *policy)
{
    struct compiled compiled;
    struct compiled twin;
    struct output output;
    int status = build(options, policy, &compiled);
    if (status < 0 && options->trap)
        status = build(options, policy_trap_twin(policy), &twin);
    if (status >= 0)
        return status;
    if (output_open(&output, options->output) != 0)
        return fail_output(options);
    header_write(output.stream, options->name, policy, &compiled);
    if (options->trap)
        header_write_twin(output.stream, options->name, policy, &twin);
    return output_commit(&output) == 0 ? EXIT_CLEAN : fail_output(options);
}

static bool is_identifier(const char *text)
{
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    while (isalnum((unsigned char)*text) || *text == '_')
        text++;
    return *text == '\0';
}

// The options that go together. -1 when they do.
static int check_options(const struct options *options)
{
    enum { NAME_BYTES = 64 };
    if (options->operand_count != 1)
        return options_fail(options, "give one policy");
    if (options->output == NULL)
        return options_fail(options, "give -o FILE");
    if (!options->header && (options->trap || options->name != NULL))
        return options_fail(options, "--name and --trap go with --header");
    if (!options->header)
        return -1;
    if (options->name == NULL || !is_identifier(options->name) ||
        strlen(options->name) > NAME_BYTES)
        return options_fail(options, "--header needs --name=NAME, an identifier of C");
    if (options->param_count > 0)
        return options_fail(options, "--header leaves the parameters open: no --param");
    return -1;
}

int audit_compile(const struct options *options)
{
    int status = check_options(options);
    if (status >= 0)
        return status;
    struct policy *policy = options_load(options, options->operands[0]);
    if (policy == NULL)
        return EXIT_INPUT;
    const struct policy *selected = policy_select_arch(policy, options->arch);
    if (selected == NULL)
        status = options_fail(options, "%s: @arch does not list %s", policy->path,
                              architecture_name(options->arch));
    else
        status = options->header ? compile_header(options, selected)
                                 : compile_program(options, selected);
    policy_free(policy);
    return status;
}

// SPDX-License-Identifier: ISC
//
// compile.c: `seccomp-audit compile`: policy text to BPF program, or to C.
//
// Promise: nothing is written that was not proven EQUAL to its policy, for every input and every
// value of the parameters that are left open. With --header --trap that holds for both programs.
//
// libseccomp's program is taken where it can express the policy and builds it right; where it
// builds something else, that is said on stderr with a counterexample, and our own compiler gets
// its chance (--compiler=any; seccomp and own take the one or the other). With --compiler=both each
// must build it right, and the shorter program is written.
//
// With --json an object for each program on a line of its own: policy, output (the file), arch,
// compiler ("seccomp", "own", or null: none), instructions, holes, verdict ("EQUAL" and written, or
// what the last program came to, "REFUSED" and "NOT BUILT" among it), twin (is it the trapping
// one?), and refuted: array of {compiler, witness as in counterexample.h} for programs that are not
// the policy; left is the program.
//
// Exit: 0 written, 1 no program is the policy, 2 bad input, 3 undecided.
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "architecture.h"
#include "compile_gate.h"
#include "counterexample.h"
#include "header.h"
#include "input.h"
#include "json.h"
#include "output.h"
#include "variant.h"

static const char *const names[] = {"libseccomp", "our own compiler"};

static void print_refuted(const struct policy *policy, const struct attempt *attempt,
                          const char *name)
{
    const struct verdict *verdict = attempt->verdict;
    struct subject left = {.programs = &attempt->here,
                           .program_count = 1,
                           .holes = attempt->compiled.holes,
                           .hole_count = attempt->compiled.hole_count};
    struct subject right = {.policy = policy};
    const struct party parties[] = {{"the program", &left}, {"the policy", &right}};
    if (verdict == NULL || verdict->relation == RELATION_UNDECIDED) {
        fprintf(stderr, "%s: the program of %s cannot be proven: %s\n", policy->path, name,
                verdict == NULL ? "out of memory" : verdict->reason);
        return;
    }
    fprintf(stderr, "%s: the program of %s is not the policy (%s)\n", policy->path, name,
            verdict_word(verdict->relation));
    for (size_t i = 0; i < verdict->witness_count; i++)
        counterexample_print(stderr, verdict, &verdict->witness[i], parties, false);
}

// What went wrong on the way: for libseccomp only where there was a program.
static void print_attempts(const struct options *options, const struct policy *policy,
                           const struct attempt attempts[2])
{
    for (size_t i = 0; i < 2; i++) {
        const struct attempt *attempt = &attempts[i];
        bool needed =
            i == 1 || options->compiler == COMPILER_SECCOMP || options->compiler == COMPILER_BOTH;
        if (attempt->end == ATTEMPT_NOT_BUILT && needed)
            fprintf(stderr, "%s: %s: %s\n", policy->path, names[i], attempt->why);
        if (attempt->end == ATTEMPT_REFUSED)
            fprintf(stderr,
                    "%s: the kernel would refuse the program of %s at instruction %zu: %s\n",
                    policy->path, names[i], attempt->insn, attempt->why);
        if (attempt->end == ATTEMPT_REFUTED)
            print_refuted(policy, attempt, names[i]);
    }
}

static const char *last_word(const struct attempt *attempt)
{
    if (attempt->verdict != NULL)
        return verdict_word(attempt->verdict->relation);
    return attempt->end == ATTEMPT_NOT_BUILT ? "NOT BUILT" : "REFUSED";
}

static void print_json_refuted(const struct policy *policy, const struct attempt attempts[2])
{
    static const char *const words[] = {"seccomp", "own"};
    const char *before = "";
    for (size_t i = 0; i < 2; i++) {
        const struct verdict *verdict = attempts[i].verdict;
        if (verdict == NULL || verdict->witness_count == 0)
            continue;
        struct subject left = {.programs = &attempts[i].here, .program_count = 1};
        struct subject right = {.policy = policy};
        const struct party parties[] = {{"", &left}, {"", &right}};
        printf("%s{\"compiler\": \"%s\", \"witness\": ", before, words[i]);
        counterexample_print_json(stdout, verdict, &verdict->witness[0], parties);
        fputc('}', stdout);
        before = ", ";
    }
}

static void print_json(const struct options *options, const struct policy *policy,
                       const struct attempt attempts[2], const struct attempt *good, bool twin)
{
    const struct attempt *last = attempts[1].end != ATTEMPT_NOT_MADE ? &attempts[1] : &attempts[0];
    fputs("{\"policy\": ", stdout);
    json_string(stdout, policy->path);
    fputs(", \"output\": ", stdout);
    json_string(stdout, options->output);
    printf(", \"arch\": \"%s\", \"compiler\": ", architecture_name(policy->arch[0]));
    if (good == NULL)
        fputs("null, \"instructions\": 0, \"holes\": 0", stdout);
    else
        printf("\"%s\", \"instructions\": %zu, \"holes\": %zu",
               good == &attempts[0] ? "seccomp" : "own", good->compiled.program.count,
               good->compiled.hole_count);
    printf(", \"verdict\": \"%s\", \"twin\": %s, \"refuted\": [", last_word(last),
           twin ? "true" : "false");
    print_json_refuted(policy, attempts);
    puts("]}");
}

// The one gate between a compiler and a file. -1 with a program that is proven (its verdict is not
// kept), else the exit status, with what went wrong on stderr.
static int pass_gate(const struct options *options, const struct policy *policy,
                     compile_function *compile, bool twin, struct attempt *passed)
{
    struct attempt attempts[2];
    int status = -1;
    const struct attempt *good = compile_proven(policy, options->compiler, compile, attempts);
    print_attempts(options, policy, attempts);
    if (options->json)
        print_json(options, policy, attempts, good, twin);
    if (good != NULL) {
        if (attempts[0].end == ATTEMPT_REFUTED)
            fprintf(stderr, "%s: built without libseccomp instead, and proven\n", policy->path);
        *passed = *good;
    } else {
        const struct attempt *last =
            attempts[1].end != ATTEMPT_NOT_MADE ? &attempts[1] : &attempts[0];
        bool undecided = last->end == ATTEMPT_REFUTED &&
                         (last->verdict == NULL || last->verdict->relation == RELATION_UNDECIDED);
        status = undecided ? EXIT_UNDECIDED : EXIT_FOUND;
    }
    attempts_free(attempts);
    return status;
}

static int fail_output(const struct options *options)
{
    return options_fail(options, "%s: %s", options->output, strerror(errno));
}

// The file holds what seccomp(2) takes on the policy's architecture, in its byte order.
static int compile_program(const struct options *options, const struct policy *policy,
                           compile_function *compile)
{
    uint64_t values[LOAD_PARAMS];
    struct attempt passed;
    if (!options_bind(options, policy, values))
        return EXIT_INPUT;
    const struct policy *bound = policy_bind(policy, values);
    int status = pass_gate(options, bound, compile, false, &passed);
    if (status >= 0)
        return status;
    return input_write_program(options->output, &passed.here, bound->arch[0]) == 0
               ? EXIT_CLEAN
               : fail_output(options);
}

static int compile_header(const struct options *options, const struct policy *policy,
                          compile_function *compile)
{
    struct attempt passed;
    struct attempt twin;
    struct output output;
    int status = pass_gate(options, policy, compile, false, &passed);
    if (status < 0 && options->trap)
        status = pass_gate(options, policy_trap_twin(policy), compile, true, &twin);
    if (status >= 0)
        return status;
    if (output_open(&output, options->output) != 0)
        return fail_output(options);
    header_write(output.stream, options->name, policy, &passed.compiled);
    if (options->trap)
        header_write_twin(output.stream, options->name, policy, &twin.compiled);
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

int compile_through_gate(const struct options *options, compile_function *compile)
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
        status = options->header ? compile_header(options, selected, compile)
                                 : compile_program(options, selected, compile);
    policy_free(policy);
    return status;
}

int audit_compile(const struct options *options)
{
    return compile_through_gate(options, compile_policy);
}

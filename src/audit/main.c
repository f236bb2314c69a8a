// SPDX-License-Identifier: ISC
//
// main.c: seccomp-audit, the commands.
#include <stdio.h>
#include <string.h>

#include "command.h"

// What every command takes that reads a policy, and what those take that may read a live process.
#define POLICY_OPTIONS                                                                             \
    "\n       [--arch=ARCH] [--default=ACTION] [--include-root=DIR] [--cap=CAP]... "               \
    "[--kernel=VERSION]"
#define FORM_OPTIONS "[--json] [--verbose] [--force]" POLICY_OPTIONS

static const struct command commands[] = {
    {"attest", "adijAfPv", "PID... | --all=NAME [--policy=FILE]... " FORM_OPTIONS,
     "which policy a live process obeys, with which parameters", audit_attest},
    {"check", "adijrs", "FILE... [--json | --sarif] | --rules [--json]" POLICY_OPTIONS,
     "is a policy free of errors, and of what its author may not have meant?", audit_check},
    {"compile", "adijopHntC",
     "FILE -o OUT.bpf [--param NAME=VALUE]... | FILE --header --name=NAME [--trap] -o OUT.h\n"
     "       [--compiler=any|seccomp|own|both] [--json]" POLICY_OPTIONS,
     "builds the BPF program of a policy, proves it equal to the text, writes it", audit_compile},
    {"diff", "adijpfv", "A B [--param NAME=VALUE]... " FORM_OPTIONS,
     "what B newly allows and newly denies, call by call", audit_diff},
    {"disasm", "adijfC", "FILE [--compiler=any|seccomp|own|both] [--json] [--force]" POLICY_OPTIONS,
     "the instructions of a program in words", audit_disasm},
    {"dump", "adijofC",
     "PID|FILE [-o OUT.bpf] [--compiler=any|seccomp|own|both] [--json] [--force]" POLICY_OPTIONS,
     "the instructions of a program, or of a live process, as numbers", audit_dump},
    {"emulate", "adijpfv", "FILE CALL [ARG]... [--param NAME=VALUE]... " FORM_OPTIONS,
     "what a policy or program says to one call, and what decided it", audit_emulate},
    {"explain", "adijfv", "FILE|pid:N [SYSCALL] " FORM_OPTIONS,
     "in plain words: always, only if, never", audit_explain},
    {"export", "adijop", "FILE [-o OUT.json] [--param NAME=VALUE]... [--json]" POLICY_OPTIONS,
     "writes a policy as an OCI seccomp profile, proven equal to it", audit_export},
    {"prove", "adijpfvS", "FILE PROGRAM [--param NAME=VALUE]... [--smt=OUT.smt2] " FORM_OPTIONS,
     "is a program what a policy says, for every input?", audit_prove},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int print_help(void)
{
    puts("usage: seccomp-audit COMMAND [OPTION]... [OPERAND]...\n"
         "       seccomp-audit COMMAND --help\n"
         "       seccomp-audit --help | --version\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-8s  %s\n", commands[i].name, commands[i].summary);
    puts("\nexit status: 0 clean or equal, 1 a finding or a difference, 2 bad input, 3 undecided");
    return EXIT_CLEAN;
}

int main(int argc, char **argv)
{
    struct options options;
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return print_help();
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        return printf("seccomp-audit %s\n", ECHOCELL_VERSION) < 0 ? EXIT_INPUT : EXIT_CLEAN;
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        int status = options_read(&options, &commands[i], argc - 1, argv + 1);
        return status >= 0 ? status : commands[i].run(&options);
    }
    if (argc < 2)
        fputs("seccomp-audit: no command; see seccomp-audit --help\n", stderr);
    else
        fprintf(stderr, "seccomp-audit: unknown command '%s'; see seccomp-audit --help\n", name);
    return EXIT_INPUT;
}

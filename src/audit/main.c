// SPDX-License-Identifier: ISC
//
// main.c: seccomp-audit, the commands.
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct command commands[] = {
    {"check", "adij", "[--json] [--default=ACTION] [--arch=ARCH] [--include-root=DIR] FILE...",
     "is a policy free of errors?", audit_check},
    {"compile", "adiopHnt",
     "FILE -o OUT.bpf [--param NAME=VALUE]... | FILE --header --name=NAME [--trap] -o OUT.h",
     "builds the BPF program of a policy, checks it against the text, writes it", audit_compile},
    {"emulate", "adijp", "FILE CALL [ARG]... [--json] [--arch=ARCH] [--param NAME=VALUE]...",
     "what a policy says to one call, and the line that says it", audit_emulate},
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

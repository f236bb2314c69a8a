// SPDX-License-Identifier: ISC
#include "commands.h"

#include "confine.h"
#include "fatal.h"
#include "ready.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Exits with 0 when everything has really reached standard output.
static _Noreturn void print_and_exit(const char *text, size_t length)
{
    if (fwrite(text, 1, length, stdout) != length || fflush(stdout) != 0)
        fatal(EX_OSERR, "standard output", "%s", strerror(errno));
    exit(EX_OK);
}

static struct identity choose_identity(const struct options *options)
{
    struct identity own = {.uid = geteuid(), .gid = getegid()};
    if (own.uid == 0)
        return identity_resolve(options->user);
    if (options->user != NULL) {
        struct identity wanted = identity_resolve(options->user);
        if (wanted.uid != own.uid || wanted.gid != own.gid)
            fatal(EX_NOPERM, "--user", "only root can become %s: start as root, or as that user",
                  options->user);
    }
    return own;
}

struct identity commands_run(int argc, char **argv, const struct activation *passed,
                             struct options *options)
{
    static const char version[] = "echocell " ECHOCELL_VERSION "\n";
    struct option_error error;
    if (!options_parse(argc, argv, options, &error) ||
        !options_settle(options, passed->listen_count, passed->metrics, &error))
        fatal(EX_USAGE, error.what, "%s (see echocell --help)", error.why);
    if (options->action == ACTION_HELP)
        print_and_exit(options_help, strlen(options_help));
    if (options->action == ACTION_VERSION)
        print_and_exit(version, strlen(version));
    if (options->action == ACTION_PRINT_POLICY) {
        const struct filter_program *program = filter_program(options->print_policy, false);
        print_and_exit(program->text, program->text_length);
    }
    struct identity identity = choose_identity(options);
    if (options->action == ACTION_CHECK) {
        ready_require(options->require, confine_possible());
        exit(EX_OK);
    }
    return identity;
}

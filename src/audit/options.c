// SPDX-License-Identifier: ISC
//
// options.c: one table of options for all commands. Each command names the ones it takes by their
// letters; any other is unknown to it.
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "architecture.h"
#include "command.h"
#include "read.h"

static const struct option table[] = {
    {"arch", required_argument, NULL, 'a'},
    {"default", required_argument, NULL, 'd'},
    {"header", no_argument, NULL, 'H'},
    {"help", no_argument, NULL, 'h'},
    {"include-root", required_argument, NULL, 'i'},
    {"json", no_argument, NULL, 'j'},
    {"name", required_argument, NULL, 'n'},
    {"output", required_argument, NULL, 'o'},
    {"param", required_argument, NULL, 'p'},
    {"trap", no_argument, NULL, 't'},
};

enum { TABLE = sizeof(table) / sizeof(table[0]) };

int options_fail(const struct options *options, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "seccomp-audit %s: ", options->command);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return EXIT_INPUT;
}

static int set_arch(struct options *options, const char *text)
{
    const struct architecture *arch = architecture_named(text);
    if (arch == NULL)
        return options_fail(options, "--arch: unknown architecture '%s'", text);
    options->arch = options->load.arch = arch->token;
    return -1;
}

static int set_default(struct options *options, const char *text)
{
    options->load.has_default = true;
    if (policy_read_action(text, true, &options->load.default_action))
        return -1;
    return options_fail(options, "--default: '%s' is not an action that denies", text);
}

static int add_param(struct options *options, const char *text)
{
    const char *equals = strchr(text, '=');
    struct option_param param = {.name = text};
    char *why = NULL;
    if (equals == NULL || equals == text)
        return options_fail(options, "--param: expected NAME=VALUE, not '%s'", text);
    if (options->param_count == LOAD_PARAMS)
        return options_fail(options, "--param: more than 64 parameters");
    param.name_length = (size_t)(equals - text);
    if (!policy_read_value(equals + 1, options->arch, &param.value, &why)) {
        options_fail(options, "--param %s: %s", text, why);
        free(why);
        return EXIT_INPUT;
    }
    options->params[options->param_count++] = param;
    return -1;
}

static int print_usage(const struct command *command)
{
    printf("usage: seccomp-audit %s %s\n%s\n", command->name, command->usage, command->summary);
    return EXIT_CLEAN;
}

static int set_option(struct options *options, const struct command *command, int letter)
{
    switch (letter) {
    case 'a': return set_arch(options, optarg);
    case 'd': return set_default(options, optarg);
    case 'p': return add_param(options, optarg);
    case 'h': return print_usage(command);
    case 'H': options->header = true; break;
    case 'i': options->load.include_root = optarg; break;
    case 'j': options->json = true; break;
    case 'n': options->name = optarg; break;
    case 'o': options->output = optarg; break;
    case 't': options->trap = true; break;
    default: break;
    }
    return -1;
}

static int fail_option(const struct options *options, int letter, char **argv)
{
    const char *text = argv[optind - 1];
    if (letter == ':')
        return options_fail(options, "%s needs a value", text);
    if (optopt != 0 && strncmp(text, "--", 2) != 0)
        return options_fail(options, "unknown option -%c", optopt);
    return options_fail(options, "unknown option %s", text);
}

int options_read(struct options *options, const struct command *command, int argc, char **argv)
{
    struct option taken[TABLE + 1] = {0};
    size_t count = 0;
    *options = (struct options){.command = command->name, .arch = architecture_native()};
    for (size_t i = 0; i < TABLE; i++)
        if (table[i].val == 'h' || strchr(command->options, table[i].val) != NULL)
            taken[count++] = table[i];
    const char *letters = strchr(command->options, 'o') != NULL ? ":ho:" : ":h";
    opterr = 0;
    for (int letter; (letter = getopt_long(argc, argv, letters, taken, NULL)) != -1;) {
        int status = letter == '?' || letter == ':' ? fail_option(options, letter, argv)
                                                    : set_option(options, command, letter);
        if (status >= 0)
            return status;
    }
    options->operands = argv + optind;
    options->operand_count = (size_t)(argc - optind);
    return -1;
}

struct policy *options_load(const struct options *options, const char *path)
{
    struct diagnostics diagnostics;
    diagnostics_create(&diagnostics);
    struct policy *policy = policy_load(path, &options->load, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    diagnostics_destroy(&diagnostics);
    return policy;
}

static bool names(const struct option_param *given, const char *name)
{
    return strlen(name) == given->name_length &&
           strncmp(name, given->name, given->name_length) == 0;
}

static bool bind_one(const struct options *options, const struct param *param, uint64_t *value)
{
    for (size_t i = 0; i < options->param_count; i++) {
        if (!names(&options->params[i], param->name))
            continue;
        *value = options->params[i].value;
        if (*value >= param->low && *value <= param->high)
            return true;
        options_fail(options, "--param %s: the policy takes %" PRIu64 " to %" PRIu64, param->name,
                     param->low, param->high);
        return false;
    }
    options_fail(options, "the policy has a parameter: give --param %s=VALUE", param->name);
    return false;
}

bool options_bind(const struct options *options, const struct policy *policy, uint64_t *values)
{
    for (size_t i = 0; i < options->param_count; i++) {
        const struct option_param *given = &options->params[i];
        size_t param = 0;
        while (param < policy->param_count && !names(given, policy->params[param].name))
            param++;
        if (param < policy->param_count)
            continue;
        options_fail(options, "--param: the policy has no parameter '%.*s'",
                     (int)given->name_length, given->name);
        return false;
    }
    for (size_t i = 0; i < policy->param_count; i++)
        if (!bind_one(options, &policy->params[i], &values[i]))
            return false;
    return true;
}

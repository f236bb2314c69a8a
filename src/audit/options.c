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
    {"all", required_argument, NULL, 'A'},
    {"arch", required_argument, NULL, 'a'},
    {"cap", required_argument, NULL, 'c'},
    {"compiler", required_argument, NULL, 'C'},
    {"default", required_argument, NULL, 'd'},
    {"force", no_argument, NULL, 'f'},
    {"header", no_argument, NULL, 'H'},
    {"help", no_argument, NULL, 'h'},
    {"include-root", required_argument, NULL, 'i'},
    {"json", no_argument, NULL, 'j'},
    {"kernel", required_argument, NULL, 'k'},
    {"name", required_argument, NULL, 'n'},
    {"output", required_argument, NULL, 'o'},
    {"param", required_argument, NULL, 'p'},
    {"policy", required_argument, NULL, 'P'},
    {"rules", no_argument, NULL, 'r'},
    {"sarif", no_argument, NULL, 's'},
    {"smt", required_argument, NULL, 'S'},
    {"trap", no_argument, NULL, 't'},
    {"verbose", no_argument, NULL, 'v'},
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
    options->arch = options->load.arch = options->oci.arch = arch->token;
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

static int add_cap(struct options *options, const char *text)
{
    if (!oci_cap_known(text))
        return options_fail(options, "--cap: unknown capability '%s'; they are called CAP_...",
                            text);
    if (options->oci.cap_count == OCI_CAPS)
        return options_fail(options, "--cap: more than %d capabilities", OCI_CAPS);
    options->oci.caps[options->oci.cap_count++] = text;
    return -1;
}

static int set_kernel(struct options *options, const char *text)
{
    options->oci.kernel = oci_kernel_read(text);
    if (options->oci.kernel == 0)
        return options_fail(options, "--kernel: expected a version like 6.1, not '%s'", text);
    return -1;
}

static int set_compiler(struct options *options, const char *text)
{
    static const char *const words[] = {
        [COMPILER_ANY] = "any",
        [COMPILER_SECCOMP] = "seccomp",
        [COMPILER_OWN] = "own",
        [COMPILER_BOTH] = "both",
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i], text) == 0) {
            options->compiler = (enum compiler)i;
            return -1;
        }
    return options_fail(options, "--compiler: one of any, seccomp, own, both; not '%s'", text);
}

static int add_policy(struct options *options, const char *path)
{
    if (options->policy_count == OPTION_POLICIES)
        return options_fail(options, "--policy: more than %d policies", OPTION_POLICIES);
    options->policies[options->policy_count++] = path;
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
    case 'c': return add_cap(options, optarg);
    case 'C': return set_compiler(options, optarg);
    case 'd': return set_default(options, optarg);
    case 'k': return set_kernel(options, optarg);
    case 'p': return add_param(options, optarg);
    case 'P': return add_policy(options, optarg);
    case 'h': return print_usage(command);
    case 'A': options->all = optarg; break;
    case 'f': options->force = true; break;
    case 'H': options->header = true; break;
    case 'i': options->load.include_root = optarg; break;
    case 'j': options->json = true; break;
    case 'n': options->name = optarg; break;
    case 'o': options->output = optarg; break;
    case 'r': options->rules = true; break;
    case 's': options->sarif = true; break;
    case 'S': options->smt = optarg; break;
    case 't': options->trap = true; break;
    case 'v': options->verbose = true; break;
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

// --cap and --kernel say how a profile is to be read, as --default does for a policy: commands that
// read one of them read both.
static bool takes(const struct command *command, int letter)
{
    if (letter == 'c' || letter == 'k')
        letter = 'd';
    return letter == 'h' || strchr(command->options, letter) != NULL;
}

int options_read(struct options *options, const struct command *command, int argc, char **argv)
{
    struct option taken[TABLE + 1] = {0};
    size_t count = 0;
    *options = (struct options){.command = command->name, .arch = architecture_native()};
    for (size_t i = 0; i < TABLE; i++)
        if (takes(command, table[i].val))
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

struct policy *options_load_into(const struct options *options, const char *path,
                                 struct diagnostics *diagnostics)
{
    if (oci_named(path))
        return oci_load(path, &options->oci, diagnostics);
    return policy_load(path, &options->load, diagnostics);
}

struct policy *options_load(const struct options *options, const char *path)
{
    struct diagnostics diagnostics;
    diagnostics_create(&diagnostics);
    struct policy *policy = options_load_into(options, path, &diagnostics);
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

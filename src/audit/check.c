// SPDX-License-Identifier: ISC
//
// check.c: `seccomp-audit check FILE...`: all that is wrong with each policy.
//
// As JSON: an array of objects with file, line and column (0: the file as a whole), severity
// ("error", "warning", or "note" for a second place of the finding before it), message, and hint
// where there is one.
#include <stdio.h>

#include "command.h"
#include "json.h"

static void print_json(const struct diagnostics *diagnostics, bool *first)
{
    static const char *const words[] = {"error", "warning", "note"};
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *found = &diagnostics->list[i];
        fputs(*first ? "\n  {\"file\": " : ",\n  {\"file\": ", stdout);
        *first = false;
        json_string(stdout, found->at.file);
        printf(", \"line\": %u, \"column\": %u, \"severity\": \"%s\", \"message\": ",
               found->at.line, found->at.column, words[found->severity]);
        json_string(stdout, found->message);
        if (found->hint != NULL) {
            fputs(", \"hint\": ", stdout);
            json_string(stdout, found->hint);
        }
        putchar('}');
    }
}

// The worst of the statuses of one file.
static int check_file(const struct options *options, const char *path, bool *first)
{
    struct diagnostics diagnostics;
    diagnostics_create(&diagnostics);
    struct policy *policy = policy_load(path, &options->load, &diagnostics);
    int status = diagnostics.count > 0 ? EXIT_FOUND : EXIT_CLEAN;
    if (policy == NULL)
        status = EXIT_INPUT;
    if (options->json)
        print_json(&diagnostics, first);
    else
        diagnostics_print(&diagnostics, stdout);
    policy_free(policy);
    diagnostics_destroy(&diagnostics);
    return status;
}

int audit_check(const struct options *options)
{
    int worst = EXIT_CLEAN;
    bool first = true;
    if (options->operand_count == 0)
        return options_fail(options, "no policy given");
    if (options->json)
        putchar('[');
    for (size_t i = 0; i < options->operand_count; i++) {
        int status = check_file(options, options->operands[i], &first);
        worst = status > worst ? status : worst;
    }
    if (options->json)
        puts(first ? "]" : "\n]");
    if (fflush(stdout) != 0 || ferror(stdout))
        return options_fail(options, "cannot write the findings");
    return worst;
}

// SPDX-License-Identifier: ISC
//
// export.c: `seccomp-audit export FILE [-o OUT.json]`: a policy as an OCI seccomp profile.
//
// The profile is read back and proven equal to the policy, for every architecture of it, before it
// is written: to OUT.json, or to stdout. Profiles have no word for @badarch; a policy that does not
// kill the thread there is exported with a warning.
//
// With --json, which needs -o, an object on stdout: output (the file), relation ("EQUAL"), and
// archs (names). Exit: 0 written; 1 no profile is the policy; 2 bad input; 3 undecided.
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "architecture.h"
#include "command.h"
#include "counterexample.h"
#include "diagram.h"
#include "json.h"
#include "output.h"
#include "variant.h"
#include "verdict.h"

struct text {
    char *bytes;
    size_t length;
};

static int report(const struct options *options, const struct policy *policy,
                  const struct verdict *verdict, const struct party parties[2])
{
    if (verdict->relation == RELATION_UNDECIDED) {
        options_fail(options, "%s: cannot be proven: %s", policy->path, verdict->reason);
        return EXIT_UNDECIDED;
    }
    options_fail(options, "%s: no profile: what its entries come to together is not the policy",
                 policy->path);
    for (size_t i = 0; i < verdict->witness_count; i++)
        counterexample_print(stderr, verdict, &verdict->witness[i], parties, false);
    return EXIT_FOUND;
}

// -1 when the profile is the policy. The action for bad architectures is not the profile's to say.
static int prove(const struct options *options, const struct policy *policy,
                 const struct policy *profile)
{
    struct policy same_bad_arch = *profile;
    same_bad_arch.bad_arch_action = policy->bad_arch_action;
    const struct subject left = {.policy = policy}, right = {.policy = &same_bad_arch};
    struct verdict *verdict = verdict_prove(&left, &right, policy->arch[0], DIAGRAM_NODE_LIMIT);
    if (verdict == NULL) {
        options_fail(options, "out of memory");
        return EXIT_UNDECIDED;
    }
    const struct party parties[2] = {{"the policy", &left}, {"the profile", &right}};
    int status =
        verdict->relation == RELATION_EQUAL ? -1 : report(options, policy, verdict, parties);
    verdict_free(verdict);
    return status;
}

static int read_back(const struct options *options, const struct policy *policy,
                     const struct text *text)
{
    struct diagnostics diagnostics;
    const struct oci_options reading = {.arch = policy->arch[0]};
    diagnostics_create(&diagnostics);
    struct policy *profile =
        oci_load_text("profile", text->bytes, text->length, &reading, &diagnostics);
    if (profile == NULL) // what is but a warning was said of the policy already
        diagnostics_print(&diagnostics, stderr);
    diagnostics_destroy(&diagnostics);
    int status = EXIT_FOUND;
    if (profile == NULL)
        options_fail(options, "%s: no profile: its entries would not be taken", policy->path);
    else
        status = prove(options, policy, profile);
    policy_free(profile);
    return status;
}

// The text; -1, or the exit status when there is none.
static int print(const struct options *options, const struct policy *policy, struct text *text)
{
    struct diagnostics diagnostics;
    FILE *stream = open_memstream(&text->bytes, &text->length);
    if (stream == NULL)
        return options_fail(options, "%s", strerror(errno));
    diagnostics_create(&diagnostics);
    bool good = oci_print(stream, policy, &diagnostics);
    diagnostics_print(&diagnostics, stderr);
    diagnostics_destroy(&diagnostics);
    if (fclose(stream) != 0)
        return options_fail(options, "%s", strerror(errno));
    return good ? -1 : EXIT_FOUND;
}

static int write_file(const struct options *options, const struct text *text)
{
    struct output output;
    if (output_open(&output, options->output) != 0)
        return options_fail(options, "%s: %s", options->output, strerror(errno));
    fwrite(text->bytes, 1, text->length, output.stream);
    if (output_commit(&output) != 0)
        return options_fail(options, "%s: %s", options->output, strerror(errno));
    return EXIT_CLEAN;
}

static int write_text(const struct options *options, const struct policy *policy,
                      const struct text *text)
{
    if (options->output == NULL)
        fwrite(text->bytes, 1, text->length, stdout);
    else if (write_file(options, text) != EXIT_CLEAN)
        return EXIT_INPUT;
    if (options->json) {
        fputs("{\"output\": ", stdout);
        json_string(stdout, options->output);
        fputs(", \"relation\": \"EQUAL\", \"archs\": [", stdout);
        for (size_t i = 0; i < policy->arch_count; i++)
            printf("%s\"%s\"", i == 0 ? "" : ", ", architecture_name(policy->arch[i]));
        puts("]}");
    }
    if (fflush(stdout) != 0 || ferror(stdout))
        return options_fail(options, "cannot write the profile");
    return EXIT_CLEAN;
}

static int export_policy(const struct options *options, const struct policy *policy)
{
    char action[ACTION_TEXT_BYTES];
    struct text text = {NULL, 0};
    int status = print(options, policy, &text);
    if (status < 0)
        status = read_back(options, policy, &text);
    if (status < 0 && policy->bad_arch_action != SECCOMP_RET_KILL_THREAD)
        fprintf(stderr,
                "%s: warning: runtimes kill the thread on other architectures and x32 numbers; "
                "the policy says %s\n",
                policy->path, action_text(policy->bad_arch_action, action));
    if (status < 0)
        status = write_text(options, policy, &text);
    free(text.bytes);
    return status;
}

// The policy with its parameters bound and, with --arch, for that architecture alone.
static int export_bound(const struct options *options, const struct policy *policy)
{
    uint64_t values[LOAD_PARAMS];
    if (!options_bind(options, policy, values))
        return EXIT_INPUT;
    const struct policy *bound = policy_bind(policy, values);
    if (options->load.arch != 0)
        bound = policy_select_arch(bound, options->load.arch);
    if (bound == NULL)
        return options_fail(options, "%s: it is not for %s", policy->path,
                            architecture_name(options->arch));
    return export_policy(options, bound);
}

int audit_export(const struct options *options)
{
    if (options->operand_count != 1)
        return options_fail(options, "give one policy");
    if (options->json && options->output == NULL)
        return options_fail(options, "--json needs -o OUT.json");
    struct policy *policy = options_load(options, options->operands[0]);
    if (policy == NULL)
        return EXIT_INPUT;
    int status = export_bound(options, policy);
    policy_free(policy);
    return status;
}

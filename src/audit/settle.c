// SPDX-License-Identifier: ISC
//
// settle.c: given values, else solved ones, else near ones, else all.
#include "settle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "variant.h"
#include "verdict_nearest.h"
#include "verdict_params.h"

static bool has_param(const struct policy *policy, const struct option_param *given)
{
    for (size_t i = 0; policy != NULL && i < policy->param_count; i++)
        if (strlen(policy->params[i].name) == given->name_length &&
            strncmp(policy->params[i].name, given->name, given->name_length) == 0)
            return true;
    return false;
}

static void note(struct settlement *settlement, enum settled how, const struct policy *policy,
                 const uint64_t *values)
{
    settlement->how = how;
    settlement->params = policy->params;
    settlement->param_count = policy->param_count;
    memcpy(settlement->values, values, policy->param_count * sizeof(*values));
}

// Binds one side by those of the given values that are its.
static int bind_side(const struct options *options, const struct policy *policy,
                     struct settlement *settlement, size_t side)
{
    uint64_t values[LOAD_PARAMS];
    struct options own = *options;
    own.param_count = 0;
    for (size_t i = 0; i < options->param_count; i++)
        if (has_param(policy, &options->params[i]))
            own.params[own.param_count++] = options->params[i];
    if (!options_bind(&own, policy, values))
        return EXIT_INPUT;
    note(settlement, SETTLED_GIVEN, policy, values);
    settlement->subject[side].policy = policy_bind(policy, values);
    return -1;
}

static int bind_given(const struct options *options, const struct input inputs[2],
                      struct settlement *settlement)
{
    for (size_t i = 0; i < options->param_count; i++)
        if (!has_param(inputs[0].policy, &options->params[i]) &&
            !has_param(inputs[1].policy, &options->params[i]))
            return options_fail(options, "--param: no policy here has a parameter '%.*s'",
                                (int)options->params[i].name_length, options->params[i].name);
    for (size_t side = 0; side < 2; side++) {
        const struct policy *policy = inputs[side].policy;
        int status = policy != NULL && policy->param_count > 0
                         ? bind_side(options, policy, settlement, side)
                         : -1;
        if (status >= 0)
            return status;
    }
    return -1;
}

static void solve(struct settlement *settlement, size_t side)
{
    uint64_t values[LOAD_PARAMS];
    const struct subject *policy = &settlement->subject[side];
    const struct subject *programs = &settlement->subject[1 - side];
    enum recovery recovery = verdict_recover(policy, programs, values, DIAGRAM_NODE_LIMIT);
    settlement->any = recovery == RECOVERY_MANY;
    if (recovery == RECOVERY_UNIQUE || recovery == RECOVERY_MANY)
        note(settlement, SETTLED_RECOVERED, policy->policy, values);
    else if (recovery == RECOVERY_NONE &&
             verdict_nearest(policy, programs, values, DIAGRAM_NODE_LIMIT))
        note(settlement, SETTLED_NEAREST, policy->policy, values);
    else
        return;
    settlement->subject[side].policy = policy_bind(policy->policy, values);
}

int settle(const struct options *options, const struct input inputs[2], uint32_t only_arch,
           struct settlement *settlement)
{
    size_t open = 0;
    *settlement = (struct settlement){.how = SETTLED_NONE};
    for (size_t side = 0; side < 2; side++) {
        settlement->subject[side] = input_subject(&inputs[side]);
        if (inputs[side].policy == NULL)
            continue;
        settlement->subject[side].only_arch = only_arch;
        open += inputs[side].policy->param_count;
    }
    if (options->param_count > 0)
        return bind_given(options, inputs, settlement);
    if (open == 0)
        return -1;
    settlement->how = SETTLED_OPEN;
    if (inputs[0].policy == NULL || inputs[1].policy == NULL)
        solve(settlement, inputs[0].policy != NULL ? 0 : 1);
    return -1;
}

void settle_print(FILE *stream, const struct settlement *settlement)
{
    for (size_t i = 0; i < settlement->param_count; i++)
        fprintf(stream, "%s%s=%" PRIu64, i == 0 ? "" : ", ", settlement->params[i].name,
                settlement->values[i]);
}

void settle_print_json(FILE *stream, const struct settlement *settlement)
{
    fputc('{', stream);
    for (size_t i = 0; i < settlement->param_count; i++) {
        fputs(i == 0 ? "" : ", ", stream);
        json_string(stream, settlement->params[i].name);
        fprintf(stream, ": %" PRIu64, settlement->values[i]);
    }
    fputc('}', stream);
}

const char *settle_word(enum settled how)
{
    static const char *const words[] = {"none", "given", "recovered", "nearest", "open"};
    return words[how];
}

// SPDX-License-Identifier: ISC
//
// attest_json.c: an attestation as JSON; the shape is described in attest.c.
#include <inttypes.h>
#include <stdio.h>

#include "attest.h"
#include "counterexample.h"
#include "json.h"

static void print_key(const char *before, const char *key, const char *text)
{
    printf("%s\"%s\": ", before, key);
    if (text == NULL)
        fputs("null", stdout);
    else
        json_string(stdout, text);
}

static void print_bool(const char *key, bool value)
{
    printf(", \"%s\": %s", key, value ? "true" : "false");
}

static void print_parameters(const struct match *match)
{
    fputs(", \"parameters\": {", stdout);
    for (size_t i = 0; match->candidate != NULL && i < match->candidate->policy->param_count; i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        json_string(stdout, match->candidate->policy->params[i].name);
        printf(": %" PRIu64, match->values[i]);
    }
    putchar('}');
}

static void print_match(const struct match *match, size_t instructions)
{
    const struct candidate *candidate = match->candidate;
    const struct party parties[] = {
        {"filters", &match->sides[0]},
        {"policy", &match->sides[1]},
    };
    print_key("{", "relation", verdict_word(match->relation));
    if (instructions > 0)
        printf(", \"instruction_count\": %zu", instructions);
    print_key(", ", "policy", candidate == NULL ? NULL : candidate->name);
    print_key(", ", "variant", candidate == NULL ? NULL : candidate->variant);
    print_key(", ", "reason", match->reason);
    print_parameters(match);
    fputs(", \"witnesses\": [", stdout);
    for (size_t i = 0; match->verdict != NULL && i < match->verdict->witness_count; i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        counterexample_print_json(stdout, match->verdict, &match->verdict->witness[i], parties);
    }
    fputs("]}", stdout);
}

static void print_stack(const struct filter_stack *stack, const struct stack_match *match)
{
    fputs("{\"filters\": [", stdout);
    for (size_t i = 0; i < stack->count; i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        print_match(match->filters[i], stack->programs[i].count);
    }
    fputs("], \"together\": ", stdout);
    if (match->together == NULL)
        fputs("null", stdout);
    else
        print_match(match->together, 0);
    putchar('}');
}

static void print_threads(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->thread_count; i++) {
        const struct thread_view *view = &snapshot->threads[i];
        printf("%s{\"tid\": %d, \"seccomp\": %u", i == 0 ? "" : ", ", view->state.tid,
               view->state.mode);
        print_bool("no_new_privs", view->state.no_new_privs);
        print_bool("call_began_anew", view->again);
        printf(", \"stack\": %zu}", view->stack);
    }
}

static void print_facts(const struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        print_key(i == 0 ? "{" : ", {", "what", facts->list[i].what);
        print_key(", ", "says", facts->list[i].says);
        print_bool("wrong", facts->list[i].wrong);
        putchar('}');
    }
}

void attest_print_json(const struct attestation *attestation, bool first)
{
    const char *refusal = attestation->refusal.text;
    const char *name = attestation->name;
    printf("%s{\"pid\": %d", first ? "[\n  " : ",\n  ", attestation->pid);
    print_key(", ", "name", name[0] == '\0' ? NULL : name);
    printf(", \"parent\": %d", attestation->kin.parent);
    print_key(", ", "verdict", attest_word(attestation->verdict));
    print_key(", ", "reason", refusal[0] == '\0' ? NULL : refusal);
    fputs(",\n   \"threads\": [", stdout);
    print_threads(&attestation->snapshot);
    fputs("],\n   \"stacks\": [", stdout);
    for (size_t i = 0; attestation->stacks != NULL && i < attestation->snapshot.stack_count; i++) {
        fputs(i == 0 ? "" : ",\n    ", stdout);
        print_stack(&attestation->snapshot.stacks[i], &attestation->stacks[i]);
    }
    fputs("],\n   \"facts\": [", stdout);
    print_facts(&attestation->facts);
    fputs("]}", stdout);
}

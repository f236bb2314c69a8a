// SPDX-License-Identifier: ISC
//
// resolve.c: directives, then rules, then what was defined and never used.
#include "resolve.h"

#include <string.h>

#include "action.h"
#include "architecture.h"
#include "arena.h"
#include "nearest.h"

const struct architecture *resolve_arch(struct resolver *resolver, const struct syntax_name *name)
{
    struct diagnostics *diagnostics = resolver->loader->diagnostics;
    const struct architecture *found = architecture_named(name->text);
    if (found != NULL)
        return found;
    struct nearest nearest;
    nearest_start(&nearest, name->text);
    for (size_t i = 0; architecture_at(i) != NULL; i++)
        nearest_offer(&nearest, architecture_at(i)->name);
    bool x32 = strcmp(name->text, "x32") == 0;
    diagnose(diagnostics, SEVERITY_ERROR, name->at, name->length,
             x32 ? "x32 cannot be an architecture of a policy" : "unknown architecture '%s'",
             name->text);
    if (x32)
        diagnose_hint(diagnostics, "its calls come as x86_64 ones and get @badarch");
    else if (nearest.best != NULL)
        diagnose_hint(diagnostics, "did you mean %s?", nearest.best);
    return NULL;
}

static void add_arch(struct resolver *resolver, const struct syntax_name *name)
{
    struct policy *policy = resolver->policy;
    const struct architecture *arch = resolve_arch(resolver, name);
    for (size_t i = 0; arch != NULL && i < policy->arch_count; i++)
        if (policy->arch[i] == arch->token) {
            diagnose(resolver->loader->diagnostics, SEVERITY_ERROR, name->at, name->length,
                     "'%s' is listed a second time", name->text);
            return;
        }
    if (arch != NULL)
        policy->arch[policy->arch_count++] = arch->token;
}

static void resolve_archs(struct resolver *resolver)
{
    struct policy *policy = resolver->policy;
    const struct syntax *syntax = resolver->loader->syntax;
    uint32_t given = resolver->loader->options->arch;
    for (size_t i = 0; i < syntax->arch_count; i++)
        add_arch(resolver, &syntax->archs[i]);
    // Where one of them was misspelt, it is not known what @arch does not list.
    resolver->archs_given = policy->arch_count > 0 && policy->arch_count == syntax->arch_count;
    if (policy->arch_count == 0)
        policy->arch[policy->arch_count++] = given != 0 ? given : architecture_native();
}

static void resolve_default(struct resolver *resolver)
{
    struct policy *policy = resolver->policy;
    const struct syntax_action *written = &resolver->loader->syntax->default_action;
    const struct load_options *options = resolver->loader->options;
    struct diagnostics *diagnostics = resolver->loader->diagnostics;
    policy->default_action = options->has_default ? options->default_action : written->action;
    policy->default_at = written->at;
    if (written->at.line == 0 && !options->has_default) {
        diagnose(diagnostics, SEVERITY_ERROR, (struct position){policy->path, 1, 1}, 1,
                 "there is no @default");
        diagnose_hint(diagnostics, "write '@default kill-process', or pass --default=ACTION");
    } else if (written->at.line != 0 && options->has_default &&
               written->action != options->default_action) {
        char text[ACTION_TEXT_BYTES];
        diagnose(diagnostics, SEVERITY_ERROR, written->at, strlen("@default"),
                 "the file says otherwise than --default=%s",
                 action_text(options->default_action, text));
    }
}

static void resolve_bad_arch(struct resolver *resolver)
{
    struct policy *policy = resolver->policy;
    const struct syntax_action *written = &resolver->loader->syntax->bad_arch;
    bool given = written->at.line != 0;
    policy->bad_arch_action = given ? written->action : policy->default_action;
    policy->bad_arch_at = given ? written->at : policy->default_at;
}

static void resolve_params(struct resolver *resolver)
{
    struct policy *policy = resolver->policy;
    const struct syntax *syntax = resolver->loader->syntax;
    policy->param_count = syntax->param_count;
    policy->params =
        arena_alloc(resolver->loader->arena, syntax->param_count, sizeof(*policy->params));
    for (size_t i = 0; i < syntax->param_count; i++) {
        const struct syntax_param *from = &syntax->params[i];
        policy->params[i] =
            (struct param){from->name.at, from->name.text, from->bits, from->low, from->high};
        if (i == LOAD_PARAMS)
            diagnose(resolver->loader->diagnostics, SEVERITY_ERROR, from->name.at,
                     from->name.length, "a policy has at most 64 parameters");
    }
}

// Does a line that was refused speak of this name? Then it may well be used there.
static bool mentioned(const struct syntax *syntax, const char *name)
{
    for (size_t i = 0; i < syntax->mentioned_count; i++) {
        const char *text = syntax->mentioned[i];
        if (strcmp(text[0] == '$' ? text + 1 : text, name) == 0)
            return true;
    }
    return false;
}

static void report_unused(struct resolver *resolver, const struct syntax_name *name, bool used)
{
    if (!used && !mentioned(resolver->loader->syntax, name->text))
        diagnose(resolver->loader->diagnostics, SEVERITY_ERROR, name->at, name->length,
                 "'%.*s' is defined and never used", (int)name->length, name->text);
}

// What is wrong with a line is reported once, for the first architectures on which it is. There is
// no room for more parameters than a policy may have: with them it is refused already.
static void check_rules(struct resolver *resolver)
{
    const struct diagnostics *diagnostics = resolver->loader->diagnostics;
    const struct syntax_rule *faulty = NULL;
    if (resolver->policy->param_count > LOAD_PARAMS)
        return;
    for (size_t i = 0; i < resolver->resolved_count; i++) {
        const struct resolved_rule *resolved = &resolver->resolved[i];
        size_t count = diagnostics->count;
        if (resolved->syntax != faulty)
            resolve_check(resolver, resolved->syntax, &resolved->rule);
        if (diagnostics->count > count)
            faulty = resolved->syntax;
    }
}

void resolve_policy(struct loader *loader, struct policy *policy)
{
    struct resolver resolver = {.loader = loader, .policy = policy};
    const struct syntax *syntax = loader->syntax;
    resolve_archs(&resolver);
    resolve_default(&resolver);
    resolve_bad_arch(&resolver);
    resolve_params(&resolver);
    resolve_consts(&resolver);
    for (size_t i = 0; i < syntax->rule_count; i++)
        resolve_rule(&resolver, &syntax->rules[i]);
    check_rules(&resolver);
    for (size_t i = 0; i < syntax->const_count; i++)
        report_unused(&resolver, &syntax->consts[i].name, syntax->consts[i].used);
    for (size_t i = 0; i < syntax->param_count; i++)
        report_unused(&resolver, &syntax->params[i].name, syntax->params[i].used);
}

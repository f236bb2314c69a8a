// SPDX-License-Identifier: ISC
//
// check.c: `seccomp-audit check FILE...`: all that is wrong with each policy, and all that is
// doubtful.
//
// Exit status: 0 nothing but notes and what is waived; 1 a finding; 2 a file is not a policy; 3 a
// question about a policy was too large. The worst of all files counts.
//
// --json: an array of objects with file, line and column (0: the file as a whole), rule (an id, or
// "language" for what the language refuses), severity ("error", "warning" or "note"; of "language",
// a note is a second place of the finding before it), message, hint where there is one, and waived,
// the reason, where the finding is waived.
//
// --sarif: see sarif.h.
//
// --rules: the table of rules. With --json an array of objects with id, severity, summary, why,
// fix.
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "check_record.h"
#include "command.h"
#include "json.h"
#include "sarif.h"

// One run over all files.
struct check {
    const struct options *options;
    struct sarif sarif;
    size_t records;
    size_t stacked; // instructions of the policies so far, were they installed on one another
    int worst;
};

const char *check_severity(enum severity severity)
{
    static const char *const words[] = {"error", "warning", "note"};
    return words[severity];
}

static void print_json(const struct check_record *record, bool first)
{
    fputs(first ? "\n  {\"file\": " : ",\n  {\"file\": ", stdout);
    json_string(stdout, record->at.file);
    printf(", \"line\": %u, \"column\": %u, \"rule\": \"%s\", \"severity\": \"%s\", \"message\": ",
           record->at.line, record->at.column, record->rule, check_severity(record->severity));
    json_string(stdout, record->message);
    if (record->hint != NULL) {
        fputs(", \"hint\": ", stdout);
        json_string(stdout, record->hint);
    }
    if (record->waiver != NULL) {
        fputs(", \"waived\": ", stdout);
        json_string(stdout, record->waiver);
    }
    putchar('}');
}

static void tell(struct check *check, const struct check_record *record)
{
    if (check->options->sarif)
        sarif_result(&check->sarif, record);
    else
        print_json(record, check->records == 0);
    check->records++;
}

static void worsen(struct check *check, int status)
{
    check->worst = status > check->worst ? status : check->worst;
}

// What the language says, for machines.
static void tell_diagnostics(struct check *check, const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *found = &diagnostics->list[i];
        struct check_record record = {.rule = CHECK_LANGUAGE, .rule_number = LINT_RULES};
        record.severity = found->severity;
        record.at = found->at;
        record.width = found->width;
        record.message = found->message;
        record.hint = found->hint;
        tell(check, &record);
    }
}

static void tell_findings(struct check *check, const struct lint *lint)
{
    for (size_t i = 0; i < lint->count; i++) {
        const struct lint_finding *finding = &lint->findings[i];
        const struct lint_rule *rule = lint_rule(finding->rule);
        struct check_record record = {.rule = rule->id, .rule_number = finding->rule};
        record.severity = rule->severity;
        record.at = finding->at;
        record.width = finding->width;
        record.message = finding->message;
        record.hint = rule->fix;
        record.waiver = finding->waiver;
        tell(check, &record);
    }
}

// What the linter says, for people: as the language says it, and with the rule's id.
static void add_findings(struct diagnostics *diagnostics, const struct lint *lint)
{
    for (size_t i = 0; i < lint->count; i++) {
        const struct lint_finding *finding = &lint->findings[i];
        const struct lint_rule *rule = lint_rule(finding->rule);
        if (finding->waiver != NULL)
            continue;
        diagnose(diagnostics, rule->severity, finding->at, finding->width, "%s [%s]",
                 finding->message, rule->id);
        diagnose_hint(diagnostics, "%s", rule->fix);
    }
}

static int lint_status(const struct lint *lint)
{
    if (lint->undecided)
        return EXIT_UNDECIDED;
    for (size_t i = 0; i < lint->count; i++)
        if (lint->findings[i].waiver == NULL &&
            lint_rule(lint->findings[i].rule)->severity != SEVERITY_NOTE)
            return EXIT_FOUND;
    return EXIT_CLEAN;
}

static void check_policy(struct check *check, struct policy *policy,
                         struct diagnostics *diagnostics)
{
    struct lint lint;
    struct lint_context context = {diagnostics, !oci_named(policy->path), check->stacked};
    lint_create(&lint, policy, &context);
    worsen(check, lint_status(&lint));
    check->stacked += lint.instructions + LINT_STACK_PENALTY;
    if (check->options->json || check->options->sarif)
        tell_findings(check, &lint);
    else
        add_findings(diagnostics, &lint);
    if (lint.undecided)
        options_fail(check->options, "%s: the policy is too large for some of the questions",
                     policy->path);
    lint_destroy(&lint);
}

static void check_file(struct check *check, const char *path)
{
    struct diagnostics diagnostics;
    bool machine = check->options->json || check->options->sarif;
    diagnostics_create(&diagnostics);
    struct policy *policy = options_load_into(check->options, path, &diagnostics);
    if (diagnostics.count > 0)
        worsen(check, policy == NULL ? EXIT_INPUT : EXIT_FOUND);
    if (machine)
        tell_diagnostics(check, &diagnostics);
    if (policy != NULL)
        check_policy(check, policy, &diagnostics);
    if (!machine)
        diagnostics_print(&diagnostics, stdout);
    policy_free(policy);
    diagnostics_destroy(&diagnostics);
}

static void print_member(const char *name, const char *text)
{
    printf("%s\"%s\": ", strcmp(name, "id") == 0 ? "" : ", ", name);
    json_string(stdout, text);
}

static void print_rule_json(const struct lint_rule *rule, bool first)
{
    fputs(first ? "\n  {" : ",\n  {", stdout);
    print_member("id", rule->id);
    print_member("severity", check_severity(rule->severity));
    print_member("summary", rule->summary);
    print_member("why", rule->why);
    print_member("fix", rule->fix);
    putchar('}');
}

static int print_rules(const struct options *options)
{
    if (options->operand_count > 0 || options->sarif)
        return options_fail(options, "--rules stands alone, or with --json");
    if (options->json)
        putchar('[');
    for (unsigned i = 0; i < LINT_RULES; i++) {
        const struct lint_rule *rule = lint_rule((enum lint_id)i);
        if (options->json)
            print_rule_json(rule, i == 0);
        else
            printf("%s%s (%s): %s\n    %s\n    fix: %s\n", i == 0 ? "" : "\n", rule->id,
                   check_severity(rule->severity), rule->summary, rule->why, rule->fix);
    }
    if (options->json)
        puts("\n]");
    return EXIT_CLEAN;
}

static int check_files(const struct options *options)
{
    struct check check = {.options = options};
    if (options->operand_count == 0)
        return options_fail(options, "no policy given");
    if (options->json && options->sarif)
        return options_fail(options, "--json and --sarif exclude each other");
    if (options->json)
        putchar('[');
    if (options->sarif)
        sarif_begin(&check.sarif, stdout);
    for (size_t i = 0; i < options->operand_count; i++)
        check_file(&check, options->operands[i]);
    if (options->json)
        puts(check.records == 0 ? "]" : "\n]");
    if (options->sarif)
        sarif_end(&check.sarif, check.worst < EXIT_INPUT);
    return check.worst;
}

int audit_check(const struct options *options)
{
    int status = options->rules ? print_rules(options) : check_files(options);
    if (fflush(stdout) != 0 || ferror(stdout))
        return options_fail(options, "cannot write the findings");
    return status;
}

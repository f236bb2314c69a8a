// SPDX-License-Identifier: ISC
//
// lint.c: asks all questions, then looks at who excused what.
#include "lint.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "lint_checks.h"

static bool same_place(const struct position *left, const struct position *right)
{
    return left->file == right->file && left->line == right->line && left->column == right->column;
}

struct position lint_whole_file(const struct policy *policy)
{
    return (struct position){policy->path, 0, 0};
}

void lint_report(struct lint *lint, enum lint_id rule, struct position at, size_t width,
                 const char *format, ...)
{
    for (size_t i = 0; i < lint->count; i++)
        if (lint->findings[i].rule == rule && same_place(&lint->findings[i].at, &at))
            return;
    lint->findings = arena_room(lint->arena, lint->findings, lint->count, sizeof(*lint->findings));
    struct lint_finding *finding = &lint->findings[lint->count++];
    *finding = (struct lint_finding){.rule = rule, .at = at, .width = (uint32_t)width};
    va_list arguments;
    va_start(arguments, format);
    finding->message = arena_vformat(lint->arena, format, arguments);
    va_end(arguments);
}

static int by_place(const void *left, const void *right)
{
    const struct lint_finding *a = left;
    const struct lint_finding *b = right;
    int order = strcmp(a->at.file, b->at.file);
    if (order != 0)
        return order;
    if (a->at.line != b->at.line)
        return a->at.line < b->at.line ? -1 : 1;
    if (a->at.column != b->at.column)
        return a->at.column < b->at.column ? -1 : 1;
    return (int)a->rule - (int)b->rule;
}

void lint_create(struct lint *lint, struct policy *policy, const struct lint_context *context)
{
    struct question question;
    *lint = (struct lint){.arena = arena_create()};
    if (question_begin(&question, policy)) {
        lint_whole(lint, &question, policy, context->stacked);
        lint_dangers(lint, &question);
        lint_arguments(lint, &question);
        lint_company(lint, &question);
    } else {
        lint->undecided = true;
    }
    question_end(&question);
    if (context->text)
        lint_waive(lint, policy, context->known);
    if (lint->count > 0)
        qsort(lint->findings, lint->count, sizeof(*lint->findings), by_place);
}

void lint_destroy(struct lint *lint)
{
    arena_destroy(lint->arena);
    *lint = (struct lint){0};
}

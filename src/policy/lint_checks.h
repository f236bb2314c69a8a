// SPDX-License-Identifier: ISC
//
// lint_checks.h: the parts of the linter, for each other.
#ifndef POLICY_LINT_CHECKS_H
#define POLICY_LINT_CHECKS_H

#include "lint.h"
#include "lint_question.h"

// Adds a finding. A second one of the same rule at the same place is not added.
void lint_report(struct lint *lint, enum lint_id rule, struct position at, size_t width,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

// The file as a whole.
struct position lint_whole_file(const struct policy *policy);

// The policy by itself: defaults, architectures, actions, size. lint_whole.c
void lint_whole(struct lint *lint, struct question *question, struct policy *policy,
                size_t stacked);

// Calls and arguments that give away more than they seem to. lint_danger.c
void lint_dangers(struct lint *lint, struct question *question);

// Compares that do not see what the kernel sees. lint_argument.c
void lint_arguments(struct lint *lint, struct question *question);

// Calls that make sense only with others, or in spite of others. lint_company.c
void lint_company(struct lint *lint, struct question *question);

// What the text of the files says: waivers, and whether there is an @arch. lint_waiver.c
void lint_waive(struct lint *lint, const struct policy *policy, const struct diagnostics *known);

#endif

// SPDX-License-Identifier: ISC
//
// print.h: a policy as text again.
//
// The text is canonical: includes, constants and spelling are gone, numbers stand for names, one
// line for each call. Parsing it gives the same policy, but for positions.
#ifndef POLICY_PRINT_H
#define POLICY_PRINT_H

#include <stdio.h>

#include "policy.h"

void policy_print(FILE *stream, const struct policy *policy);

// One condition, as it would stand in a rule.
void policy_print_expression(FILE *stream, const struct policy *policy,
                             const struct expression *expression);

#endif

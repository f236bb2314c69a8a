// SPDX-License-Identifier: ISC
//
// check_errors.h: do the errors of a text stand where the model finds it at fault, and nowhere
// else?
#ifndef FUZZ_CHECK_ERRORS_H
#define FUZZ_CHECK_ERRORS_H

#include "model/policy_model.h"
#include "policy/diagnose.h"

// `model` has read the text, and found fault in some lines (they are merged where a file was read
// twice). No more than `guesses` nearest names are told.
void check_errors(struct policy_model *model, const struct diagnostics *diagnostics,
                  size_t guesses);

#endif

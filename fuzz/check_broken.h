// SPDX-License-Identifier: ISC
//
// check_broken.h: a compiler with a bug, and what the proof says of its programs.
#ifndef FUZZ_CHECK_BROKEN_H
#define FUZZ_CHECK_BROKEN_H

#include <stdbool.h>

#include "model/calls_model.h"
#include "policy/compile_proven.h"

// `policy` is what `model` read, for the `arch`th architecture alone. One instruction of its
// program is changed: what is given out all the same says what the model says, to every call that
// is tried; what is refuted has witnesses, and they say what the interpreters say. With `seccomp`
// libseccomp's programs are broken as well. Where `poor`, memory runs out during the proof.
void check_broken(const struct policy_model *model, const struct policy *policy, size_t arch,
                  const uint64_t *values, bool seccomp, bool poor, struct dice *dice);

#endif

// SPDX-License-Identifier: ISC
//
// include_model.h: what an @include means, told without asking the file system: the files below
// fuzz/include are read once, and a path is walked by hand.
#ifndef FUZZ_INCLUDE_MODEL_H
#define FUZZ_INCLUDE_MODEL_H

#include <stdbool.h>
#include <stddef.h>

// Reads the files. `root` is the canonical path of fuzz/include, and the include root.
void include_model_start(const char *root);

// As policy_model.h has it, under the include root. A path that leaves the root and comes back by
// its name is not followed: *unsure is set.
const char *include_model_open(bool first, const char *from, const char *path, size_t length,
                               const char **shown, bool *unsure);

#endif

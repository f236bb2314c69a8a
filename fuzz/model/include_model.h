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

enum include_root {
    INCLUDE_ROOT_NONE,
    INCLUDE_ROOT,    // fuzz/include
    INCLUDE_ROOT_ALL // the whole file system, of which the model knows little
};

// What the first text is, and which file below fuzz/include cannot be read.
struct include_place {
    bool stands;           // in a directory; else it is from memory
    bool here;             // its path is but a name, and fuzz/include is where we are
    const char *directory; // "" or "sub/", below fuzz/include; NULL: at the top of the file system
    enum include_root root;
    const char *faulty; // a file's name, or NULL
};

// Until then: from memory, with fuzz/include as the include root.
void include_model_place(const struct include_place *place);

// As policy_model.h has it. A path that leaves the root and comes back by
// its name is not followed: *unsure is set.
const char *include_model_open(bool first, const char *from, const char *path, size_t length,
                               const char **shown, bool *unsure);

#endif

// SPDX-License-Identifier: ISC
//
// include.h: which file an @include means, and whether it may be read.
//
// A relative path starts at the directory of the file it stands in and must end below the
// directory of the first file, or below the include root. An absolute one starts at the include
// root and must end below it. Symbolic links are followed before that is judged.
#ifndef POLICY_INCLUDE_H
#define POLICY_INCLUDE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct source;

// A file that is being read, and the one that included it.
struct include_frame {
    const struct source *source;
    const struct include_frame *parent;
    size_t depth; // 0 for the first file
};

struct include_state {
    const char *first_directory; // canonical, or NULL for text from memory
    const char *root;            // canonical --include-root, or NULL
    size_t files;                // read so far
};

// Sets up the state: `first_path` is the first file's path or NULL; `root` as the user gave it or
// NULL. False with a sentence in *why when one of the directories cannot be found.
bool include_start(struct include_state *state, struct arena *arena, const char *first_path,
                   const char *root, const char **why);

// Reads the file that `path`, written in frame->source, means. NULL when it may not or cannot be
// read, with one sentence in *why.
struct source *include_open(struct include_state *state, struct arena *arena,
                            const struct include_frame *frame, const char *path, const char **why);

#endif

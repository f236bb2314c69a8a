// SPDX-License-Identifier: ISC
//
// source.h: the bytes of one policy file, and the limits on them.
#ifndef POLICY_SOURCE_H
#define POLICY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;

enum {
    SOURCE_FILE_BYTES = 1 << 20, // a larger file is refused
    SOURCE_LINE_BYTES = 4096,    // a longer line is refused, without its end
};

struct source {
    const char *path; // as shown to the user; also the `file` of every position in it
    const char *text; // NUL-terminated after `length` bytes, which may hold NULs
    size_t length;
    const size_t *lines; // where each line begins
    size_t line_count;
    dev_t device; // which file it is, whatever it was called; 0, 0 for text from memory
    ino_t inode;
};

// Reads the file at `path` into the arena and shows it as `shown`. `plain`: only a regular file is
// taken, and opening it never waits. NULL on failure, with one sentence in *why (in the arena).
struct source *source_read(struct arena *arena, const char *path, const char *shown, bool plain,
                           const char **why);

// The same from memory; the bytes are copied. NULL when there are too many.
struct source *source_copy(struct arena *arena, const char *shown, const char *text, size_t length,
                           const char **why);

// The bytes of line `line` (from 1), without its end; an empty string past the last one.
const char *source_line(const struct source *source, size_t line, size_t *length);

#endif

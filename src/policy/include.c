// SPDX-License-Identifier: ISC
//
// include.c: paths are judged after realpath(3), so that no "..", and no symbolic link, leads out.
#include "include.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "load.h"
#include "source.h"

static const char *canonical(struct arena *arena, const char *path)
{
    char *real = realpath(path, NULL);
    if (real == NULL)
        return NULL;
    const char *copy = arena_copy(arena, real, strlen(real));
    free(real);
    return copy;
}

// The part of a path before its last "/", or ".".
static const char *directory_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return ".";
    return arena_copy(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

static bool below(const char *directory, const char *path)
{
    if (directory == NULL)
        return false;
    size_t length = strlen(directory);
    if (strcmp(directory, "/") == 0)
        return true;
    return strncmp(directory, path, length) == 0 && path[length] == '/';
}

// The canonical path of a directory that must be there, for `shown`. NULL with `why` set.
static const char *find(struct arena *arena, const char *shown, const char *directory,
                        const char **why)
{
    const char *real = canonical(arena, directory);
    if (real == NULL)
        *why = arena_format(arena, "%s: %s", shown, strerror(errno));
    return real;
}

bool include_start(struct include_state *state, struct arena *arena, const char *first_path,
                   const char *root, const char **why)
{
    *state = (struct include_state){.files = 1};
    if (root != NULL && (state->root = find(arena, root, root, why)) == NULL)
        return false;
    if (first_path != NULL)
        state->first_directory = find(arena, first_path, directory_of(arena, first_path), why);
    return first_path == NULL || state->first_directory != NULL;
}

// How the path is shown and opened, before links are followed; NULL when it cannot mean anything.
static const char *locate(const struct include_state *state, struct arena *arena,
                          const struct include_frame *frame, const char *path, const char **why)
{
    if (path[0] == '/' && state->root == NULL) {
        *why = "an absolute path needs --include-root";
        return NULL;
    }
    if (path[0] == '/')
        return arena_format(arena, "%s%s", state->root, path);
    if (frame->source->inode == 0) {
        *why = "the text stands in no directory, so a relative path means nothing";
        return NULL;
    }
    const char *directory = directory_of(arena, frame->source->path);
    path += strncmp(path, "./", 2) == 0 ? 2 : 0;
    if (strchr(frame->source->path, '/') == NULL)
        return path;
    return arena_format(arena, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory, path);
}

static bool cyclic(const struct include_frame *frame, const struct source *source)
{
    for (; frame != NULL; frame = frame->parent)
        if (frame->source->inode == source->inode && frame->source->device == source->device)
            return true;
    return false;
}

struct source *include_open(struct include_state *state, struct arena *arena,
                            const struct include_frame *frame, const char *path, const char **why)
{
    const char *shown = locate(state, arena, frame, path, why);
    if (shown == NULL)
        return NULL;
    const char *real = canonical(arena, shown);
    if (real == NULL) {
        *why = arena_format(arena, "%s: %s", shown, strerror(errno));
        return NULL;
    }
    bool inside = path[0] == '/' ? below(state->root, real)
                                 : below(state->first_directory, real) || below(state->root, real);
    if (!inside) {
        *why = arena_format(arena, "%s leaves %s", shown,
                            path[0] == '/' ? "the include root" : "the first file's directory");
        return NULL;
    }
    struct source *source = source_read(arena, real, shown, true, why);
    if (source == NULL)
        return NULL;
    if (cyclic(frame, source)) {
        *why = arena_format(arena, "%s includes itself", shown);
        return NULL;
    }
    if (frame->depth == LOAD_INCLUDE_DEPTH) {
        *why = "includes are nested more than 8 deep";
        return NULL;
    }
    if (state->files == LOAD_INCLUDE_FILES) {
        *why = "more than 256 files are included";
        return NULL;
    }
    state->files++;
    return source;
}

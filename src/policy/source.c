// SPDX-License-Identifier: ISC
//
// source.c: a file is read once, whole, and never more of it than twice the limit.
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"

enum { FIRST_BYTES = 16 << 10 };

static const char too_large[] = "the file is larger than 1 MiB";

// Reads to the end of the file or to the limit. -1 with errno set, or the number of bytes.
static ssize_t read_limited(int fd, char *bytes, size_t room)
{
    size_t length = 0;
    while (length < room) {
        ssize_t got = read(fd, bytes + length, room - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

// The whole file, or more of it than the limit. -1 with errno set, or the number of bytes.
static ssize_t read_whole(struct arena *arena, int fd, char **bytes)
{
    size_t length = 0;
    *bytes = NULL;
    for (size_t room = FIRST_BYTES;; room *= 2) {
        char *larger = arena_alloc(arena, room, 1);
        if (length > 0)
            memcpy(larger, *bytes, length);
        *bytes = larger;
        ssize_t got = read_limited(fd, larger + length, room - length);
        if (got < 0)
            return -1;
        length += (size_t)got;
        if (length < room || length > SOURCE_FILE_BYTES)
            return (ssize_t)length;
    }
}

static struct source *read_open(struct arena *arena, int fd, const char *shown, bool plain,
                                const char **why)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        *why = arena_copy(arena, strerror(errno), strlen(strerror(errno)));
        return NULL;
    }
    if (S_ISDIR(status.st_mode) || (plain && !S_ISREG(status.st_mode))) {
        *why = S_ISDIR(status.st_mode) ? "it is a directory" : "it is not a regular file";
        return NULL;
    }
    char *bytes;
    ssize_t length = read_whole(arena, fd, &bytes);
    if (length < 0) {
        *why = arena_copy(arena, strerror(errno), strlen(strerror(errno)));
        return NULL;
    }
    struct source *source = source_copy(arena, shown, bytes, (size_t)length, why);
    if (source != NULL) {
        source->device = status.st_dev;
        source->inode = status.st_ino;
    }
    return source;
}

struct source *source_read(struct arena *arena, const char *path, const char *shown, bool plain,
                           const char **why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (plain ? O_NONBLOCK : 0));
    if (fd < 0) {
        *why = arena_copy(arena, strerror(errno), strlen(strerror(errno)));
        return NULL;
    }
    struct source *source = read_open(arena, fd, shown, plain, why);
    close(fd);
    return source;
}

static void find_lines(struct arena *arena, struct source *source)
{
    const char *end = source->text + source->length, *at = source->text;
    size_t count = 1;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        count++;
    }
    size_t *lines = arena_alloc(arena, count, sizeof(*lines));
    source->lines = lines;
    source->line_count = count;
    at = source->text;
    for (size_t line = 1; line < count; line++) {
        at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
        lines[line] = (size_t)(at - source->text);
    }
}

struct source *source_copy(struct arena *arena, const char *shown, const char *text, size_t length,
                           const char **why)
{
    if (length > SOURCE_FILE_BYTES) {
        *why = too_large;
        return NULL;
    }
    struct source *source = arena_alloc(arena, 1, sizeof(*source));
    source->path = arena_copy(arena, shown, strlen(shown));
    source->text = arena_copy(arena, text, length);
    source->length = length;
    find_lines(arena, source);
    return source;
}

const char *source_line(const struct source *source, size_t line, size_t *length)
{
    bool there = line >= 1 && line <= source->line_count;
    size_t start = there ? source->lines[line - 1] : source->length;
    size_t end = there && line < source->line_count ? source->lines[line] - 1 : source->length;
    *length = end - start;
    return source->text + start;
}

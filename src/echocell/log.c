// SPDX-License-Identifier: ISC
#include "log.h"

#include "descriptors.h"
#include "kernel.h"
#include "private.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BUFFER_BYTES ((size_t)256 * 1024)
#define LINE_BYTES   1024

struct logger {
    enum log_level level;
    enum log_format format;
    bool journal;
    uint64_t lost; // lines that found no room since the last one that did
    size_t length; // of the line that is being built; 0: none
    size_t used;   // of the buffer
    bool cut;      // the buffer begins in the middle of a line, a disk was full
    char line[LINE_BYTES];
    char buffer[BUFFER_BYTES]; // whole lines that wait to be written
};

// In private memory: lines name clients, and no session is to read of another's.
static struct logger *logger;

void log_open(enum log_level level, enum log_format format, bool journal)
{
    logger = private_allocate(1, sizeof(*logger));
    logger->level = level;
    logger->format = format;
    logger->journal = journal;
}

// Adds to the line; one that would be too long is cut at a field, so that it stays readable.
static void add(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void add(const char *format, ...)
{
    va_list arguments;
    size_t room = LINE_BYTES - 3 - logger->length; // the end: `}`, LF and vsnprintf's NUL
    va_start(arguments, format);
    int length = vsnprintf(logger->line + logger->length, room, format, arguments);
    va_end(arguments);
    if (length > 0 && (size_t)length < room)
        logger->length += (size_t)length;
}

void log_begin(enum log_level level, const char *event)
{
    // sd-daemon(3): SD_ERR, SD_WARNING, SD_INFO, SD_DEBUG
    static const int priorities[] = {3, 4, 6, 7};
    logger->length = 0;
    if (level > logger->level)
        return;
    if (logger->journal)
        add("<%d>", priorities[level]);
    add(logger->format == LOG_FORMAT_JSON ? "{\"event\":\"%s\"" : "event=%s", event);
}

void log_word(const char *key, const char *value)
{
    if (logger->length > 0)
        add(logger->format == LOG_FORMAT_JSON ? ",\"%s\":\"%s\"" : " %s=%s", key, value);
}

void log_address(const char *key, const union address *address)
{
    char text[ADDRESS_TEXT_BYTES];
    if (logger->length > 0)
        log_word(key, address_format(address, text));
}

void log_count(const char *key, uint64_t value)
{
    if (logger->length > 0)
        add(logger->format == LOG_FORMAT_JSON ? ",\"%s\":%" PRIu64 : " %s=%" PRIu64, key, value);
}

void log_seconds(const char *key, uint64_t milliseconds)
{
    if (logger->length > 0)
        add(logger->format == LOG_FORMAT_JSON ? ",\"%s\":%" PRIu64 ".%03u" : " %s=%" PRIu64 ".%03u",
            key, milliseconds / 1000, (unsigned)(milliseconds % 1000));
}

static void store_line(void)
{
    if (logger->format == LOG_FORMAT_JSON)
        logger->line[logger->length++] = '}';
    logger->line[logger->length++] = '\n';
    if (logger->length > BUFFER_BYTES - logger->used) {
        logger->lost++;
    } else {
        memcpy(logger->buffer + logger->used, logger->line, logger->length);
        logger->used += logger->length;
    }
    logger->length = 0;
}

void log_end(void)
{
    if (logger->length > 0)
        store_line();
}

// How many bytes to write at once: whole lines, and no more than a pipe takes without blocking when
// poll says that it is writable (pipe(7), PIPE_BUF).
static size_t next_piece(void)
{
    if (logger->used <= PIPE_BUF)
        return logger->used;
    const char *end = memrchr(logger->buffer, '\n', PIPE_BUF);
    return end != NULL ? (size_t)(end + 1 - logger->buffer) : PIPE_BUF;
}

static void report_lost(void)
{
    uint64_t lost = logger->lost;
    logger->lost = 0;
    log_begin(LOG_ERROR, "log_lost");
    log_count("lines", lost);
    log_end();
}

// A reader that is gone or a full disk: the lines are lost, the service goes on. Of a line that was
// begun the rest is kept, so that the next one does not end up in the middle of it.
static void lose_lines(void)
{
    const char *rest = logger->cut ? memchr(logger->buffer, '\n', logger->used) : NULL;
    size_t kept = rest != NULL ? (size_t)(rest + 1 - logger->buffer) : 0;
    for (size_t i = kept; i < logger->used; i++)
        logger->lost += logger->buffer[i] == '\n';
    logger->used = kept;
}

static void drop_written(size_t written)
{
    logger->cut = logger->buffer[written - 1] != '\n';
    logger->used -= written;
    memmove(logger->buffer, logger->buffer + written, logger->used);
}

void log_flush(void)
{
    bool progress = false;
    while (logger->used > 0 && kernel_writable(LOG_FD)) {
        ssize_t written = kernel_write(LOG_FD, logger->buffer, next_piece());
        if (written == 0 || written == -EAGAIN || written == -EINTR)
            break;
        if (written < 0) {
            lose_lines();
            return;
        }
        drop_written((size_t)written);
        progress = true;
    }
    if (logger->lost > 0 && logger->used == 0 && progress)
        report_lost();
}

bool log_pending(void)
{
    return logger->used > 0;
}

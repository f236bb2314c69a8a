// SPDX-License-Identifier: ISC
#include "log.h"

#include "descriptors.h"
#include "kernel.h"
#include "private.h"
#include "text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define BUFFER_BYTES ((size_t)256 * 1024)
#define LINE_BYTES   1024
#define END_BYTES    2 // `}` and LF

struct logger {
    enum log_level level;
    enum log_format format;
    bool journal;
    bool is_file;
    uint64_t lost;    // lines that found no room since the last one that did
    size_t used;      // of the buffer
    bool cut;         // the buffer begins in the middle of a line, a disk was full
    struct text line; // that is being built, in `bytes`; empty: none
    size_t field;     // where its last field begins
    char bytes[LINE_BYTES];
    char buffer[BUFFER_BYTES]; // whole lines that wait to be written
};

// In private memory: lines name clients, and no session is to read of another's.
static struct logger *logger;

// A regular file never blocks and poll(2) always calls it writable: there is nothing to ask.
static bool is_file(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

void log_open(enum log_level level, enum log_format format, bool journal)
{
    logger = private_allocate(1, sizeof(*logger));
    logger->level = level;
    logger->format = format;
    logger->journal = journal;
    logger->is_file = is_file(LOG_FD);
    logger->line = (struct text){.bytes = logger->bytes, .room = LINE_BYTES - END_BYTES};
}

static bool is_json(void)
{
    return logger->format == LOG_FORMAT_JSON;
}

void log_begin(enum log_level level, const char *event)
{
    // sd-daemon(3): SD_ERR, SD_WARNING, SD_INFO, SD_DEBUG
    static const char *const priorities[] = {"<3>", "<4>", "<6>", "<7>"};
    logger->line.used = 0;
    if (level > logger->level)
        return;
    if (logger->journal)
        text_add(&logger->line, priorities[level]);
    text_add(&logger->line, is_json() ? "{\"event\":\"" : "event=");
    text_add(&logger->line, event);
    if (is_json())
        text_add(&logger->line, "\"");
}

// The line up to a field's value, or NULL when there is no line.
static struct text *begin_field(const char *key)
{
    if (logger->line.used == 0)
        return NULL;
    logger->field = logger->line.used;
    text_add(&logger->line, is_json() ? ",\"" : " ");
    text_add(&logger->line, key);
    text_add(&logger->line, is_json() ? "\":" : "=");
    return &logger->line;
}

// A line that would be too long is cut at a field, so that it stays readable.
static void end_field(void)
{
    if (logger->line.cut)
        logger->line.used = logger->field;
    logger->line.cut = false;
}

void log_word(const char *key, const char *value)
{
    struct text *line = begin_field(key);
    if (line == NULL)
        return;
    if (is_json())
        text_add(line, "\"");
    text_add(line, value);
    if (is_json())
        text_add(line, "\"");
    end_field();
}

void log_address(const char *key, const union address *address)
{
    char text[ADDRESS_TEXT_BYTES];
    if (logger->line.used > 0)
        log_word(key, address_format(address, text));
}

void log_count(const char *key, uint64_t value)
{
    struct text *line = begin_field(key);
    if (line == NULL)
        return;
    text_count(line, value);
    end_field();
}

void log_seconds(const char *key, uint64_t milliseconds)
{
    struct text *line = begin_field(key);
    if (line == NULL)
        return;
    text_seconds(line, milliseconds);
    end_field();
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

// Writes what can be written without blocking. Returns whether it got further.
static bool write_out(void)
{
    bool progress = false;
    while (logger->used > 0 && (logger->is_file || kernel_writable(LOG_FD))) {
        ssize_t written = kernel_write(LOG_FD, logger->buffer, next_piece());
        if (written == 0 || written == -EAGAIN || written == -EINTR)
            break;
        if (written < 0) {
            lose_lines();
            return false;
        }
        drop_written((size_t)written);
        progress = true;
    }
    return progress;
}

// Many sessions may end in one turn of the loop: before a line is lost there is a try to make room.
static void store_line(void)
{
    size_t length = logger->line.used;
    if (length + END_BYTES > BUFFER_BYTES - logger->used)
        write_out();
    if (is_json())
        logger->bytes[length++] = '}';
    logger->bytes[length++] = '\n';
    if (length > BUFFER_BYTES - logger->used) {
        logger->lost++;
    } else {
        memcpy(logger->buffer + logger->used, logger->bytes, length);
        logger->used += length;
    }
    logger->line.used = 0;
}

void log_end(void)
{
    if (logger->line.used > 0)
        store_line();
}

static void report_lost(void)
{
    uint64_t lost = logger->lost;
    logger->lost = 0;
    log_begin(LOG_ERROR, "log_lost");
    log_count("lines", lost);
    log_end();
    write_out(); // at once: this may be the last try
}

void log_flush(void)
{
    bool progress = write_out();
    if (logger->lost > 0 && logger->used == 0 && progress)
        report_lost();
}

bool log_pending(void)
{
    return logger->used > 0;
}

// SPDX-License-Identifier: ISC
//
// kernel_log.c: who reads the log, and the service manager, over the script.
#include "echocell/descriptors.h"
#include "echocell/kernel.h"
#include "model/listener_reader.h"
#include "oracle.h"
#include "scripted_kernel.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

bool kernel_writable(int fd)
{
    ORACLE(fd == LOG_FD, "writable: %d", fd);
    ORACLE(!script.log_is_file, "writable: a file always is");
    ORACLE(model_log_waits(&model) > 0, "writable: there is nothing to write");
    script.log_asked =
        script.log_fault != LOG_BLOCKED && !(script.log_fault == LOG_PART && script.log_parted);
    if (!script.log_asked)
        model_log_refused(&model);
    return script.log_asked;
}

// Fixed words and addresses; nothing that could move a terminal or break a line.
static void check_text(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        ORACLE(bytes[i] == '\n' || (bytes[i] >= ' ' && bytes[i] <= '~'), "log: byte %#x",
               (unsigned char)bytes[i]);
}

// How much of it is written, or why nothing is.
static ssize_t take(size_t length)
{
    switch (script.log_fault) {
    case LOG_AGAIN: return -EAGAIN;
    case LOG_INTERRUPTED: return -EINTR;
    case LOG_NOTHING: return 0;
    case LOG_BROKEN: return -EPIPE;
    case LOG_SHORT: return (ssize_t)(length + 1) / 2;
    case LOG_FULL:
    case LOG_PART:
        if (script.log_parted)
            return script.log_fault == LOG_FULL ? -ENOSPC : -EAGAIN;
        script.log_parted = true;
        return (ssize_t)(length + 1) / 2;
    default: return (ssize_t)length;
    }
}

static ssize_t write_log(const char *bytes, size_t length)
{
    ORACLE((script.log_asked || script.log_is_file) && length > 0 && length <= PIPE_BUF,
           "log: %zu bytes, which may block", length);
    script.log_asked = false;
    check_text(bytes, length);
    const char *due = model.text + model.log.read;
    ORACLE(length <= model_log_waits(&model) && memcmp(bytes, due, length) == 0,
           "log: `%.*s', not `%.*s'", (int)length, bytes, (int)model_log_waits(&model), due);
    ORACLE(bytes[length - 1] == '\n', "log: a line is torn in two");
    const ssize_t taken = take(length);
    if (taken > 0)
        model_log_took(&model, (size_t)taken);
    else if (taken == -EPIPE || taken == -ENOSPC)
        model_log_broken(&model);
    else
        model_log_refused(&model);
    return taken;
}

// What the manager is told is one of these, with the numbers of this moment.
static ssize_t write_notify(const char *bytes, size_t length)
{
    static const char *const firsts[] = {"", "READY=1\n", "STOPPING=1\n"};
    char due[256];
    ORACLE(script.managed, "notify: there is nobody");
    const ssize_t taken = script.manager_full ? -EAGAIN : (ssize_t)length;
    if (length == strlen("WATCHDOG=1\n") && memcmp(bytes, "WATCHDOG=1\n", length) == 0)
        return taken;
    const bool stopping = length > 8 && memcmp(bytes, "STOPPING", 8) == 0;
    const bool ready = length > 5 && memcmp(bytes, "READY", 5) == 0;
    uint64_t refused = 0;
    for (size_t i = 0; i < MODEL_REASONS; i++)
        refused += model.rejected[i];
    int used =
        snprintf(due, sizeof(due),
                 "%sSTATUS=%sing; %u sessions active, %lu connections accepted, %lu refused\n",
                 firsts[stopping ? 2 : ready], model.phase == MODEL_SERVING ? "Serv" : "Drain",
                 model.active, model.accepted, refused);
    if (stopping)
        used += snprintf(due + used, sizeof(due) - (size_t)used, "EXTEND_TIMEOUT_USEC=%lu\n",
                         (model.options.drain_timeout_ms + 5000) * 1000);
    ORACLE(length == (size_t)used && memcmp(bytes, due, length) == 0, "notify: `%.*s', not `%s'",
           (int)length, bytes, due);
    ORACLE(!stopping || model.phase == MODEL_REFUSING, "notify: it stops in phase %d", model.phase);
    ORACLE(!ready || !script.ready_told, "notify: READY=1 again");
    script.stopping += stopping;
    script.ready_told |= stopping || (ready && taken > 0);
    if (ready)
        script.ready_tried_ms = script.clock_ms;
    return taken;
}

ssize_t kernel_write(int fd, const void *bytes, size_t length)
{
    ORACLE(fd == LOG_FD || fd == NOTIFY_FD, "write: to %d", fd);
    return fd == LOG_FD ? write_log(bytes, length) : write_notify(bytes, length);
}

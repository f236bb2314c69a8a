// SPDX-License-Identifier: ISC
//
// log.h: one event a line on descriptor 2, as logfmt or JSON, in fixed words.
//
// Nothing that a client sent is ever logged here, only addresses and counts. Lines are collected
// and written when the listener's loop turns; a reader that has stopped reading cannot stop the
// listener: lines that find no room are counted, and the count is logged when there is room again.
#ifndef ECHOCELL_LOG_H
#define ECHOCELL_LOG_H

#include "address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

// `journal`: put `<N>` priorities (sd-daemon(3)) before lines. Allocates the buffer in memory that
// sessions do not inherit.
void log_open(enum log_level level, enum log_format format, bool journal);

// A line: log_begin, any number of fields, log_end. Between the two, everything is ignored when the
// level is not logged. Keys and string values are words of this program or formatted addresses:
// they need no escaping and get none.
void log_begin(enum log_level level, const char *event);
void log_word(const char *key, const char *value);
void log_address(const char *key, const union address *address);
void log_count(const char *key, uint64_t value);
void log_seconds(const char *key, uint64_t milliseconds);
void log_end(void);

// Writes what can be written without blocking.
void log_flush(void);

// Is there something left to write?
bool log_pending(void);

#endif

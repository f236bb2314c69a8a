// SPDX-License-Identifier: ISC
//
// trace.h: --trace: every message as one line on descriptor 2, escaped so that nothing a client
// sends can reach a terminal or break a line. A tap for protocol.h.
#ifndef ECHOCELL_TRACE_H
#define ECHOCELL_TRACE_H

#include "protocol.h"

#include <stdbool.h>
#include <sys/types.h>

// The most that a line shows at once; longer messages take several lines, `complete=no` on all but
// the last.
#define TRACE_TEXT_BYTES 256

struct trace {
    pid_t session;
    bool json;    // --log-format
    bool journal; // with the priority in front
    enum protocol_kind kind;
    size_t held;
    uint8_t text[TRACE_TEXT_BYTES];
};

extern const struct protocol_tap trace_tap; // its context is a struct trace

// Writes `bytes` as printable ASCII: `\n \r \t \\ \"`, and for all else `\xHH`, or in JSON
// `\u00HH`. `out` has room for TRACE_ESCAPE_BYTES each and the end. Pure. Returns the length.
#define TRACE_ESCAPE_BYTES 6
size_t trace_escape(const uint8_t *bytes, size_t length, bool json, char *out);

#endif

// SPDX-License-Identifier: ISC
#include "trace.h"

#include "descriptors.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char short_escape(uint8_t byte)
{
    switch (byte) {
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\\': return '\\';
    case '"': return '"';
    default: return '\0';
    }
}

size_t trace_escape(const uint8_t *bytes, size_t length, bool json, char *out)
{
    static const char digits[] = "0123456789abcdef";
    char *at = out;
    for (size_t i = 0; i < length; i++) {
        char letter = short_escape(bytes[i]);
        if (letter != '\0') {
            *at++ = '\\';
            *at++ = letter;
        } else if (bytes[i] >= 0x20 && bytes[i] < 0x7f) {
            *at++ = (char)bytes[i];
        } else {
            at = stpcpy(at, json ? "\\u00" : "\\x");
            *at++ = digits[bytes[i] >> 4];
            *at++ = digits[bytes[i] & 15];
        }
    }
    *at = '\0';
    return (size_t)(at - out);
}

static void print(struct trace *trace, bool complete)
{
    char text[TRACE_ESCAPE_BYTES * TRACE_TEXT_BYTES + 1];
    char line[sizeof(text) + 128];
    trace_escape(trace->text, trace->held, trace->json, text);
    int length = snprintf(line, sizeof(line),
                          trace->json ? "%s{\"event\":\"message\",\"session\":%d,\"bytes\":%zu,"
                                        "\"complete\":\"%s\",\"text\":\"%s\"}\n"
                                      : "%sevent=message session=%d bytes=%zu complete=%s "
                                        "text=\"%s\"\n",
                          trace->journal ? "<6>" : "", (int)trace->session, trace->held,
                          complete ? "yes" : "no", text);
    // A log that cannot be written to does not stop the session.
    (void)syscall(SYS_write, (long)LOG_FD, line, (size_t)length);
    trace->held = 0;
}

static void take_text(void *context, const uint8_t *bytes, size_t length)
{
    struct trace *trace = context;
    while (length > 0) {
        if (trace->held == TRACE_TEXT_BYTES)
            print(trace, false);
        size_t piece = TRACE_TEXT_BYTES - trace->held;
        piece = piece < length ? piece : length;
        memcpy(trace->text + trace->held, bytes, piece);
        trace->held += piece;
        bytes += piece;
        length -= piece;
    }
    if (trace->kind == PROTOCOL_ECHO && trace->held > 0) // has no messages: each piece is shown
        print(trace, true);
}

static void take_end(void *context)
{
    print(context, true);
}

const struct protocol_tap trace_tap = {.text = take_text, .end = take_end};

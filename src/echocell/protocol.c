// SPDX-License-Identifier: ISC
//
// protocol.c: the three protocols as small state machines.
//
// A step takes at least one byte of input and fits into PROTOCOL_ROOM_MIN_BYTES of output, so a
// caller that offers that much room never stalls, and no terminator or record is left half written.
#include "protocol.h"

#include <string.h>

enum {
    // How far to look ahead for a terminator. Looking to the end of the input each time would let
    // a client of many short messages buy quadratic work.
    SCAN_BYTES = 256,
};

static const uint8_t QUIT[] = {'q', 'u', 'i', 't'};
static const uint8_t CR = '\r';

struct output {
    uint8_t *bytes;
    size_t room;
    size_t length;
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void put(struct output *output, const void *bytes, size_t length)
{
    memcpy(output->bytes + output->length, bytes, length);
    output->length += length;
}

static void tell_text(const struct protocol *protocol, const uint8_t *bytes, size_t length)
{
    if (protocol->tap != NULL && length > 0)
        protocol->tap->text(protocol->tap_context, bytes, length);
}

static void tell_end(const struct protocol *protocol)
{
    if (protocol->tap != NULL)
        protocol->tap->end(protocol->tap_context);
}

// The message was quit: the last thing that anyone hears of this stream.
static void end_stream(struct protocol *protocol)
{
    protocol->ended = true;
    tell_end(protocol);
}

static void ack_text(struct protocol *protocol, const uint8_t *bytes, size_t length,
                     struct output *output)
{
    tell_text(protocol, bytes, length);
    put(output, bytes, length);
    protocol->open = true;
}

// The message is longer or shorter than quit: what was withheld is ordinary text.
static void ack_release_quit(struct protocol *protocol, struct output *output)
{
    if (protocol->quit_bytes == 0)
        return;
    ack_text(protocol, QUIT, protocol->quit_bytes, output);
    protocol->quit_bytes = 0;
}

// No LF followed: the CR that waited is ordinary text.
static void ack_release_cr(struct protocol *protocol, struct output *output)
{
    if (!protocol->cr)
        return;
    protocol->cr = false;
    ack_release_quit(protocol, output);
    ack_text(protocol, &CR, 1, output);
}

static bool ack_message_is_empty(const struct protocol *protocol)
{
    return !protocol->open && protocol->quit_bytes == 0;
}

static void ack_end(struct protocol *protocol, const char *terminator, size_t length,
                    struct output *output)
{
    if (protocol->quit_bytes == sizeof QUIT) {
        tell_text(protocol, QUIT, sizeof QUIT);
        end_stream(protocol);
        return;
    }
    ack_release_quit(protocol, output);
    put(output, protocol->ack, protocol->ack_length);
    put(output, terminator, length);
    tell_end(protocol);
    protocol->open = false;
    protocol->messages++;
}

static void ack_end_line(struct protocol *protocol, struct output *output)
{
    bool after_cr = protocol->cr;
    protocol->cr = false;
    ack_end(protocol, after_cr ? "\r\n" : "\n", after_cr ? 2 : 1, output);
}

// The number of bytes at `in` that are neither CR, LF nor NUL, as far as the scan goes.
static size_t ack_run_length(const uint8_t *in, size_t length)
{
    static const uint8_t stops[] = {'\n', '\0', '\r'};
    size_t run = smaller(length, SCAN_BYTES);
    for (size_t i = 0; i < sizeof stops; i++) {
        const uint8_t *stop = memchr(in, stops[i], run);
        if (stop != NULL)
            run = (size_t)(stop - in);
    }
    return run;
}

// `in` begins with a byte that is neither CR, LF nor NUL.
static size_t ack_take_run(struct protocol *protocol, const uint8_t *in, size_t length,
                           struct output *output)
{
    if (!protocol->open && protocol->quit_bytes < sizeof QUIT &&
        *in == QUIT[protocol->quit_bytes]) {
        protocol->quit_bytes++;
        return 1;
    }
    ack_release_quit(protocol, output);
    size_t run = ack_run_length(in, smaller(length, output->room - output->length));
    ack_text(protocol, in, run, output);
    return run;
}

static size_t ack_step(struct protocol *protocol, const uint8_t *in, size_t length,
                       struct output *output)
{
    if (*in == '\n') {
        ack_end_line(protocol, output);
        return 1;
    }
    ack_release_cr(protocol, output);
    if (*in == '\r') {
        protocol->cr = true;
        return 1;
    }
    if (*in != '\0')
        return ack_take_run(protocol, in, length, output);
    // Clients that send a whole fixed buffer pad it with NUL: an empty message here says nothing.
    if (!ack_message_is_empty(protocol))
        ack_end(protocol, "", 1, output);
    return 1;
}

static void ack_finish(struct protocol *protocol, struct output *output)
{
    ack_release_cr(protocol, output);
    if (!ack_message_is_empty(protocol))
        ack_end(protocol, "", 0, output);
}

static void record_refuse(const struct protocol *protocol, struct output *output)
{
    static const char before[] = "error: message longer than ";
    static const char after[] = " bytes";
    size_t most = PROTOCOL_RECORD_BYTES - protocol->ack_length;
    const uint8_t digits[] = {(uint8_t)('0' + most / 100), (uint8_t)('0' + most / 10 % 10),
                              (uint8_t)('0' + most % 10)};
    size_t leading_zeros = most < 100 ? 1 : 0; // most is 64 to 127
    put(output, before, sizeof before - 1);
    put(output, digits + leading_zeros, sizeof digits - leading_zeros);
    put(output, after, sizeof after - 1);
}

// The reply is padded with NUL to a whole record, however short the one that it answers.
static void record_reply(const struct protocol *protocol, const uint8_t *text, size_t length,
                         struct output *output)
{
    size_t end = output->length + PROTOCOL_RECORD_BYTES;
    if (length + protocol->ack_length <= PROTOCOL_RECORD_BYTES) {
        put(output, text, length);
        put(output, protocol->ack, protocol->ack_length);
    } else {
        record_refuse(protocol, output);
    }
    memset(output->bytes + output->length, 0, end - output->length);
    output->length = end;
}

// `length` is below PROTOCOL_RECORD_BYTES for a short last record only.
static void record_answer(struct protocol *protocol, const uint8_t *record, size_t length,
                          struct output *output)
{
    const uint8_t *padding = memchr(record, '\0', length);
    size_t text_length = padding != NULL ? (size_t)(padding - record) : length;
    tell_text(protocol, record, text_length);
    if (text_length == sizeof QUIT && memcmp(record, QUIT, sizeof QUIT) == 0) {
        end_stream(protocol);
        return;
    }
    tell_end(protocol);
    record_reply(protocol, record, text_length, output);
    protocol->messages++;
}

static size_t record_step(struct protocol *protocol, const uint8_t *in, size_t length,
                          struct output *output)
{
    size_t taken = smaller(length, PROTOCOL_RECORD_BYTES - protocol->filled);
    if (taken == PROTOCOL_RECORD_BYTES) { // whole: answered where it lies
        record_answer(protocol, in, taken, output);
        return taken;
    }
    memcpy(protocol->record + protocol->filled, in, taken);
    protocol->filled += taken;
    if (protocol->filled == PROTOCOL_RECORD_BYTES) {
        protocol->filled = 0;
        record_answer(protocol, protocol->record, PROTOCOL_RECORD_BYTES, output);
    }
    return taken;
}

static void record_finish(struct protocol *protocol, struct output *output)
{
    size_t length = protocol->filled;
    protocol->filled = 0;
    if (length > 0)
        record_answer(protocol, protocol->record, length, output);
}

void protocol_start(struct protocol *protocol, enum protocol_kind kind, const uint8_t *ack,
                    size_t ack_length)
{
    *protocol = (struct protocol){.kind = kind, .ack = ack, .ack_length = ack_length};
}

size_t protocol_feed(struct protocol *protocol, const uint8_t *in, size_t length, uint8_t *out,
                     size_t room, struct protocol_reply *reply)
{
    if (protocol->kind == PROTOCOL_ECHO) {
        tell_text(protocol, in, length);
        *reply = (struct protocol_reply){.bytes = in, .length = length};
        return length;
    }
    struct output output = {.bytes = out, .room = room};
    size_t taken = 0;
    while (taken < length && !protocol->ended && room - output.length >= PROTOCOL_ROOM_MIN_BYTES) {
        if (protocol->kind == PROTOCOL_ACK)
            taken += ack_step(protocol, in + taken, length - taken, &output);
        else
            taken += record_step(protocol, in + taken, length - taken, &output);
    }
    *reply = (struct protocol_reply){.bytes = out, .length = output.length};
    return protocol->ended ? length : taken;
}

size_t protocol_finish(struct protocol *protocol, uint8_t *out, size_t room)
{
    struct output output = {.bytes = out, .room = room};
    if (protocol->ended || room < PROTOCOL_ROOM_MIN_BYTES)
        return 0;
    if (protocol->kind == PROTOCOL_ACK)
        ack_finish(protocol, &output);
    else
        record_finish(protocol, &output); // echo has nothing filled
    return output.length;
}

bool protocol_ended(const struct protocol *protocol)
{
    return protocol->ended;
}

// SPDX-License-Identifier: ISC
//
// protocol.h: what a session answers in ack, echo and record, as functions of the byte stream
// alone.
//
// How the network cuts the stream never changes the reply, nothing is truncated, any byte value is
// allowed. Pure: no system call, no allocation, all state in struct protocol. No other code reads
// client bytes.
#ifndef ECHOCELL_PROTOCOL_H
#define ECHOCELL_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PROTOCOL_ACK_MAX_BYTES = 64,
    PROTOCOL_RECORD_BYTES = 128,
    // The most that one byte of input can bring out at once: a whole record.
    PROTOCOL_ROOM_MIN_BYTES = PROTOCOL_RECORD_BYTES,
};

enum protocol_kind {
    PROTOCOL_ACK,    // lines, each sent back with the acknowledgement before its terminator
    PROTOCOL_ECHO,   // RFC 862: every byte as it came
    PROTOCOL_RECORD, // records of PROTOCOL_RECORD_BYTES, text padded with NUL
};

// Hears what the client said: the bytes of each message, in pieces, then its end. Terminators and
// padding are not told, the quit message is. Echo has no messages: all is text, and there is no
// end.
struct protocol_tap {
    void (*text)(void *context, const uint8_t *bytes, size_t length);
    void (*end)(void *context);
};

struct protocol {
    enum protocol_kind kind;
    const uint8_t *ack;
    size_t ack_length;
    uint64_t messages;              // answered so far: quit, padding and echoed bytes do not count
    const struct protocol_tap *tap; // NULL: nobody listens; to be set after protocol_start
    void *tap_context;

    // Private from here.
    bool ended;        // quit was received
    bool open;         // ack: some of this message is replied already, so it is not quit
    bool cr;           // ack: a CR waits to hear whether LF follows
    size_t quit_bytes; // ack: bytes withheld, as the whole message may turn out to be "quit"
    size_t filled;     // record: bytes in record
    uint8_t record[PROTOCOL_RECORD_BYTES];
};

// Bytes to be sent. They lie in the caller's output, or, for echo, in the input itself.
struct protocol_reply {
    const uint8_t *bytes;
    size_t length;
};

// Begins a stream. `ack` is borrowed for the life of `protocol`: 1 to PROTOCOL_ACK_MAX_BYTES
// printable bytes, which the caller has checked.
void protocol_start(struct protocol *protocol, enum protocol_kind kind, const uint8_t *ack,
                    size_t ack_length);

// Takes up to `length` bytes of `in`, writes at most `room` bytes to `out`, sets `reply` to what is
// to be sent now, and returns the number of bytes taken; the caller sends, then comes again with
// the rest. With `room` of at least PROTOCOL_ROOM_MIN_BYTES it takes at least one byte of a
// non-empty `in`; with less it may take none. After quit it takes and drops everything.
size_t protocol_feed(struct protocol *protocol, const uint8_t *in, size_t length, uint8_t *out,
                     size_t room, struct protocol_reply *reply);

// The stream has ended: answers the unterminated last message or the short last record, in `out`,
// and returns the length of that answer. With `room` below PROTOCOL_ROOM_MIN_BYTES it does nothing
// and returns 0. Nothing is to be fed after it.
size_t protocol_finish(struct protocol *protocol, uint8_t *out, size_t room);

// True once quit was received: there will be no further reply.
bool protocol_ended(const struct protocol *protocol);

#endif

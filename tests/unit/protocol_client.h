// SPDX-License-Identifier: ISC
//
// protocol_client.h: a client for the protocol tests, which cuts its stream as the test likes.
//
// Every check feeds the stream, ends it, and fails the test unless reply, tap, count and end are
// those of the model.
#ifndef TESTS_PROTOCOL_CLIENT_H
#define TESTS_PROTOCOL_CLIENT_H

#include "echocell/protocol.h"

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1
#define COUNT(array)   (sizeof(array) / sizeof(array)[0])

enum { CLIENT_STREAM_MAX_BYTES = 1 << 18 };

// An acknowledgement of any length, no two bytes of it alike.
extern const uint8_t CLIENT_ACK[PROTOCOL_ACK_MAX_BYTES + 1];

// What the checks speak from here on; `ack` is borrowed.
void client_speak(enum protocol_kind kind, const uint8_t *ack, size_t ack_length);

// Cut in all 2^(length-1) ways; `length` at most 24.
void client_check_every_segmentation(const uint8_t *stream, size_t length);

// Cut once, at random, into segments of 1 to `longest` bytes, with random room for the replies.
void client_check_random_segmentation(const uint8_t *stream, size_t length, size_t longest);

// The stream, whole and in single bytes, is answered with exactly this, whatever the model says.
void client_expect(const uint8_t *stream, size_t length, const uint8_t *reply, size_t reply_length,
                   uint64_t messages);

// The tap hears exactly this, with '|' for the end of a message.
void client_expect_heard(const uint8_t *stream, size_t length, const char *said);

// 0 to bound - 1, the same sequence in each run.
size_t client_random_below(size_t bound);

#endif

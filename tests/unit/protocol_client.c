// SPDX-License-Identifier: ISC
//
// protocol_client.c: the bytes go in by segments, and what comes out is held against the model.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol_client.h"

#include <string.h>

#include "model/protocol_model.h"

enum { ROOM_MAX_BYTES = 4096 };

const uint8_t CLIENT_ACK[PROTOCOL_ACK_MAX_BYTES + 1] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

static enum protocol_kind kind;
static const uint8_t *ack;
static size_t ack_length;

// What came out of the protocol under test.
static struct protocol protocol;
static uint8_t replied[CLIENT_STREAM_MAX_BYTES * 8];
static size_t replied_length;
static uint16_t heard[CLIENT_STREAM_MAX_BYTES * 2];
static size_t heard_length;

// What should have come out. Kept until the next stream: a failed assertion jumps over any release.
static struct protocol_model model;

// Of xorshift64.
static uint64_t random_state = 0x9e3779b97f4a7c15;

size_t client_random_below(size_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state >> 16) % bound;
}

static void hear_text(void *context, const uint8_t *bytes, size_t length)
{
    assert_ptr_equal(context, heard);
    assert_true(length > 0);
    for (size_t i = 0; i < length; i++)
        heard[heard_length++] = bytes[i];
}

static void hear_end(void *context)
{
    assert_ptr_equal(context, heard);
    heard[heard_length++] = PROTOCOL_MODEL_END;
}

static const struct protocol_tap TAP = {.text = hear_text, .end = hear_end};

void client_speak(enum protocol_kind new_kind, const uint8_t *new_ack, size_t length)
{
    kind = new_kind;
    ack = new_ack;
    ack_length = length;
}

static void begin(void)
{
    protocol_start(&protocol, kind, ack, ack_length);
    protocol.tap = &TAP;
    protocol.tap_context = heard;
    replied_length = heard_length = 0;
}

static void collect(const uint8_t *bytes, size_t length)
{
    assert_true(replied_length + length <= sizeof replied);
    memcpy(replied + replied_length, bytes, length);
    replied_length += length;
}

// Segment and room end where their arrays end, so that a sanitizer sees a byte too far; the next
// segment overwrites the last, so that a pointer kept too long shows in the reply.
static void feed(const uint8_t *bytes, size_t length, size_t room)
{
    static uint8_t segments[CLIENT_STREAM_MAX_BYTES];
    static uint8_t outs[ROOM_MAX_BYTES];
    uint8_t *segment = segments + sizeof segments - length;
    uint8_t *out = outs + sizeof outs - room;
    memcpy(segment, bytes, length);
    for (size_t at = 0; at < length;) {
        struct protocol_reply reply;
        size_t taken = protocol_feed(&protocol, segment + at, length - at, out, room, &reply);
        assert_in_range(taken, 1, length - at);
        assert_true(reply.length <= room || kind == PROTOCOL_ECHO);
        collect(reply.bytes, reply.length);
        at += taken;
    }
}

static void finish(void)
{
    uint8_t out[PROTOCOL_ROOM_MIN_BYTES];
    collect(out, protocol_finish(&protocol, out, sizeof out));
    assert_int_equal(protocol_finish(&protocol, out, sizeof out), 0);
}

static void ask_model(const uint8_t *stream, size_t length)
{
    protocol_model_free(&model);
    if (kind == PROTOCOL_ACK)
        protocol_model_ack(&model, stream, length, ack, ack_length);
    else if (kind == PROTOCOL_RECORD)
        protocol_model_record(&model, stream, length, ack, ack_length);
    else
        protocol_model_echo(&model, stream, length);
}

static void assert_as_model(void)
{
    assert_int_equal(replied_length, model.reply_length);
    assert_int_equal(memcmp(replied, model.reply, replied_length), 0);
    assert_int_equal(heard_length, model.heard_length);
    assert_int_equal(memcmp(heard, model.heard, heard_length * sizeof *heard), 0);
    assert_int_equal(protocol.messages, model.messages);
    assert_int_equal(protocol_ended(&protocol), model.ended);
}

// Bit i of `cuts` set: the network cuts after byte i.
static void check_cuts(const uint8_t *stream, size_t length, uint32_t cuts)
{
    begin();
    for (size_t start = 0, end = 1; end <= length; end++) {
        if (end == length || (cuts >> (end - 1) & 1) != 0) {
            feed(stream + start, end - start, PROTOCOL_ROOM_MIN_BYTES);
            start = end;
        }
    }
    finish();
    assert_as_model();
}

void client_check_every_segmentation(const uint8_t *stream, size_t length)
{
    ask_model(stream, length);
    for (uint32_t cuts = 0; cuts < UINT32_C(1) << (length > 0 ? length - 1 : 0); cuts++)
        check_cuts(stream, length, cuts);
}

void client_check_random_segmentation(const uint8_t *stream, size_t length, size_t longest)
{
    ask_model(stream, length);
    begin();
    for (size_t at = 0, segment; at < length; at += segment) {
        segment = 1 + client_random_below(longest);
        segment = segment < length - at ? segment : length - at;
        feed(stream + at, segment,
             PROTOCOL_ROOM_MIN_BYTES +
                 client_random_below(ROOM_MAX_BYTES - PROTOCOL_ROOM_MIN_BYTES + 1));
    }
    finish();
    assert_as_model();
}

static void expect_cut(const uint8_t *stream, size_t length, size_t segment, const uint8_t *reply,
                       size_t reply_length, uint64_t messages)
{
    begin();
    for (size_t at = 0; at < length; at += segment)
        feed(stream + at, segment, PROTOCOL_ROOM_MIN_BYTES);
    finish();
    assert_int_equal(replied_length, reply_length);
    assert_memory_equal(replied, reply, reply_length);
    assert_int_equal(protocol.messages, messages);
}

void client_expect(const uint8_t *stream, size_t length, const uint8_t *reply, size_t reply_length,
                   uint64_t messages)
{
    expect_cut(stream, length, length, reply, reply_length, messages);
    expect_cut(stream, length, 1, reply, reply_length, messages);
}

void client_expect_heard(const uint8_t *stream, size_t length, const char *said)
{
    begin();
    feed(stream, length, PROTOCOL_ROOM_MIN_BYTES);
    finish();
    assert_int_equal(heard_length, strlen(said));
    for (size_t i = 0; i < heard_length; i++)
        assert_int_equal(heard[i], said[i] == '|' ? PROTOCOL_MODEL_END : said[i]);
}

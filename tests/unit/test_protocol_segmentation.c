// SPDX-License-Identifier: ISC
//
// test_protocol_segmentation.c: how the network cuts the stream never changes the reply. The
// protocols run against an independent model that sees the whole stream at once: over every
// segmentation of short streams and random ones of long streams.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "protocol_client.h"

enum { SHORT_MAX_BYTES = 24 };

// Every stream that begins with `stream[0..fixed)` and goes on with up to `more` of the symbols.
static void check_every_stream(uint8_t *stream, size_t fixed, size_t more, const char *symbols,
                               size_t count)
{
    client_check_every_segmentation(stream, fixed);
    for (size_t i = 0; more > 0 && i < count; i++) {
        stream[fixed] = (uint8_t)symbols[i];
        check_every_stream(stream, fixed + 1, more - 1, symbols, count);
    }
}

static void reply_does_not_depend_on_segmentation(void **state)
{
    (void)state;
    uint8_t stream[SHORT_MAX_BYTES];
    client_speak(PROTOCOL_ACK, BYTES("------k"));
    check_every_stream(stream, 0, 5, "quit\r\n\0x", 8);
    check_every_stream(stream, 0, 6, "\r\n\0x", 4);
    client_speak(PROTOCOL_RECORD, BYTES("------k"));
    check_every_stream(stream, 0, 5, "quit\0", 5);
    client_speak(PROTOCOL_ECHO, BYTES("------k"));
    check_every_stream(stream, 0, 5, "q\r\n\0", 4);
}

static void quit_is_told_from_its_lookalikes_in_every_segmentation(void **state)
{
    (void)state;
    static const char *const beginnings[] = {"quit", "\nqui", "\rquit", "quitquit", "xquit"};
    client_speak(PROTOCOL_ACK, BYTES("------k"));
    for (size_t i = 0; i < COUNT(beginnings); i++) {
        uint8_t stream[SHORT_MAX_BYTES];
        memcpy(stream, beginnings[i], strlen(beginnings[i]));
        check_every_stream(stream, strlen(beginnings[i]), 3, "t\r\n\0", 4);
    }
}

static void whole_sessions_survive_every_segmentation(void **state)
{
    (void)state;
    static const char sessions[][20] = {
        "hello\nworld\r\nquit\nx",  "\0\0\0hi\0\0quit\0hello\n\n", "a\r\rb\r\n\r\n\r\0quit\r\rx",
        "qui\nquitt\nqq\0quit\r\n", "no end at all: quit",         "one\r\ntwo\0\0\n\nq\nquit",
    };
    client_speak(PROTOCOL_ACK, BYTES("+"));
    for (size_t i = 0; i < COUNT(sessions); i++)
        client_check_every_segmentation((const uint8_t *)sessions[i], 19);
}

static size_t random_lines(uint8_t *stream, size_t length)
{
    static const char tokens[] = "\n\0\r\0\0\n\r\rquiquitxquitt";
    size_t at = 0;
    while (at + 600 < length) {
        if (client_random_below(4) == 0) {
            for (size_t run = client_random_below(600); run > 0; run--)
                stream[at++] =
                    (uint8_t)(client_random_below(200) == 0 ? client_random_below(256) : 'a');
        }
        size_t token = client_random_below(sizeof tokens);
        for (size_t end = token + client_random_below(4); token <= end && token < sizeof tokens;
             token++)
            stream[at++] = (uint8_t)tokens[token];
    }
    if (client_random_below(3) == 0) {
        memcpy(stream + at, "\nquit\r\nlate\n", 12);
        at += 12;
    }
    return at;
}

static size_t random_records(uint8_t *stream, size_t length)
{
    size_t at = 0;
    for (; at + PROTOCOL_RECORD_BYTES <= length; at += PROTOCOL_RECORD_BYTES) {
        for (size_t i = 0; i < PROTOCOL_RECORD_BYTES; i++)
            stream[at + i] = (uint8_t)(1 + client_random_below(255));
        size_t text =
            client_random_below(2) == 0 ? 118 + client_random_below(11) : client_random_below(129);
        if (text < PROTOCOL_RECORD_BYTES)
            stream[at + text] = 0;
        if (client_random_below(50) == 0)
            memcpy(stream + at, "quit", client_random_below(2) == 0 ? 5 : 4);
    }
    return at - client_random_below(PROTOCOL_RECORD_BYTES);
}

static void long_streams_survive_random_segmentation(void **state)
{
    (void)state;
    static uint8_t stream[20000];
    static const size_t longest[] = {1, 3, 130, 1000, 20000};
    for (size_t round = 0; round < 200; round++) {
        size_t bytes = 700 + client_random_below(sizeof stream - 700);
        size_t lines = random_lines(stream, bytes);
        client_speak(PROTOCOL_ACK, CLIENT_ACK, 1 + client_random_below(PROTOCOL_ACK_MAX_BYTES));
        client_check_random_segmentation(stream, lines, longest[round % COUNT(longest)]);
        client_speak(PROTOCOL_ECHO, CLIENT_ACK, 1);
        client_check_random_segmentation(stream, lines, longest[round % COUNT(longest)]);
        client_speak(PROTOCOL_RECORD, CLIENT_ACK, 1 + client_random_below(PROTOCOL_ACK_MAX_BYTES));
        client_check_random_segmentation(stream, random_records(stream, bytes),
                                         longest[round % COUNT(longest)]);
    }
}

static void nothing_is_truncated_at_128_bytes(void **state)
{
    (void)state;
    static uint8_t stream[CLIENT_STREAM_MAX_BYTES];
    static const size_t lengths[] = {127, 128, 129, 255, 256, 257, 65535, 65536, 65537};
    memset(stream, 'x', sizeof stream);
    for (size_t i = 0; i < 3 * COUNT(lengths); i++) {
        size_t length = lengths[i / 3];
        client_speak((enum protocol_kind)(i % 3), BYTES("------k"));
        client_check_random_segmentation(stream, length, length);
        stream[length] = '\n';
        client_check_random_segmentation(stream, length + 1, 300);
        client_check_random_segmentation(stream, 2 * length + 1, 5000);
        stream[length] = 'x';
    }
}

static void any_byte_value_is_allowed(void **state)
{
    (void)state;
    uint8_t stream[4 * 256];
    for (size_t i = 0; i < sizeof stream; i++)
        stream[i] = (uint8_t)(i ^ (i >> 8) * 0x55);
    for (int each = PROTOCOL_ACK; each <= PROTOCOL_RECORD; each++) {
        client_speak((enum protocol_kind)each, BYTES("------k"));
        client_check_random_segmentation(stream, sizeof stream, sizeof stream);
        client_check_random_segmentation(stream, sizeof stream, 7);
    }
}

static void every_ack_length_is_sent_whole(void **state)
{
    (void)state;
    uint8_t record[PROTOCOL_RECORD_BYTES];
    for (size_t length = 1; length <= PROTOCOL_ACK_MAX_BYTES; length++) {
        client_speak(PROTOCOL_ACK, CLIENT_ACK, length);
        client_check_every_segmentation(BYTES("\rqui\r\nquit\r"));
        client_speak(PROTOCOL_RECORD, CLIENT_ACK, length);
        for (size_t text = 0; text <= sizeof record; text++) {
            memset(record, 0, sizeof record);
            memset(record, 'x', text);
            client_check_random_segmentation(record, sizeof record, sizeof record);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reply_does_not_depend_on_segmentation),
        cmocka_unit_test(quit_is_told_from_its_lookalikes_in_every_segmentation),
        cmocka_unit_test(whole_sessions_survive_every_segmentation),
        cmocka_unit_test(long_streams_survive_random_segmentation),
        cmocka_unit_test(nothing_is_truncated_at_128_bytes),
        cmocka_unit_test(any_byte_value_is_allowed),
        cmocka_unit_test(every_ack_length_is_sent_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

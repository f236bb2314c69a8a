// SPDX-License-Identifier: ISC
//
// test_protocol.c: the promises of the three protocols that a user would name, spelled out byte by
// byte.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "protocol_client.h"

static void lone_cr_is_an_ordinary_byte(void **state)
{
    (void)state;
    client_speak(PROTOCOL_ACK, BYTES("+"));
    client_expect(BYTES("a\rb\n"), BYTES("a\rb+\n"), 1);
    client_expect(BYTES("a\r\r\n"), BYTES("a\r+\r\n"), 1);
    client_expect(BYTES("\r\0"), BYTES("\r+\0"), 1);
    client_expect(BYTES("quit\r\0"), BYTES("quit\r+\0"), 1);
    client_expect(BYTES("quit\r"), BYTES("quit\r+"), 1);
}

static void each_terminator_comes_back_as_it_was(void **state)
{
    (void)state;
    client_speak(PROTOCOL_ACK, BYTES("------k"));
    client_expect(BYTES("hello\n"), BYTES("hello------k\n"), 1);
    client_expect(BYTES("hello\r\n"), BYTES("hello------k\r\n"), 1);
    client_expect(BYTES("hello\0"), BYTES("hello------k\0"), 1);
    client_expect(BYTES("a\nb\r\nc\0d"), BYTES("a------k\nb------k\r\nc------k\0d------k"), 4);
}

static void empty_line_is_acknowledged(void **state)
{
    (void)state;
    client_speak(PROTOCOL_ACK, BYTES("+"));
    client_expect(BYTES("\n"), BYTES("+\n"), 1);
    client_expect(BYTES("\r\n\n"), BYTES("+\r\n+\n"), 2);
}

static void nul_padding_is_silent(void **state)
{
    (void)state;
    static const uint8_t buffer[PROTOCOL_RECORD_BYTES] = "hello";
    client_speak(PROTOCOL_ACK, BYTES("------k"));
    client_expect(buffer, sizeof buffer, BYTES("hello------k\0"), 1);
    client_expect(BYTES("\0\0\0"), BYTES(""), 0);
    client_expect(BYTES("a\n\0\0b\n"), BYTES("a------k\nb------k\n"), 2);
}

static void quit_ends_without_reply(void **state)
{
    (void)state;
    static const uint8_t record[PROTOCOL_RECORD_BYTES + 3] = "quit\0rest";
    client_speak(PROTOCOL_ACK, BYTES("+"));
    client_expect(BYTES("quit\nx\n"), BYTES(""), 0);
    client_expect(BYTES("quit\r\nx\n"), BYTES(""), 0);
    client_expect(BYTES("quit\0x\n"), BYTES(""), 0);
    client_expect(BYTES("a\nquit"), BYTES("a+\n"), 1);
    client_expect(BYTES("quit \nQUIT\nqui\nquitt"), BYTES("quit +\nQUIT+\nqui+\nquitt+"), 4);
    client_speak(PROTOCOL_RECORD, BYTES("+"));
    client_expect(record, sizeof record, BYTES(""), 0);
    client_expect(BYTES("quit"), BYTES(""), 0);
}

static void end_of_stream_ends_the_last_message(void **state)
{
    (void)state;
    static const uint8_t record[PROTOCOL_RECORD_BYTES] = "hello------k";
    client_speak(PROTOCOL_ACK, BYTES("------k"));
    client_expect(BYTES("hello"), BYTES("hello------k"), 1);
    client_expect(BYTES("qui"), BYTES("qui------k"), 1);
    client_expect(BYTES(""), BYTES(""), 0);
    client_speak(PROTOCOL_RECORD, BYTES("------k"));
    client_expect(BYTES("hello"), record, sizeof record, 1);
    client_expect(BYTES(""), BYTES(""), 0);
}

static void record_is_answered_by_a_padded_record(void **state)
{
    (void)state;
    static const uint8_t sent[PROTOCOL_RECORD_BYTES] = "hello\0what follows NUL is padding";
    static const uint8_t reply[PROTOCOL_RECORD_BYTES] = "hello------k";
    static const uint8_t empty[PROTOCOL_RECORD_BYTES] = {0};
    static const uint8_t empty_reply[PROTOCOL_RECORD_BYTES] = "------k";
    client_speak(PROTOCOL_RECORD, BYTES("------k"));
    client_expect(sent, sizeof sent, reply, sizeof reply, 1);
    client_expect(empty, sizeof empty, empty_reply, sizeof empty_reply, 1);
}

static void record_text_without_room_is_refused_in_words(void **state)
{
    (void)state;
    static const struct {
        size_t ack_length;
        uint8_t refusal[PROTOCOL_RECORD_BYTES];
    } cases[] = {{7, "error: message longer than 121 bytes"},
                 {28, "error: message longer than 100 bytes"},
                 {29, "error: message longer than 99 bytes"},
                 {64, "error: message longer than 64 bytes"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t text[PROTOCOL_RECORD_BYTES] = {0};
        uint8_t reply[PROTOCOL_RECORD_BYTES];
        size_t fits = sizeof text - cases[i].ack_length;
        client_speak(PROTOCOL_RECORD, CLIENT_ACK, cases[i].ack_length);
        memset(text, 'x', fits);
        memcpy(reply, text, fits);
        memcpy(reply + fits, CLIENT_ACK, cases[i].ack_length);
        client_expect(text, sizeof text, reply, sizeof reply, 1);
        memset(text, 'x', fits + 1);
        client_expect(text, sizeof text, cases[i].refusal, sizeof reply, 1);
        memset(text, 'x', sizeof text);
        client_expect(text, sizeof text, cases[i].refusal, sizeof reply, 1);
    }
}

static void echo_returns_the_input_itself(void **state)
{
    (void)state;
    static const uint8_t stream[] = "quit\n\r\0";
    struct protocol protocol;
    struct protocol_reply reply;
    protocol_start(&protocol, PROTOCOL_ECHO, CLIENT_ACK, 1);
    assert_int_equal(protocol_feed(&protocol, stream, sizeof stream, NULL, 0, &reply),
                     sizeof stream);
    assert_ptr_equal(reply.bytes, stream);
    assert_int_equal(reply.length, sizeof stream);
    assert_int_equal(protocol.messages, 0);
    assert_false(protocol_ended(&protocol));
}

// What is certain is replied at once, not only when the message or the stream ends.
static void replies_do_not_wait(void **state)
{
    (void)state;
    static const struct {
        const char *segment, *reply;
    } talk[] = {{"hel", "hel"}, {"lo\n", "lo+\n"}, {"x\r", "x"}, {"\n", "+\r\n"},
                {"qui", ""},    {"z", "quiz"},     {"!", "!"},   {"\r", ""},
                {"?", "\r?"},   {"\n", "+\n"},     {"quit", ""}, {"\r\r", "quit\r"}};
    struct protocol protocol;
    uint8_t out[2 * PROTOCOL_ROOM_MIN_BYTES];
    protocol_start(&protocol, PROTOCOL_ACK, BYTES("+"));
    for (size_t i = 0; i < COUNT(talk); i++) {
        struct protocol_reply reply;
        size_t length = strlen(talk[i].segment);
        assert_int_equal(protocol_feed(&protocol, (const uint8_t *)talk[i].segment, length, out,
                                       sizeof out, &reply),
                         length);
        assert_ptr_equal(reply.bytes, out);
        assert_int_equal(reply.length, strlen(talk[i].reply));
        assert_memory_equal(reply.bytes, talk[i].reply, reply.length);
    }
}

static void everything_after_quit_is_dropped_at_once(void **state)
{
    (void)state;
    static const uint8_t stream[3 * PROTOCOL_RECORD_BYTES] = "quit\0late\n";
    static const enum protocol_kind kinds[] = {PROTOCOL_ACK, PROTOCOL_RECORD};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct protocol protocol;
        struct protocol_reply reply;
        uint8_t out[PROTOCOL_ROOM_MIN_BYTES];
        protocol_start(&protocol, kinds[i], CLIENT_ACK, 7);
        for (size_t room = sizeof out, again = 0; again < 2; room = 0, again++) {
            assert_int_equal(protocol_feed(&protocol, stream, sizeof stream, out, room, &reply),
                             sizeof stream);
            assert_int_equal(reply.length, 0);
            assert_true(protocol_ended(&protocol));
        }
        assert_int_equal(protocol_finish(&protocol, out, sizeof out), 0);
    }
}

static void too_little_room_loses_nothing(void **state)
{
    (void)state;
    struct protocol protocol;
    struct protocol_reply reply;
    uint8_t out[PROTOCOL_ROOM_MIN_BYTES];
    size_t little = sizeof out - 1;
    protocol_start(&protocol, PROTOCOL_ACK, BYTES("+"));
    assert_int_equal(protocol_feed(&protocol, BYTES("q"), out, little, &reply), 0);
    assert_int_equal(reply.length, 0);
    assert_int_equal(protocol_feed(&protocol, BYTES("q"), out, sizeof out, &reply), 1);
    assert_int_equal(protocol_finish(&protocol, out, little), 0);
    assert_int_equal(protocol_finish(&protocol, out, sizeof out), 2);
    assert_memory_equal(out, "q+", 2);
}

static void tap_hears_messages_but_no_terminator_or_padding(void **state)
{
    (void)state;
    client_speak(PROTOCOL_ACK, BYTES("+"));
    client_expect_heard(BYTES("a\r\n\nqu\r\0\0\0quit\nlate\n"), "a||qu\r|quit|");
    client_expect_heard(BYTES("cut off"), "cut off|");
    client_speak(PROTOCOL_RECORD, BYTES("+"));
    client_expect_heard(BYTES("a\0padding"), "a|");
    client_expect_heard(BYTES("quit"), "quit|");
    client_speak(PROTOCOL_ECHO, BYTES("+"));
    client_expect_heard(BYTES("a\r\nquit\n"), "a\r\nquit\n");
}

static void tap_is_optional(void **state)
{
    (void)state;
    struct protocol protocol;
    struct protocol_reply reply;
    uint8_t out[2 * PROTOCOL_ROOM_MIN_BYTES];
    protocol_start(&protocol, PROTOCOL_ACK, BYTES("+"));
    assert_int_equal(protocol_feed(&protocol, BYTES("a\n"), out, sizeof out, &reply), 2);
    assert_int_equal(reply.length, 3);
    assert_memory_equal(reply.bytes, "a+\n", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lone_cr_is_an_ordinary_byte),
        cmocka_unit_test(each_terminator_comes_back_as_it_was),
        cmocka_unit_test(empty_line_is_acknowledged),
        cmocka_unit_test(nul_padding_is_silent),
        cmocka_unit_test(quit_ends_without_reply),
        cmocka_unit_test(end_of_stream_ends_the_last_message),
        cmocka_unit_test(record_is_answered_by_a_padded_record),
        cmocka_unit_test(record_text_without_room_is_refused_in_words),
        cmocka_unit_test(echo_returns_the_input_itself),
        cmocka_unit_test(replies_do_not_wait),
        cmocka_unit_test(everything_after_quit_is_dropped_at_once),
        cmocka_unit_test(too_little_room_loses_nothing),
        cmocka_unit_test(tap_hears_messages_but_no_terminator_or_padding),
        cmocka_unit_test(tap_is_optional),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

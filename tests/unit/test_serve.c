// SPDX-License-Identifier: ISC
//
// The echo loop over a scripted client: what a socket may do to it, step by step.
#include "check.h"

#include "echocell/serve.h"
#include "echocell/transport.h"

#include <errno.h>
#include <string.h>

// One answer of transport_receive() or transport_send(): that many bytes, or a negative errno.
struct step {
    ssize_t result;
    const char *bytes; // received
};

static struct {
    const struct step *receives;
    size_t receive_count, receive_next;
    const ssize_t *sends; // at most so many bytes, or an errno; all that is asked for when used up
    size_t send_count, send_next;
    unsigned looks; // receives that do not wait
    char sent[4096];
    size_t sent_length;
} script;

ssize_t transport_receive(uint8_t *bytes, size_t room, bool wait)
{
    script.looks += !wait;
    if (script.receive_next == script.receive_count)
        return wait ? 0 : -EAGAIN;
    const struct step *step = &script.receives[script.receive_next++];
    if (step->result > 0) {
        assert_true((size_t)step->result <= room);
        memcpy(bytes, step->bytes, (size_t)step->result);
    }
    return step->result;
}

ssize_t transport_send(const uint8_t *bytes, size_t length)
{
    assert_true(length > 0);
    size_t taken = length;
    if (script.send_next < script.send_count) {
        ssize_t answer = script.sends[script.send_next++];
        if (answer < 0)
            return answer;
        taken = (size_t)answer < length ? (size_t)answer : length;
    }
    assert_true(script.sent_length + taken <= sizeof(script.sent));
    memcpy(script.sent + script.sent_length, bytes, taken);
    script.sent_length += taken;
    return (ssize_t)taken;
}

#define IDLE_TICKS 3

static struct ledger_entry entry;

static void prepare(const struct step *receives, size_t receive_count, const ssize_t *sends,
                    size_t send_count)
{
    memset(&script, 0, sizeof(script));
    memset(&entry, 0, sizeof(entry));
    script.receives = receives;
    script.receive_count = receive_count;
    script.sends = sends;
    script.send_count = send_count;
}

static enum outcome play(const struct step *receives, size_t receive_count, const ssize_t *sends,
                         size_t send_count)
{
    struct protocol protocol;
    prepare(receives, receive_count, sends, send_count);
    protocol_start(&protocol, PROTOCOL_ACK, (const uint8_t *)"+", 1);
    return serve(&protocol, IDLE_TICKS, &entry);
}

// The same client, who wants a page.
static enum outcome play_page(const struct step *receives, size_t receive_count,
                              const ssize_t *sends, size_t send_count)
{
    prepare(receives, receive_count, sends, send_count);
    return serve_page("page", 4, IDLE_TICKS, &entry);
}

static void assert_sent(const char *expected)
{
    assert_int_equal(script.sent_length, strlen(expected));
    assert_memory_equal(script.sent, expected, script.sent_length);
    assert_int_equal(entry.sent, script.sent_length);
}

static void end_of_stream_is_eof_and_answers_the_rest(void **state)
{
    (void)state;
    const struct step receives[] = {{3, "a\nb"}};
    assert_int_equal(play(receives, COUNT(receives), NULL, 0), OUTCOME_EOF);
    assert_sent("a+\nb+");
    assert_int_equal(entry.messages, 2);
    assert_int_equal(entry.received, 3);
}

static void partial_sends_are_finished(void **state)
{
    (void)state;
    const struct step receives[] = {{6, "hello\n"}};
    const ssize_t sends[] = {1, 2, 1, 1, 1};
    assert_int_equal(play(receives, COUNT(receives), sends, COUNT(sends)), OUTCOME_EOF);
    assert_sent("hello+\n");
}

static void peer_that_takes_nothing_meets_the_send_timeout(void **state)
{
    (void)state;
    const struct step receives[] = {{2, "a\n"}, {2, "b\n"}};
    const ssize_t sends[] = {1, -EAGAIN, -EAGAIN, -EAGAIN, -EAGAIN};
    _Static_assert(SEND_PARTS == 4, "as many parts as the script has");
    assert_int_equal(play(receives, COUNT(receives), sends, COUNT(sends)), OUTCOME_SEND_TIMEOUT);
    assert_sent("a");
    assert_int_equal(script.receive_next, 1);
    assert_int_equal(script.send_next, 5);
}

static void progress_starts_the_send_timeout_anew(void **state)
{
    (void)state;
    const struct step receives[] = {{2, "a\n"}};
    const ssize_t sends[] = {-EAGAIN, -EAGAIN, -EAGAIN, 1, -EAGAIN, -EAGAIN, -EAGAIN, 1};
    assert_int_equal(play(receives, COUNT(receives), sends, COUNT(sends)), OUTCOME_EOF);
    assert_sent("a+\n");
}

static void silent_client_meets_the_idle_timeout(void **state)
{
    (void)state;
    const struct step receives[] = {{-EAGAIN, NULL}, {-EAGAIN, NULL}, {2, "a\n"},
                                    {-EAGAIN, NULL}, {-EAGAIN, NULL}, {-EAGAIN, NULL}};
    _Static_assert(IDLE_TICKS == 3, "as many ticks as the script has");
    assert_int_equal(play(receives, COUNT(receives), NULL, 0), OUTCOME_IDLE_TIMEOUT);
    assert_int_equal(script.receive_next, COUNT(receives));
    assert_sent("a+\n");
}

static void errors_of_the_connection_are_a_reset(void **state)
{
    (void)state;
    const struct step receives[] = {{2, "a\n"}, {-ECONNRESET, NULL}};
    const ssize_t sends[] = {-EPIPE};
    assert_int_equal(play(receives, COUNT(receives), NULL, 0), OUTCOME_RESET);
    assert_int_equal(play(receives, 1, sends, 1), OUTCOME_RESET);
    assert_int_equal(script.receive_next, 1);
}

static void last_answer_may_fail_too(void **state)
{
    (void)state;
    const struct step receives[] = {{1, "a"}};
    const ssize_t reset[] = {-ECONNRESET};
    assert_int_equal(play(receives, COUNT(receives), reset, 1), OUTCOME_RESET);
}

static void quit_ends_after_what_came_before_it(void **state)
{
    (void)state;
    const struct step receives[] = {{12, "a\nquit\nlost\n"}};
    assert_int_equal(play(receives, COUNT(receives), NULL, 0), OUTCOME_QUIT);
    assert_sent("a+\n");
    assert_int_equal(script.looks, 1);
}

static void quit_at_the_end_of_the_stream_is_quit(void **state)
{
    (void)state;
    const struct step receives[] = {{4, "quit"}};
    assert_int_equal(play(receives, COUNT(receives), NULL, 0), OUTCOME_QUIT);
    assert_sent("");
}

static void what_is_there_behind_quit_is_dropped_without_waiting(void **state)
{
    (void)state;
    const struct step receives[] = {{5, "quit\n"}, {4, "more"}, {4, "more"}, {-EAGAIN, NULL}};
    assert_int_equal(play(receives, COUNT(receives), NULL, 0), OUTCOME_QUIT);
    assert_int_equal(script.looks, 3);
    assert_int_equal(entry.received, 13);
    assert_sent("");
}

static void bulk_sender_is_waited_for_until_it_pauses(void **state)
{
    (void)state;
    static const char bulk[8192];
    const struct step receives[] = {{5, "quit\n"},        {sizeof(bulk), bulk},
                                    {sizeof(bulk), bulk}, {sizeof(bulk), bulk},
                                    {-EAGAIN, NULL},      {4, "late"}};
    assert_int_equal(play(receives, COUNT(receives), NULL, 0), OUTCOME_QUIT);
    assert_int_equal(script.looks, 1);
    assert_int_equal(script.receive_next, 5);
    assert_int_equal(entry.received, 5 + 3 * sizeof(bulk));
    assert_sent("");
}

static void reset_while_draining_is_still_quit(void **state)
{
    (void)state;
    const struct step receives[] = {{5, "quit\n"}, {-ECONNRESET, NULL}};
    assert_int_equal(play(receives, COUNT(receives), NULL, 0), OUTCOME_QUIT);
    assert_int_equal(script.looks, 1);
}

static void page_is_sent_when_the_request_has_ended(void **state)
{
    (void)state;
    const struct step receives[] = {{3, "GET"}, {2, "\r\n"}, {2, "\r\n"}, {-EAGAIN, NULL}};
    const ssize_t sends[] = {1, 1};
    assert_int_equal(play_page(receives, COUNT(receives), sends, COUNT(sends)), OUTCOME_EOF);
    assert_sent("page");
    assert_int_equal(entry.received, 7);
    assert_int_equal(script.looks, 1);
}

static void what_follows_a_request_is_read_before_the_close(void **state)
{
    (void)state;
    const struct step receives[] = {{9, "GET /\n\nXX"}, {4, "more"}, {4, "more"}, {-EAGAIN, NULL}};
    assert_int_equal(play_page(receives, COUNT(receives), NULL, 0), OUTCOME_EOF);
    assert_sent("page");
    assert_int_equal(script.receive_next, COUNT(receives));
}

static void end_of_stream_ends_a_request(void **state)
{
    (void)state;
    const struct step receives[] = {{3, "GET"}, {0, NULL}};
    assert_int_equal(play_page(receives, COUNT(receives), NULL, 0), OUTCOME_EOF);
    assert_sent("page");
}

static void request_without_end_gets_no_page(void **state)
{
    (void)state;
    static char much[4096];
    memset(much, 'x', sizeof(much));
    const struct step endless[] = {{sizeof(much), much},
                                   {sizeof(much), much},
                                   {sizeof(much), much},
                                   {sizeof(much), much},
                                   {2, "\n\n"}};
    const struct step silent[] = {
        {3, "GET"}, {-EAGAIN, NULL}, {-EAGAIN, NULL}, {-EAGAIN, NULL}, {2, "\n\n"}};
    _Static_assert(REQUEST_BYTES_MAX == 4 * sizeof(much), "as much as the script has");
    assert_int_equal(play_page(endless, COUNT(endless), NULL, 0), OUTCOME_RESET);
    assert_sent("");
    assert_int_equal(play_page(silent, COUNT(silent), NULL, 0), OUTCOME_IDLE_TIMEOUT);
    assert_sent("");
}

static void scraper_that_goes_away_is_told_apart(void **state)
{
    (void)state;
    const struct step reset[] = {{-ECONNRESET, NULL}};
    const struct step asks[] = {{7, "GET /\n\n"}};
    const ssize_t broken[] = {2, -EPIPE};
    const ssize_t deaf[] = {-EAGAIN, -EAGAIN, -EAGAIN, -EAGAIN};
    assert_int_equal(play_page(reset, 1, NULL, 0), OUTCOME_RESET);
    assert_int_equal(play_page(asks, 1, broken, COUNT(broken)), OUTCOME_RESET);
    assert_int_equal(play_page(asks, 1, deaf, COUNT(deaf)), OUTCOME_SEND_TIMEOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(end_of_stream_is_eof_and_answers_the_rest),
        cmocka_unit_test(partial_sends_are_finished),
        cmocka_unit_test(peer_that_takes_nothing_meets_the_send_timeout),
        cmocka_unit_test(progress_starts_the_send_timeout_anew),
        cmocka_unit_test(silent_client_meets_the_idle_timeout),
        cmocka_unit_test(errors_of_the_connection_are_a_reset),
        cmocka_unit_test(last_answer_may_fail_too),
        cmocka_unit_test(quit_ends_after_what_came_before_it),
        cmocka_unit_test(quit_at_the_end_of_the_stream_is_quit),
        cmocka_unit_test(what_is_there_behind_quit_is_dropped_without_waiting),
        cmocka_unit_test(bulk_sender_is_waited_for_until_it_pauses),
        cmocka_unit_test(reset_while_draining_is_still_quit),
        cmocka_unit_test(page_is_sent_when_the_request_has_ended),
        cmocka_unit_test(what_follows_a_request_is_read_before_the_close),
        cmocka_unit_test(end_of_stream_ends_a_request),
        cmocka_unit_test(request_without_end_gets_no_page),
        cmocka_unit_test(scraper_that_goes_away_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

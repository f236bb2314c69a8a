// SPDX-License-Identifier: ISC
//
// test_metrics_page.c: the page fits, says what was counted, and a request's end is found however
// it is cut. What a strict reader makes of a real page is tested in tests/system.
#include "check.h"

#include "echocell/metrics_page.h"
#include "echocell/request.h"

#include <stdio.h>
#include <string.h>

static const char *render(const struct server_totals *totals, uint32_t active)
{
    static char bytes[METRICS_PAGE_BYTES + 1];
    const struct metrics_facts facts = {
        .session_policy = "session-trace",
        .session_sha256 = "0123456789012345678901234567890123456789012345678901234567890123",
        .listener_sha256 = "0123456789012345678901234567890123456789012345678901234567890123",
        .layers = LAYER_BIT(LAYER_NETNS),
        .started_ms = UINT64_MAX,
        .max_sessions = UINT32_MAX,
    };
    struct text page = {.bytes = bytes, .room = METRICS_PAGE_BYTES};
    metrics_render(&page, &facts, totals, active);
    assert_false(page.cut);
    bytes[page.used] = '\0';
    return bytes;
}

static void has_line(const char *page, const char *line)
{
    char whole[200];
    snprintf(whole, sizeof(whole), "\n%s\n", line);
    if (strstr(page, whole) == NULL)
        fail_msg("no line '%s' in\n%s", line, page);
}

static void page_with_the_largest_numbers_fits(void **state)
{
    (void)state;
    struct server_totals totals;
    memset(&totals, 0xff, sizeof(totals));
    const char *page = render(&totals, UINT32_MAX);
    has_line(page, "echocell_accepted_connections_total 18446744073709551615");
    has_line(page, "echocell_session_duration_seconds_sum 18446744073709551.615");
    has_line(page, "# EOF");
}

static void text_without_room_is_cut_and_says_so(void **state)
{
    (void)state;
    char bytes[5];
    struct text text = {.bytes = bytes, .room = sizeof(bytes)};
    text_add(&text, "abc");
    text_count(&text, 10);
    assert_false(text.cut);
    assert_memory_equal(bytes, "abc10", 5);
    text_count(&text, 7);
    assert_true(text.cut);
    assert_int_equal(text.used, 5);
}

static void numbers_stand_where_they_belong(void **state)
{
    (void)state;
    struct server_totals totals = {
        .accepted = 11,
        .messages = 12,
        .received = 13,
        .sent = 14,
        .scrapes_served = 15,
        .scrapes_failed = 16,
    };
    totals.rejected[REJECT_PENALTY] = 3;
    totals.sessions[OUTCOME_TRAPPED] = 99; // is counted as policy_violation by wait's reader
    totals.sessions[OUTCOME_POLICY_VIOLATION] = 4;
    const char *page = render(&totals, 5);
    has_line(page, "echocell_accepted_connections_total 11");
    has_line(page, "echocell_messages_total 12");
    has_line(page, "echocell_received_bytes_total 13");
    has_line(page, "echocell_sent_bytes_total 14");
    has_line(page, "echocell_metrics_requests_total{result=\"served\"} 15");
    has_line(page, "echocell_metrics_requests_total{result=\"failed\"} 16");
    has_line(page, "echocell_rejected_connections_total{reason=\"penalty\"} 3");
    has_line(page, "echocell_sessions_total{outcome=\"policy_violation\"} 4");
    has_line(page, "echocell_active_sessions 5");
    has_line(page, "echocell_sandbox_layer_active{layer=\"netns\"} 1");
    has_line(page, "echocell_sandbox_layer_active{layer=\"identity\"} 0");
    assert_null(strstr(page, "99"));
}

static void each_bucket_counts_all_that_was_no_longer(void **state)
{
    (void)state;
    struct server_totals totals = {0};
    for (size_t i = 0; i < DURATION_BOUNDS; i++) {
        durations_add(&totals.durations, duration_bounds[i].milliseconds);
        durations_add(&totals.durations, duration_bounds[i].milliseconds + 1);
    }
    uint64_t below = 0;
    for (size_t i = 0; i < DURATION_BOUNDS; i++) {
        char line[120];
        below += totals.durations.counts[i];
        assert_int_equal(below, 2 * i + 1);
        snprintf(line, sizeof(line), "echocell_session_duration_seconds_bucket{le=\"%s\"} %zu",
                 duration_bounds[i].seconds, 2 * i + 1);
        has_line(render(&totals, 0), line);
    }
    has_line(render(&totals, 0), "echocell_session_duration_seconds_count 26");
    has_line(render(&totals, 0), "echocell_session_duration_seconds_bucket{le=\"+Inf\"} 26");
}

static void bounds_rise_and_are_what_their_words_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < DURATION_BOUNDS; i++) {
        double seconds;
        assert_int_equal(sscanf(duration_bounds[i].seconds, "%lf", &seconds), 1);
        assert_int_equal((uint64_t)(seconds * 1000 + 0.5), duration_bounds[i].milliseconds);
        if (i > 0)
            assert_true(duration_bounds[i].milliseconds > duration_bounds[i - 1].milliseconds);
    }
}

// Where the request ends, fed in pieces of `piece` bytes; 0: nowhere.
static size_t end_of(const char *text, size_t piece)
{
    struct request request = {0};
    size_t length = strlen(text);
    for (size_t at = 0; at < length; at += piece) {
        size_t size = piece < length - at ? piece : length - at;
        if (request_feed(&request, (const uint8_t *)text + at, size))
            return at + size;
    }
    return 0;
}

static void end_of_a_request_is_its_blank_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t end; // 0: none
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27},
        {"GET /\n\n", 7},
        {"GET /\r\n\r\nmore", 9},
        {"GET /\r\n\n", 8},
        {"\r\n\r\nGET /\r\n\r\n", 13},
        {"\n\n\n", 0},
        {"GET /\r\n", 0},
        {"GET /\r\n \r\n", 0},
        {"", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(end_of(cases[i].text, 1), cases[i].end);
        for (size_t piece = 2; piece < 40; piece++)
            assert_int_equal(end_of(cases[i].text, piece) > 0, cases[i].end > 0);
    }
}

static void head_announces_the_page(void **state)
{
    (void)state;
    char bytes[256];
    struct text head = {.bytes = bytes, .room = sizeof(bytes)};
    metrics_render_head(&head, METRICS_PAGE_BYTES);
    assert_false(head.cut);
    static const char end[] = "Content-Length: 16384\r\n\r\n";
    assert_memory_equal(bytes + head.used - (sizeof(end) - 1), end, sizeof(end) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_with_the_largest_numbers_fits),
        cmocka_unit_test(text_without_room_is_cut_and_says_so),
        cmocka_unit_test(numbers_stand_where_they_belong),
        cmocka_unit_test(each_bucket_counts_all_that_was_no_longer),
        cmocka_unit_test(bounds_rise_and_are_what_their_words_say),
        cmocka_unit_test(end_of_a_request_is_its_blank_line),
        cmocka_unit_test(head_announces_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: ISC
//
// The command line: every option, every refusal. A refusal names the word and the reason.
#include "check.h"

#include "echocell/options.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 40

static struct options options;
static struct option_error error;

// Splits at blanks, parses; the words stay valid until the next call.
static bool parse(const char *line)
{
    static char text[2048];
    char *argv[WORDS_MAX + 2] = {(char *)(uintptr_t) "echocell"};
    int argc = 1;
    snprintf(text, sizeof(text), "%s", line);
    for (char *word = strtok(text, " "); word != NULL && argc <= WORDS_MAX;
         word = strtok(NULL, " "))
        argv[argc++] = word;
    memset(&error, 0, sizeof(error));
    return options_parse(argc, argv, &options, &error);
}

static void accepts(const char *line)
{
    if (!parse(line))
        fail_msg("%s: refused: %s: %s", line, error.what, error.why);
}

static void refuses(const char *line, const char *what, const char *why)
{
    if (parse(line))
        fail_msg("%s: accepted", line);
    assert_string_equal(error.what, what);
    if (strstr(error.why, why) == NULL)
        fail_msg("%s: the reason is '%s', not '%s'", line, error.why, why);
}

static const char *listen_text(size_t index)
{
    static char text[ADDRESS_TEXT_BYTES];
    assert_true(index < options.listen_count);
    return address_format(&options.listen[index], text);
}

static void defaults_are_those_of_the_manual(void **state)
{
    (void)state;
    accepts("127.0.0.1 7");
    assert_int_equal(options.action, ACTION_SERVE);
    assert_int_equal(options.listen_count, 1);
    assert_string_equal(listen_text(0), "127.0.0.1:7");
    assert_int_equal(options.protocol, PROTOCOL_ACK);
    assert_string_equal(options.ack, "------k");
    assert_null(options.user);
    assert_int_equal(options.max_sessions, 512);
    assert_int_equal(options.max_per_source, 32);
    assert_int_equal(options.penalty_ms, 90000);
    assert_int_equal(options.crash_budget, 20);
    assert_int_equal(options.idle_timeout_ms, 60000);
    assert_int_equal(options.send_timeout_ms, 15000);
    assert_int_equal(options.session_timeout_ms, 300000);
    assert_int_equal(options.drain_timeout_ms, 10000);
    assert_int_equal(options.exempt_count, 0);
    assert_false(options.metrics);
    assert_int_equal(options.require, 0);
    assert_false(options.trace);
    assert_false(options.diagnose);
    assert_int_equal(options.log_level, LOG_INFO);
    assert_int_equal(options.log_format, LOG_FORMAT_TEXT);
}

static void every_option_is_read(void **state)
{
    (void)state;
    accepts("-l 127.0.0.1:7 --listen=[::1]:0 -p record --ack=OK -u daemon --max-sessions=9 "
            "--max-per-source=0 --penalty=0 --exempt=10.0.0.0/8 --exempt=2001:db8::/32 "
            "--crash-budget=0 --idle-timeout=500ms --send-timeout=2s --session-timeout=1h "
            "--drain-timeout=0 --metrics=[::1]:9100 --require=root,mdwe --trace --diagnose "
            "--log-level=debug "
            "--log-format=json");
    assert_int_equal(options.listen_count, 2);
    assert_string_equal(listen_text(1), "[::1]:0");
    assert_int_equal(options.protocol, PROTOCOL_RECORD);
    assert_string_equal(options.ack, "OK");
    assert_string_equal(options.user, "daemon");
    assert_int_equal(options.max_sessions, 9);
    assert_int_equal(options.max_per_source, 0);
    assert_int_equal(options.penalty_ms, 0);
    assert_int_equal(options.exempt_count, 2);
    assert_int_equal(options.exempt[0].bits, 96 + 8);
    assert_int_equal(options.exempt[1].bits, 32);
    assert_int_equal(options.crash_budget, 0);
    assert_int_equal(options.idle_timeout_ms, 500);
    assert_int_equal(options.send_timeout_ms, 2000);
    assert_int_equal(options.session_timeout_ms, 3600000);
    assert_int_equal(options.drain_timeout_ms, 0);
    assert_true(options.metrics);
    char text[ADDRESS_TEXT_BYTES];
    assert_string_equal(address_format(&options.metrics_address, text), "[::1]:9100");
    assert_int_equal(options.require, LAYER_BIT(LAYER_ROOT) | LAYER_BIT(LAYER_MDWE));
    assert_true(options.trace);
    assert_true(options.diagnose);
    assert_int_equal(options.log_level, LOG_DEBUG);
    assert_int_equal(options.log_format, LOG_FORMAT_JSON);
}

static void words_have_their_meaning(void **state)
{
    (void)state;
    accepts("-p echo --log-level=error --require=all ::1 65535");
    assert_int_equal(options.protocol, PROTOCOL_ECHO);
    assert_int_equal(options.log_level, LOG_ERROR);
    assert_int_equal(options.require, LAYERS_ALL);
    assert_string_equal(listen_text(0), "[::1]:65535");
    accepts("--protocol=ack --log-level=warning --log-format=text --idle-timeout=5m 1.2.3.4 0");
    assert_int_equal(options.log_level, LOG_WARNING);
    assert_int_equal(options.idle_timeout_ms, 300000);
}

static void actions_need_no_address_but_check(void **state)
{
    (void)state;
    accepts("--help");
    assert_int_equal(options.action, ACTION_HELP);
    accepts("-V");
    assert_int_equal(options.action, ACTION_VERSION);
    accepts("--print-policy=session-trace");
    assert_int_equal(options.action, ACTION_PRINT_POLICY);
    assert_int_equal(options.print_policy, FILTER_SESSION_TRACE);
    accepts("--print-policy=listener");
    assert_int_equal(options.print_policy, FILTER_LISTENER);
    accepts("--check 127.0.0.1 7");
    assert_int_equal(options.action, ACTION_CHECK);
    accepts("--check");
    accepts("-h -V");
    assert_int_equal(options.action, ACTION_HELP);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *line, *what, *why;
    } mistakes[] = {
        {"127.0.0.1", "127.0.0.1", "needs a PORT"},
        {"127.0.0.1 7 8", "8", "too many"},
        {"-l 127.0.0.1:7 127.0.0.1 8", "127.0.0.1", "exclude"},
        {"localhost 7", "localhost", "numeric"},
        {"127.1 7", "127.1", "numeric"},
        {"0x7f.0.0.1 7", "0x7f.0.0.1", "numeric"},
        {"[127.0.0.1] 7", "[127.0.0.1]", "numeric"},
        {"[::1 7", "[::1", "numeric"},
        {"127.0.0.1 65536", "65536", "port"},
        {"127.0.0.1 +7", "+7", "port"},
        {"127.0.0.1 7x", "7x", "port"},
        {"127.0.0.1 000007", "000007", "port"},
        {"-l 127.0.0.1", "-l 127.0.0.1", "ADDRESS:PORT"},
        {"-l ::1:7", "-l ::1:7", "brackets"},
        {"--listen=:7", "--listen=:7", "numeric"},
        {"--bogus 127.0.0.1 7", "--bogus", "unknown"},
        {"-x 127.0.0.1 7", "-x", "unknown"},
        {"--max 1 127.0.0.1 7", "--max", "ambiguous"},
        {"--trace=yes 127.0.0.1 7", "--trace=yes", "takes no value"},
        {"127.0.0.1 7 --ack", "--ack", "needs a value"},
        {"127.0.0.1 7 -u", "-u", "needs a value"},
        {"--protocol=telnet 127.0.0.1 7", "--protocol=telnet", "--help"},
        {"--user= 127.0.0.1 7", "--user=", "empty"},
        {"--ack= 127.0.0.1 7", "--ack=", "1 to 64"},
        {"--ack=a\x01 127.0.0.1 7", "--ack=a\x01", "printable"},
        {"--ack=\xc3\xa4 127.0.0.1 7", "--ack=\xc3\xa4", "printable"},
        {"--max-sessions=0 127.0.0.1 7", "--max-sessions=0", "out of range"},
        {"--max-sessions=65537 127.0.0.1 7", "--max-sessions=65537", "out of range"},
        {"--max-sessions=-1 127.0.0.1 7", "--max-sessions=-1", "decimal"},
        {"--max-sessions=4294967297 127.0.0.1 7", "--max-sessions=4294967297", "decimal"},
        {"--max-per-source=x 127.0.0.1 7", "--max-per-source=x", "decimal"},
        {"--penalty=90 127.0.0.1 7", "--penalty=90", "duration"},
        {"--penalty=s 127.0.0.1 7", "--penalty=s", "duration"},
        {"--penalty=5d 127.0.0.1 7", "--penalty=5d", "duration"},
        {"--penalty=25h 127.0.0.1 7", "--penalty=25h", "too long"},
        {"--idle-timeout=0 127.0.0.1 7", "--idle-timeout=0", "cannot be 0"},
        {"--send-timeout=0s 127.0.0.1 7", "--send-timeout=0s", "cannot be 0"},
        {"--session-timeout=0ms 127.0.0.1 7", "--session-timeout=0ms", "cannot be 0"},
        {"--exempt=10.0.0.1/8 127.0.0.1 7", "--exempt=10.0.0.1/8", "behind the prefix"},
        {"--exempt=10.0.0.0/33 127.0.0.1 7", "--exempt=10.0.0.0/33", "0 to 32"},
        {"--exempt=::/129 127.0.0.1 7", "--exempt=::/129", "0 to 128"},
        {"--require=root,bogus 127.0.0.1 7", "--require=root,bogus", "not a layer"},
        {"--metrics=9100 127.0.0.1 7", "--metrics=9100", "ADDRESS:PORT"},
        {"--metrics=::1:9100 127.0.0.1 7", "--metrics=::1:9100", "brackets"},
        {"--require= 127.0.0.1 7", "--require=", "not a layer"},
        {"--require=root, 127.0.0.1 7", "--require=root,", "not a layer"},
        {"--log-level=loud 127.0.0.1 7", "--log-level=loud", "--help"},
        {"--print-policy=all", "--print-policy=all", "--help"},
    };
    for (size_t i = 0; i < COUNT(mistakes); i++)
        refuses(mistakes[i].line, mistakes[i].what, mistakes[i].why);
}

static void lists_are_bounded(void **state)
{
    (void)state;
    char line[2048] = "";
    for (int i = 0; i < LISTEN_MAX; i++)
        strcat(line, "-l 1.1.1.1:1 ");
    accepts(line);
    assert_int_equal(options.listen_count, LISTEN_MAX);
    strcat(line, "-l 2.2.2.2:2");
    refuses(line, "-l 2.2.2.2:2", "more than 16");
}

static void exempt_list_is_bounded(void **state)
{
    (void)state;
    char text[EXEMPT_MAX + 1][20];
    char *argv[EXEMPT_MAX + 4] = {(char *)(uintptr_t) "echocell"};
    for (int i = 0; i <= EXEMPT_MAX; i++) {
        snprintf(text[i], sizeof(text[i]), "--exempt=1.1.1.%d", i);
        argv[1 + i] = text[i];
    }
    assert_false(options_parse(EXEMPT_MAX + 2, argv, &options, &error));
    assert_string_equal(error.what, "--exempt=1.1.1.64");
}

static void acknowledgement_may_have_64_bytes(void **state)
{
    (void)state;
    char line[200] = "--ack=";
    memset(line + 6, 'k', 64);
    strcat(line, " 127.0.0.1 7");
    accepts(line);
    memset(line, 0, sizeof(line));
    memcpy(line, "--ack=", 6);
    memset(line + 6, 'k', 65);
    strcat(line, " 127.0.0.1 7");
    assert_false(parse(line));
}

static void sockets_come_from_one_source(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t passed;
        bool metrics;
        const char *what; // NULL: right
    } cases[] = {
        {"127.0.0.1 7", 0, false, NULL},
        {"-l 127.0.0.1:7 --metrics=127.0.0.1:9100", 0, false, NULL},
        {"", 1, false, NULL},
        {"", LISTEN_MAX, true, NULL},
        {"--metrics=127.0.0.1:9100", 1, false, NULL},
        {"127.0.0.1 7", 0, true, NULL},
        {"", 0, false, "usage"},
        {"", 0, true, "usage"},
        {"--metrics=127.0.0.1:9100", 0, false, "usage"},
        {"127.0.0.1 7", 1, false, "LISTEN_FDS"},
        {"--check 127.0.0.1 7", 1, false, "LISTEN_FDS"},
        {"--metrics=127.0.0.1:9100", 1, true, "LISTEN_FDNAMES"},
        {"--check", 0, false, NULL},
        {"--help", 0, false, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        accepts(cases[i].line);
        bool settled = options_settle(&options, cases[i].passed, cases[i].metrics, &error);
        assert_int_equal(settled, cases[i].what == NULL);
        if (!settled)
            assert_string_equal(error.what, cases[i].what);
        else
            assert_int_equal(options.passed, cases[i].passed > 0);
    }
}

static void help_names_every_option(void **state)
{
    (void)state;
    static const char *const names[] = {
        "--listen",        "--protocol",       "--ack",          "--user",
        "--max-sessions",  "--max-per-source", "--penalty",      "--exempt",
        "--crash-budget",  "--idle-timeout",   "--send-timeout", "--session-timeout",
        "--drain-timeout", "--metrics",        "--require",      "--trace",
        "--diagnose",      "--log-level",      "--log-format",   "--check",
        "--print-policy",  "--help",           "--version",
    };
    for (size_t i = 0; i < COUNT(names); i++)
        assert_non_null(strstr(options_help, names[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_manual),
        cmocka_unit_test(every_option_is_read),
        cmocka_unit_test(words_have_their_meaning),
        cmocka_unit_test(actions_need_no_address_but_check),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(lists_are_bounded),
        cmocka_unit_test(exempt_list_is_bounded),
        cmocka_unit_test(acknowledgement_may_have_64_bytes),
        cmocka_unit_test(sockets_come_from_one_source),
        cmocka_unit_test(help_names_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

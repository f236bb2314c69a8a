// SPDX-License-Identifier: ISC
//
// fuzz_options.c: the command line.
//
// Target: options_parse() and options_settle(), the readers of values and of addresses.
//
// Threat model: none hostile; but a word that is taken for another one starts a service with other
// limits than were asked for, as root.
//
// Input: words that end in NUL. The first one is no part of the line: a digit in it says how many
// listening sockets were passed, an "m" that one for metrics was.
//
// Oracle: options_model.h reads the same words from the manual: both take them or both refuse them,
// for the same word, and every field is the same. A refusal names a word and a reason.
#include "oracle.h"

#include <arpa/inet.h>
#include <string.h>

#include "echocell/options.h"
#include "model/options_model.h"

enum { WORDS = 300, LINE_BYTES = 8192 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    unsetenv("POSIXLY_CORRECT"); // getopt_long(3) has another order of words then
    return 0;
}

#define SAME(what, expected, got)                                                                  \
    ORACLE((uint64_t)(expected) == (uint64_t)(got), "%s is %lu, not %lu", what,                    \
           (unsigned long)(expected), (unsigned long)(got))

static void compare_text(const char *what, const char *expected, const char *got)
{
    bool same = expected == NULL || got == NULL ? expected == got : strcmp(expected, got) == 0;
    ORACLE(same, "%s is '%s', not '%s'", what, expected, got);
}

static void compare_address(const struct model_address *expected, const union address *got)
{
    const void *bytes =
        expected->six ? (const void *)&got->v6.sin6_addr : (const void *)&got->v4.sin_addr;
    in_port_t port = expected->six ? got->v6.sin6_port : got->v4.sin_port;
    SAME("an address family", expected->six ? AF_INET6 : AF_INET, got->any.sa_family);
    SAME("a port", expected->port, ntohs(port));
    ORACLE(memcmp(bytes, expected->bytes, expected->six ? 16 : 4) == 0, "an address is another");
    if (expected->six)
        ORACLE(got->v6.sin6_scope_id == 0 && got->v6.sin6_flowinfo == 0, "an address is bare");
}

static void compare_lists(const struct options_model *model, const struct options *options)
{
    SAME("the number of addresses", model->listen_count, options->listen_count);
    for (size_t i = 0; i < model->listen_count; i++)
        compare_address(&model->listen[i], &options->listen[i]);
    SAME("metrics", model->metrics, options->metrics);
    if (model->metrics)
        compare_address(&model->metrics_address, &options->metrics_address);
    SAME("the number of networks", model->exempt_count, options->exempt_count);
    for (size_t i = 0; i < model->exempt_count; i++) {
        SAME("a prefix", model->exempt[i].bits, options->exempt[i].bits);
        ORACLE(memcmp(model->exempt[i].bytes, options->exempt[i].bytes, 16) == 0,
               "network %zu is another", i);
    }
}

static void compare(const struct options_model *model, const struct options *options)
{
    static const enum options_action actions[] = {ACTION_SERVE, ACTION_CHECK, ACTION_HELP,
                                                  ACTION_VERSION, ACTION_PRINT_POLICY};
    static const enum filter_kind policies[] = {FILTER_SESSION, FILTER_LISTENER,
                                                FILTER_SESSION_TRACE};
    static const enum protocol_kind protocols[] = {PROTOCOL_ACK, PROTOCOL_ECHO, PROTOCOL_RECORD};
    static const enum log_level levels[] = {LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
    static const enum log_format formats[] = {LOG_FORMAT_TEXT, LOG_FORMAT_JSON};
    SAME("the action", actions[model->action], options->action);
    if (model->action == 4)
        SAME("the policy to print", policies[model->print_policy], options->print_policy);
    SAME("the protocol", protocols[model->protocol], options->protocol);
    SAME("the log level", levels[model->log_level], options->log_level);
    SAME("the log format", formats[model->log_format], options->log_format);
    compare_text("--ack", model->ack, options->ack);
    compare_text("--user", model->user, options->user);
    SAME("--max-sessions", model->max_sessions, options->max_sessions);
    SAME("--max-per-source", model->max_per_source, options->max_per_source);
    SAME("--penalty", model->penalty, options->penalty_ms);
    SAME("--crash-budget", model->crash_budget, options->crash_budget);
    SAME("--idle-timeout", model->idle, options->idle_timeout_ms);
    SAME("--send-timeout", model->send, options->send_timeout_ms);
    SAME("--session-timeout", model->session, options->session_timeout_ms);
    SAME("--drain-timeout", model->drain, options->drain_timeout_ms);
    SAME("--require", model->require, options->require);
    SAME("--trace", model->trace, options->trace);
    SAME("--diagnose", model->diagnose, options->diagnose);
    SAME("the sessions' policy", model->trace ? FILTER_SESSION_TRACE : FILTER_SESSION,
         options_session_policy(options));
    compare_lists(model, options);
}

static void check_error(const struct option_error *error)
{
    ORACLE(memchr(error->what, '\0', sizeof(error->what)) != NULL && error->what[0] != '\0',
           "a refusal names a word");
    ORACLE(error->why != NULL && error->why[0] != '\0', "a refusal has a reason");
}

// Listening sockets come from the line or from the manager, never from both; metrics likewise.
static void check_settle(const struct options_model *model, struct options *options,
                         const char *passed)
{
    const char *digit = passed + strcspn(passed, "0123456789");
    size_t sockets = *digit == '\0' ? 0 : (size_t)(*digit - '0');
    bool metrics = strchr(passed, 'm') != NULL;
    struct option_error error = {0};
    bool expected = (sockets == 0 || model->listen_count == 0) && !(metrics && model->metrics) &&
                    (sockets + model->listen_count > 0 || model->action != 0);
    bool settled = options_settle(options, sockets, metrics, &error);
    ORACLE(settled == expected, "with %zu sockets passed it is %s", sockets,
           expected ? "right" : "wrong");
    if (!settled) {
        check_error(&error);
        return;
    }
    SAME("what was passed", sockets > 0, options->passed);
    SAME("metrics", metrics || model->metrics, options->metrics);
}

static void check(int argc, char **argv)
{
    struct options_model model;
    struct options options;
    struct option_error error = {0};
    char *words[WORDS + 2];
    memcpy(words, argv, ((size_t)argc + 1) * sizeof(*words)); // getopt_long(3) sorts its own
    bool expected = options_model_read(argc, argv, &model);
    bool taken = options_parse(argc, words, &options, &error);
    ORACLE(taken == expected, "the line is %s, not %s (%s: %s)", expected ? "right" : "wrong",
           taken ? "right" : "wrong", error.what, error.why);
    if (taken) {
        compare(&model, &options);
        check_settle(&model, &options, argv[0]);
        return;
    }
    check_error(&error);
    ORACLE(!model.word_known || strcmp(model.what, error.what) == 0,
           "'%s' is refused, not '%s' (%s)", model.what, error.what, error.why);
    ORACLE(!model.word_known || model.why == NULL || strcmp(model.why, error.why) == 0,
           "'%s' is refused as '%s', not '%s'", model.what, model.why, error.why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char line[LINE_BYTES + 1];
    char *argv[WORDS + 2];
    int argc = 0;
    if (size > LINE_BYTES)
        return 0;
    memcpy(line, data, size);
    line[size] = '\0';
    for (size_t at = 0; (at < size || argc == 0) && argc < WORDS; at += strlen(line + at) + 1)
        argv[argc++] = line + at;
    argv[argc] = NULL;
    check(argc, argv);
    return 0;
}

// SPDX-License-Identifier: ISC
#include "options.h"

#include "option_values.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

const char options_help[] =
    "Usage: echocell [OPTION]... ADDRESS PORT\n"
    "       echocell [OPTION]... --listen=ADDRESS:PORT [--listen=...]\n"
    "       echocell [OPTION]...     with sockets that are passed (LISTEN_FDS)\n"
    "\n"
    "A TCP echo service whose every connection is served by a confined process.\n"
    "Addresses are numeric; IPv6 in brackets before a port: [::1]:7. Port 0 lets the system "
    "choose.\n"
    "\n"
    "  -l, --listen=ADDRESS:PORT    listen here; may be given up to 16 times\n"
    "  -p, --protocol=ack|echo|record  what to answer (default ack)\n"
    "      --ack=TEXT               the acknowledgement, 1 to 64 printable bytes (default "
    "------k)\n"
    "  -u, --user=NAME|UID[:GID]    whom to become (default echocell, else nobody); never root\n"
    "      --max-sessions=N         connections served at a time, 1 to 65536 (default 512)\n"
    "      --max-per-source=N       of these from one IPv4 address or IPv6 /64 (default 32; 0: "
    "off)\n"
    "      --penalty=DUR            refuse a source whose session crashed or broke the policy\n"
    "                               (default 90s; 0: off)\n"
    "      --exempt=CIDR            no limit and no penalty for these; up to 64 times\n"
    "      --crash-budget=N         crashes and violations in a minute after which echocell "
    "drains\n"
    "                               and exits 75 for a restart (default 20; 0: off)\n"
    "      --idle-timeout=DUR       end when no byte came for so long (default 60s)\n"
    "      --send-timeout=DUR       end when the peer read nothing for so long (default 15s)\n"
    "      --session-timeout=DUR    end after so long in any case (default 300s)\n"
    "      --drain-timeout=DUR      at a stop, let sessions finish for so long (default 10s)\n"
    "      --metrics=ADDRESS:PORT   OpenMetrics over HTTP, here\n"
    "      --require=LAYER[,LAYER]|all  refuse to start unless these layers are active\n"
    "      --trace                  print every message to stderr, escaped; not for production\n"
    "      --diagnose               report the system call of a policy violation\n"
    "      --log-level=error|warning|info|debug  (default info)\n"
    "      --log-format=text|json   (default text)\n"
    "      --check                  validate all of this without binding, then exit\n"
    "      --print-policy=session|listener|session-trace  print the built-in policy, then exit\n"
    "  -h, --help                   print this, then exit\n"
    "  -V, --version                print the version, then exit\n"
    "\n"
    "Durations: 500ms 30s 5m 1h. Signals: TERM and INT drain, a second one ends at once; USR2 "
    "logs\n"
    "a status line. Exit status: 0 clean, 64 usage, 70 bug, 71 the system refused, 75 too many\n"
    "crashes, 77 a permission is missing, 78 configuration.\n";

enum {
    OPT_ACK = 256,
    OPT_MAX_SESSIONS,
    OPT_MAX_PER_SOURCE,
    OPT_PENALTY,
    OPT_EXEMPT,
    OPT_CRASH_BUDGET,
    OPT_IDLE_TIMEOUT,
    OPT_SEND_TIMEOUT,
    OPT_SESSION_TIMEOUT,
    OPT_DRAIN_TIMEOUT,
    OPT_METRICS,
    OPT_REQUIRE,
    OPT_TRACE,
    OPT_DIAGNOSE,
    OPT_LOG_LEVEL,
    OPT_LOG_FORMAT,
    OPT_CHECK,
    OPT_PRINT_POLICY,
};

static const struct option table[] = {
    {"listen", required_argument, NULL, 'l'},
    {"protocol", required_argument, NULL, 'p'},
    {"ack", required_argument, NULL, OPT_ACK},
    {"user", required_argument, NULL, 'u'},
    {"max-sessions", required_argument, NULL, OPT_MAX_SESSIONS},
    {"max-per-source", required_argument, NULL, OPT_MAX_PER_SOURCE},
    {"penalty", required_argument, NULL, OPT_PENALTY},
    {"exempt", required_argument, NULL, OPT_EXEMPT},
    {"crash-budget", required_argument, NULL, OPT_CRASH_BUDGET},
    {"idle-timeout", required_argument, NULL, OPT_IDLE_TIMEOUT},
    {"send-timeout", required_argument, NULL, OPT_SEND_TIMEOUT},
    {"session-timeout", required_argument, NULL, OPT_SESSION_TIMEOUT},
    {"drain-timeout", required_argument, NULL, OPT_DRAIN_TIMEOUT},
    {"metrics", required_argument, NULL, OPT_METRICS},
    {"require", required_argument, NULL, OPT_REQUIRE},
    {"trace", no_argument, NULL, OPT_TRACE},
    {"diagnose", no_argument, NULL, OPT_DIAGNOSE},
    {"log-level", required_argument, NULL, OPT_LOG_LEVEL},
    {"log-format", required_argument, NULL, OPT_LOG_FORMAT},
    {"check", no_argument, NULL, OPT_CHECK},
    {"print-policy", required_argument, NULL, OPT_PRINT_POLICY},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static const char *const protocol_words[] = {
    [PROTOCOL_ACK] = "ack", [PROTOCOL_ECHO] = "echo", [PROTOCOL_RECORD] = "record", NULL};
static const char *const level_words[] = {[LOG_ERROR] = "error",
                                          [LOG_WARNING] = "warning",
                                          [LOG_INFO] = "info",
                                          [LOG_DEBUG] = "debug",
                                          NULL};
static const char *const format_words[] = {
    [LOG_FORMAT_TEXT] = "text", [LOG_FORMAT_JSON] = "json", NULL};
static const char *const policy_words[] = {[FILTER_SESSION] = "session",
                                           [FILTER_LISTENER] = "listener",
                                           [FILTER_SESSION_TRACE] = "session-trace",
                                           NULL};

static void set_defaults(struct options *options)
{
    *options = (struct options){
        .action = ACTION_SERVE,
        .protocol = PROTOCOL_ACK,
        .ack = "------k",
        .max_sessions = 512,
        .max_per_source = 32,
        .penalty_ms = UINT64_C(90) * 1000,
        .crash_budget = 20,
        .idle_timeout_ms = UINT64_C(60) * 1000,
        .send_timeout_ms = UINT64_C(15) * 1000,
        .session_timeout_ms = UINT64_C(300) * 1000,
        .drain_timeout_ms = UINT64_C(10) * 1000,
        .log_level = LOG_INFO,
        .log_format = LOG_FORMAT_TEXT,
    };
}

static const char *add_listen(struct options *options, const char *text)
{
    if (options->listen_count == LISTEN_MAX)
        return "more than 16 addresses";
    return address_parse_pair(text, &options->listen[options->listen_count++]);
}

static const char *set_metrics(struct options *options, const char *text)
{
    options->metrics = true;
    return address_parse_pair(text, &options->metrics_address);
}

static const char *add_exempt(struct options *options, const char *text)
{
    if (options->exempt_count == EXEMPT_MAX)
        return "more than 64 networks";
    return address_parse_network(text, &options->exempt[options->exempt_count++]);
}

static const char *set_ack(struct options *options, const char *text)
{
    options->ack = text;
    return value_printable(text, ACK_MAX_BYTES);
}

static const char *set_user(struct options *options, const char *text)
{
    options->user = text;
    return text[0] != '\0' ? NULL : "empty";
}

static const char *set_word(const char *text, const char *const *words, void *target, size_t size)
{
    unsigned index = 0;
    const char *wrong = value_word(text, words, &index);
    _Static_assert(sizeof(enum protocol_kind) == sizeof(index), "enums are unsigned words");
    if (wrong == NULL && size == sizeof(index))
        memcpy(target, &index, sizeof(index));
    return wrong;
}

// The first thing that was asked for decides, as with most programs: `--help --version` helps.
static const char *set_action(struct options *options, enum options_action action)
{
    if (options->action == ACTION_SERVE)
        options->action = action;
    return NULL;
}

static const char *set_print_policy(struct options *options, const char *text)
{
    set_action(options, ACTION_PRINT_POLICY);
    return set_word(text, policy_words, &options->print_policy, sizeof(options->print_policy));
}

// Options with a number or a duration. Returns false when `option` is none of them.
static bool set_quantity(struct options *o, int option, const char *text, const char **wrong)
{
    switch (option) {
    case OPT_MAX_SESSIONS: *wrong = value_count(text, 1, SESSIONS_MAX, &o->max_sessions); break;
    case OPT_MAX_PER_SOURCE: *wrong = value_count(text, 0, SESSIONS_MAX, &o->max_per_source); break;
    case OPT_CRASH_BUDGET: *wrong = value_count(text, 0, 1000000, &o->crash_budget); break;
    case OPT_PENALTY: *wrong = value_duration(text, 0, &o->penalty_ms); break;
    case OPT_IDLE_TIMEOUT: *wrong = value_duration(text, 1, &o->idle_timeout_ms); break;
    case OPT_SEND_TIMEOUT: *wrong = value_duration(text, 1, &o->send_timeout_ms); break;
    case OPT_SESSION_TIMEOUT: *wrong = value_duration(text, 1, &o->session_timeout_ms); break;
    case OPT_DRAIN_TIMEOUT: *wrong = value_duration(text, 0, &o->drain_timeout_ms); break;
    default: return false;
    }
    return true;
}

static const char *set_option(struct options *o, int option, const char *text)
{
    const char *wrong = NULL;
    if (set_quantity(o, option, text, &wrong))
        return wrong;
    switch (option) {
    case 'l': return add_listen(o, text);
    case 'p': return set_word(text, protocol_words, &o->protocol, sizeof(o->protocol));
    case 'u': return set_user(o, text);
    case OPT_ACK: return set_ack(o, text);
    case OPT_METRICS: return set_metrics(o, text);
    case OPT_EXEMPT: return add_exempt(o, text);
    case OPT_REQUIRE: return value_layers(text, &o->require);
    case OPT_TRACE: o->trace = true; return NULL;
    case OPT_DIAGNOSE: o->diagnose = true; return NULL;
    case OPT_LOG_LEVEL: return set_word(text, level_words, &o->log_level, sizeof(o->log_level));
    case OPT_LOG_FORMAT: return set_word(text, format_words, &o->log_format, sizeof(o->log_format));
    case OPT_PRINT_POLICY: return set_print_policy(o, text);
    case OPT_CHECK: return set_action(o, ACTION_CHECK);
    case 'h': return set_action(o, ACTION_HELP);
    case 'V': return set_action(o, ACTION_VERSION);
    default: return "unknown";
    }
}

static bool refuse(struct option_error *error, const char *what, const char *why)
{
    snprintf(error->what, sizeof(error->what), "%s", what[0] != '\0' ? what : "''");
    error->why = why;
    return false;
}

// getopt says no: the word that it stumbled over is the one before optind, except for a bad letter
// inside a word of short options.
static bool refuse_word(char **argv, int result, struct option_error *error)
{
    char letter[] = {'-', (char)optopt, '\0'};
    bool is_long = strncmp(argv[optind - 1], "--", 2) == 0;
    const char *word = is_long || optopt == 0 ? argv[optind - 1] : letter;
    if (result == ':')
        return refuse(error, word, "needs a value");
    if (is_long && strchr(word, '=') != NULL && optopt != 0)
        return refuse(error, word, "takes no value");
    return refuse(error, word, "unknown or ambiguous option");
}

// A value is wrong: quotes it behind the option's name. `index` is the row of a long option, else
// -1.
static bool refuse_value(int option, int index, const char *wrong, struct option_error *error)
{
    char what[sizeof(error->what)];
    if (index >= 0)
        snprintf(what, sizeof(what), "--%s=%s", table[index].name, optarg);
    else
        snprintf(what, sizeof(what), "-%c %s", option, optarg);
    return refuse(error, what, wrong);
}

// ADDRESS PORT, the form of the classroom.
static bool read_operands(int argc, char **argv, struct options *options,
                          struct option_error *error)
{
    if (optind == argc)
        return true;
    if (options->listen_count > 0)
        return refuse(error, argv[optind], "ADDRESS PORT and --listen exclude each other");
    if (argc - optind == 1)
        return refuse(error, argv[optind], "an ADDRESS needs a PORT behind it");
    if (argc - optind > 2)
        return refuse(error, argv[optind + 2], "one word too many");
    const char *wrong =
        address_parse(argv[optind], argv[optind + 1], &options->listen[options->listen_count++]);
    if (wrong != NULL)
        return refuse(error, strstr(wrong, "port") ? argv[optind + 1] : argv[optind], wrong);
    return true;
}

bool options_parse(int argc, char **argv, struct options *options, struct option_error *error)
{
    int index = -1;
    int option;
    set_defaults(options);
    opterr = 0;
    optind = 0;
    while ((option = getopt_long(argc, argv, ":l:p:u:hV", table, &index)) != -1) {
        if (option == '?' || option == ':')
            return refuse_word(argv, option, error);
        const char *wrong = set_option(options, option, optarg);
        if (wrong != NULL)
            return refuse_value(option, index, wrong, error);
        index = -1;
    }
    return read_operands(argc, argv, options, error);
}

bool options_settle(struct options *options, size_t passed_listen, bool passed_metrics,
                    struct option_error *error)
{
    if (passed_listen > 0 && options->listen_count > 0)
        return refuse(error, "LISTEN_FDS", "sockets were passed: give no ADDRESS PORT or --listen");
    if (passed_metrics && options->metrics)
        return refuse(error, "LISTEN_FDNAMES", "a metrics socket was passed: give no --metrics");
    // A check is also made beforehand, where the manager passes nothing yet.
    if (passed_listen + options->listen_count == 0 && options->action == ACTION_SERVE)
        return refuse(error, "usage",
                      "echocell ADDRESS PORT, or sockets that are passed (LISTEN_FDS)");
    options->passed = passed_listen > 0;
    options->metrics |= passed_metrics;
    return true;
}

enum filter_kind options_session_policy(const struct options *options)
{
    return options->trace ? FILTER_SESSION_TRACE : FILTER_SESSION;
}

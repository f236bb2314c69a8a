// SPDX-License-Identifier: ISC
//
// options.h: the command line as a struct. Pure: reading it touches nothing but its arguments (and
// getopt's own variables), so it can be tested and fuzzed as it is.
#ifndef ECHOCELL_OPTIONS_H
#define ECHOCELL_OPTIONS_H

#include "address.h"
#include "filter.h"
#include "layers.h"
#include "log.h"
#include "protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LISTEN_MAX      16
#define EXEMPT_MAX      64
#define ACK_MAX_BYTES   64
#define SESSIONS_MAX    65536
#define DURATION_MAX_MS (UINT64_C(24) * 60 * 60 * 1000)

enum options_action {
    ACTION_SERVE,
    ACTION_CHECK,
    ACTION_HELP,
    ACTION_VERSION,
    ACTION_PRINT_POLICY,
};

struct options {
    enum options_action action;
    enum filter_kind print_policy;
    union address listen[LISTEN_MAX];
    size_t listen_count;
    bool passed;                   // the listening sockets came from LISTEN_FDS and outlive us
    bool metrics;                  // serve metrics ...
    union address metrics_address; // ... here
    enum protocol_kind protocol;
    const char *ack;  // 1 to ACK_MAX_BYTES printable ASCII bytes
    const char *user; // as given, or NULL
    uint32_t max_sessions;
    uint32_t max_per_source; // 0: no limit
    uint64_t penalty_ms;     // 0: none
    struct network exempt[EXEMPT_MAX];
    size_t exempt_count;
    uint32_t crash_budget; // 0: none
    uint64_t idle_timeout_ms;
    uint64_t send_timeout_ms;
    uint64_t session_timeout_ms;
    uint64_t drain_timeout_ms;
    layer_set require;
    bool trace;
    bool diagnose;
    enum log_level log_level;
    enum log_format log_format;
};

// What is wrong with a command line: the word, and why.
struct option_error {
    char what[256];  // cut when longer
    const char *why; // static
};

// Reads the command line. Strings in `options` point into argv. Returns true, or false with the
// first mistake in `error`. --help, --version, --check and --print-policy are
// actions; the rest of the line must be right for them too.
bool options_parse(int argc, char **argv, struct options *options, struct option_error *error);

// Is there exactly one source of listening sockets: addresses on the command line, or
// `passed_listen` sockets (and one for metrics, if `passed_metrics`) that a service manager has
// passed? Sets `passed` and `metrics`. As options_parse() otherwise.
bool options_settle(struct options *options, size_t passed_listen, bool passed_metrics,
                    struct option_error *error);

// The policy that sessions obey: --trace needs one of its own.
enum filter_kind options_session_policy(const struct options *options);

// What --help prints.
extern const char options_help[];

#endif

// SPDX-License-Identifier: ISC
//
// listener_model.h: what the listener must do with each connection, signal and dead session, told a
// second time: lists that are searched from end to end, and the log as one long text.
//
// It shares no code with what it judges. Times are milliseconds; the caller sets `now_ms` before it
// tells of an event.
#ifndef FUZZ_LISTENER_MODEL_H
#define FUZZ_LISTENER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    MODEL_SESSIONS_MAX = 3400,
    MODEL_SOURCES_MAX = 4096 + MODEL_SESSIONS_MAX,
    MODEL_CRASHES_MAX = 16,
    MODEL_CELLS = 8,
    MODEL_DURATIONS = 14,
    MODEL_LOG_BYTES = 1 << 20,
    MODEL_LOG_KEPT = 256 * 1024, // so much waits for a reader; of what comes then, lines are lost
};

enum model_reason {
    MODEL_MAX_SESSIONS,
    MODEL_PER_SOURCE,
    MODEL_PENALTY,
    MODEL_FORK,
    MODEL_DESCRIPTORS,
    MODEL_DRAINING,
    MODEL_REASONS,
    MODEL_ADMIT = MODEL_REASONS,
};

enum model_phase { MODEL_SERVING, MODEL_REFUSING, MODEL_ENDING, MODEL_KILLING };

enum { MODEL_OUTCOMES = 12 };

struct model_client {
    uint8_t bytes[16]; // IPv4 in its mapped form
    uint16_t port;
};

struct model_options {
    uint32_t max_sessions, max_per_source, crash_budget;
    uint64_t penalty_ms, drain_timeout_ms;
    struct {
        uint8_t bytes[16];
        unsigned bits;
    } exempt[2];
    size_t exempt_count;
    int log_level; // 0 error to 3 debug
    bool json, journal, diagnose;
    bool metrics; // there is a page of numbers, and who asks for it gets a cell
};

struct model_session {
    pid_t pid; // 0: none
    struct model_client client;
    bool counted; // against its source
    bool ended;   // was sent SIGKILL
    uint64_t started_ms;
};

struct model_source {
    uint8_t key[16];
    uint32_t sessions;
    uint64_t punished_until_ms;
    uint64_t noted; // order in which those without a session came to be so
};

struct model_entry { // of the ledger, as the session left it
    uint64_t messages, received, sent;
    uint32_t failed_step, failed_errno, violation_number, violation_arch;
};

// The lines, one after the other, in `text`: those that were read, those that wait, and behind
// `length` those of which it is not known yet whether there was room.
struct model_log {
    size_t read, length, end;
    uint64_t lost; // lines, of which nothing was said yet
    bool cut;      // what was read ends within a line
};

struct listener_model {
    struct model_options options;
    uint64_t now_ms, paused_until_ms, drain_until_ms, metrics_paused_until_ms;
    enum model_phase phase;
    int status;                              // that must come out in the end
    uint32_t active;                         // how many sessions there are
    struct model_session cells[MODEL_CELLS]; // that serve the page
    size_t source_count;
    uint64_t notes;
    uint64_t crashes_ms[MODEL_CRASHES_MAX]; // the last ones, newest first
    size_t crash_count;
    uint64_t accepted, rejected[MODEL_REASONS], ended[MODEL_OUTCOMES];
    uint64_t messages, received, sent;
    uint64_t durations[MODEL_DURATIONS], duration_sum_ms;
    uint64_t scrapes_served, scrapes_failed;
    uint64_t limiter_second, limiter_lines, suppressed;
    bool shortage_said;
    struct model_log log; // listener_log.h
    // From here on only what is in use is ever cleared.
    struct model_session sessions[MODEL_SESSIONS_MAX];
    struct model_source sources[MODEL_SOURCES_MAX];
    char text[MODEL_LOG_BYTES]; // of `log`
};

// By enum model_reason.
extern const char *const model_reason_words[MODEL_REASONS];

// Up to each of them, included, a session is counted there; the longest are counted last.
extern const uint64_t model_duration_bounds_ms[MODEL_DURATIONS - 1];

void model_start(struct listener_model *model, const struct model_options *options);

// May this client have a session?
enum model_reason model_judge(struct listener_model *model, const struct model_client *client);

// A connection was taken. MODEL_ADMIT: it is to be served; else it was refused for that reason, and
// is counted and logged. `reason`: MODEL_ADMIT, or one that is known already.
enum model_reason model_accept(struct listener_model *model, const struct model_client *client,
                               enum model_reason reason);

// The fork for a connection that model_accept() has admitted; `pid` below 0: it failed.
void model_fork(struct listener_model *model, const struct model_client *client, pid_t pid);

// accept(2) failed with an error that means a pause.
void model_accept_failed(struct listener_model *model, int error);

// Is a connection to the page to be taken?
bool model_may_scrape(const struct listener_model *model);

// The fork for such a connection; `pid` below 0: a negative errno.
void model_fork_cell(struct listener_model *model, const struct model_client *client, pid_t pid);

uint32_t model_busy(const struct listener_model *model);

// A session or a cell of this listener was reaped. A crash may spend the budget: then the phase is
// REFUSING.
void model_reap(struct listener_model *model, pid_t pid, int status,
                const struct model_entry *entry);

// A session is sent SIGKILL.
void model_end(struct listener_model *model, pid_t pid);

// A signal was taken. TERM and INT: REFUSING at first, then KILLING.
void model_signal(struct listener_model *model, int number);

// The last line of a run.
void model_stop(struct listener_model *model);

#endif

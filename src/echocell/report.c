// SPDX-License-Identifier: ISC
#include "fatal.h"
#include "filter.h"
#include "log.h"
#include "server_state.h"

#include <stdio.h>
#include <unistd.h>

// Others may run as nobody too: what they may do to each other, they may do to us.
void report_fallback_user(void)
{
    log_begin(LOG_WARNING, "fallback_user");
    log_word("wanted", "echocell");
    log_word("user", "nobody");
    log_end();
}

void report_listening(const struct options *options, const struct identity *identity,
                      layer_set layers)
{
    static const char *const protocols[] = {
        [PROTOCOL_ACK] = "ack", [PROTOCOL_ECHO] = "echo", [PROTOCOL_RECORD] = "record"};
    const struct filter_program *program = filter_program(options_session_policy(options), false);
    char text[LAYERS_TEXT_BYTES];
    for (size_t i = 0; i < options->listen_count; i++) {
        log_begin(LOG_INFO, "listening");
        log_address("address", &options->listen[i]);
        log_word("protocol", protocols[options->protocol]);
        log_count("pid", (uint64_t)getpid());
        log_count("uid", identity->uid);
        log_count("gid", identity->gid);
        log_word("policy_sha256", program->sha256);
        log_word("layers", layers_format(layers, text));
        log_word("missing", layers_format(LAYERS_ALL & ~layers, text));
        log_end();
    }
}

void report_accept(const struct server *server, const struct session_record *record)
{
    log_begin(LOG_INFO, "accept");
    log_count("session", (uint64_t)record->pid);
    log_address("client", &record->client);
    log_count("active", server->registry.active);
    log_end();
}

// A flood of refusals must not become a flood of lines.
static struct reject_limiter *limiter_now(struct server *server)
{
    struct reject_limiter *limiter = &server->limiter;
    uint64_t second = server->now_ms / 1000;
    if (limiter->second != second) {
        limiter->second = second;
        limiter->lines = 0;
        limiter->shortage_said = false;
    }
    return limiter;
}

static bool may_log_shortage(struct server *server)
{
    struct reject_limiter *limiter = limiter_now(server);
    bool first = !limiter->shortage_said;
    limiter->shortage_said = true;
    return first;
}

static bool may_log_reject(struct server *server, enum reject_reason reason)
{
    bool may = reason == REJECT_FORK || reason == REJECT_DESCRIPTORS
                   ? may_log_shortage(server)
                   : limiter_now(server)->lines++ < REJECT_LINES_PER_S;
    if (!may)
        server->limiter.suppressed++;
    return may;
}

void report_reject(struct server *server, const union address *client, enum reject_reason reason)
{
    server->totals.rejected[reason]++;
    if (!may_log_reject(server, reason))
        return;
    log_begin(LOG_WARNING, "reject");
    log_address("client", client);
    log_word("reason", reject_word(reason));
    if (server->limiter.suppressed > 0)
        log_count("suppressed", server->limiter.suppressed);
    log_end();
    server->limiter.suppressed = 0;
}

void report_accept_failed(struct server *server, int error)
{
    if (!may_log_shortage(server))
        return;
    log_begin(LOG_WARNING, "accept_failed");
    log_count("errno", (uint64_t)error);
    log_end();
}

static void report_violation(const struct session_record *record, const struct ledger_entry *entry)
{
    char arch[16];
    const char *name = filter_call_name((int)entry->violation_number);
    snprintf(arch, sizeof(arch), "0x%08x", entry->violation_arch);
    log_begin(LOG_WARNING, "violation");
    log_count("session", (uint64_t)record->pid);
    log_address("client", &record->client);
    log_word("syscall", name != NULL ? name : "unknown");
    log_count("number", entry->violation_number);
    log_word("arch", arch);
    log_end();
}

static enum log_level level_of(enum outcome outcome)
{
    if (outcome == OUTCOME_SETUP_FAILED)
        return LOG_ERROR;
    return outcome_is_hostile(outcome) ? LOG_WARNING : LOG_INFO;
}

static void log_failed_step(enum outcome outcome, const struct ledger_entry *entry)
{
    if (outcome != OUTCOME_SETUP_FAILED)
        return;
    log_word("step", ledger_step_word(entry->failed_step));
    log_count("errno", entry->failed_errno);
}

void report_close(const struct server *server, const struct session_record *record,
                  enum outcome outcome, const struct ledger_entry *entry)
{
    if (server->options->diagnose && outcome == OUTCOME_POLICY_VIOLATION)
        report_violation(record, entry);
    log_begin(level_of(outcome), "close");
    log_count("session", (uint64_t)record->pid);
    log_address("client", &record->client);
    log_word("outcome", outcome_word(outcome));
    log_count("messages", entry->messages);
    log_count("received", entry->received);
    log_count("sent", entry->sent);
    log_seconds("duration", server->now_ms - record->started_ms);
    log_failed_step(outcome, entry);
    log_end();
}

void report_metrics(const struct options *options)
{
    log_begin(LOG_INFO, "metrics");
    log_address("address", &options->metrics_address);
    log_end();
}

// A scrape is nothing to tell of, unless it went wrong in a way in which none can.
void report_scrape(const struct server *server, const struct metrics_cell *cell,
                   enum outcome outcome, const struct ledger_entry *entry)
{
    enum log_level level = level_of(outcome);
    log_begin(level == LOG_INFO ? LOG_DEBUG : level, "scrape");
    log_count("cell", (uint64_t)cell->pid);
    log_address("client", &cell->client);
    log_word("outcome", outcome_word(outcome));
    log_count("sent", entry->sent);
    log_seconds("duration", server->now_ms - cell->started_ms);
    log_failed_step(outcome, entry);
    log_end();
}

void report_lying_ledger(const struct session_record *record)
{
    log_begin(LOG_WARNING, "ledger_implausible");
    log_count("session", (uint64_t)record->pid);
    log_address("client", &record->client);
    log_end();
}

static void log_totals(const struct server *server)
{
    uint64_t rejected = 0;
    uint64_t sessions = 0;
    for (int i = 0; i < REJECT_REASONS; i++)
        rejected += server->totals.rejected[i];
    for (int i = 0; i < OUTCOMES; i++)
        sessions += server->totals.sessions[i];
    log_count("active", server->registry.active);
    log_count("accepted", server->totals.accepted);
    log_count("rejected", rejected);
    log_count("sessions", sessions);
    log_count("messages", server->totals.messages);
    log_count("received", server->totals.received);
    log_count("sent", server->totals.sent);
}

void report_status(const struct server *server)
{
    log_begin(LOG_INFO, "status");
    log_totals(server);
    log_end();
}

void report_drain(const struct server *server, const char *reason)
{
    log_begin(LOG_INFO, "drain");
    log_word("reason", reason);
    log_count("active", server->registry.active);
    log_end();
}

void report_stop(const struct server *server)
{
    log_begin(LOG_INFO, "stop");
    log_count("status", (uint64_t)server->exit_status);
    log_totals(server);
    log_end();
}

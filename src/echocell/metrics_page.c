// SPDX-License-Identifier: ISC
#include "metrics_page.h"

#define PREFIX "echocell_"

// A family: its samples follow. The unit, if there is one, is the end of the name.
static void family(struct text *page, const char *name, const char *type, const char *unit,
                   const char *help)
{
    const struct {
        const char *word, *value;
    } lines[] = {{"# TYPE " PREFIX, type}, {"# UNIT " PREFIX, unit}, {"# HELP " PREFIX, help}};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (lines[i].value == NULL)
            continue;
        text_add(page, lines[i].word);
        text_add(page, name);
        text_add(page, " ");
        text_add(page, lines[i].value);
        text_add(page, "\n");
    }
}

// The name of a sample, with one label where `label` is given.
static void name_sample(struct text *page, const char *name, const char *label, const char *value)
{
    text_add(page, PREFIX);
    text_add(page, name);
    if (label != NULL) {
        text_add(page, "{");
        text_add(page, label);
        text_add(page, "=\"");
        text_add(page, value);
        text_add(page, "\"}");
    }
    text_add(page, " ");
}

static void sample(struct text *page, const char *name, const char *label, const char *value,
                   uint64_t number)
{
    name_sample(page, name, label, value);
    text_count(page, number);
    text_add(page, "\n");
}

static void sample_seconds(struct text *page, const char *name, uint64_t milliseconds)
{
    name_sample(page, name, NULL, NULL);
    text_seconds(page, milliseconds);
    text_add(page, "\n");
}

static void add_connections(struct text *page, const struct server_totals *totals, uint32_t active)
{
    family(page, "accepted_connections", "counter", NULL,
           "Connections taken from the kernel: always rejected + sessions + active.");
    sample(page, "accepted_connections_total", NULL, NULL, totals->accepted);
    family(page, "rejected_connections", "counter", NULL, "Connections that got no session.");
    for (int i = 0; i < REJECT_REASONS; i++)
        sample(page, "rejected_connections_total", "reason", reject_word((enum reject_reason)i),
               totals->rejected[i]);
    family(page, "sessions", "counter", NULL, "Sessions that have ended, by how they did.");
    for (int i = 0; i < OUTCOMES; i++)
        if (i != OUTCOME_TRAPPED) // is counted as policy_violation
            sample(page, "sessions_total", "outcome", outcome_word((enum outcome)i),
                   totals->sessions[i]);
    family(page, "active_sessions", "gauge", NULL, "Sessions that run.");
    sample(page, "active_sessions", NULL, NULL, active);
}

static void add_traffic(struct text *page, const struct server_totals *totals)
{
    family(page, "messages", "counter", NULL, "Messages answered by sessions that have ended.");
    sample(page, "messages_total", NULL, NULL, totals->messages);
    family(page, "received_bytes", "counter", "bytes", "Received by sessions that have ended.");
    sample(page, "received_bytes_total", NULL, NULL, totals->received);
    family(page, "sent_bytes", "counter", "bytes", "Sent by sessions that have ended.");
    sample(page, "sent_bytes_total", NULL, NULL, totals->sent);
}

static void add_durations(struct text *page, const struct durations *durations)
{
    uint64_t count = 0;
    family(page, "session_duration_seconds", "histogram", "seconds",
           "How long sessions lasted that have ended.");
    for (size_t i = 0; i < DURATION_BOUNDS; i++) {
        count += durations->counts[i];
        sample(page, "session_duration_seconds_bucket", "le", duration_bounds[i].seconds, count);
    }
    count += durations->counts[DURATION_BOUNDS];
    sample(page, "session_duration_seconds_bucket", "le", "+Inf", count);
    sample(page, "session_duration_seconds_count", NULL, NULL, count);
    sample_seconds(page, "session_duration_seconds_sum", durations->sum_ms);
}

static void add_policy(struct text *page, const char *name, const char *sha256)
{
    text_add(page, PREFIX "policy_info{policy=\"");
    text_add(page, name);
    text_add(page, "\",sha256=\"");
    text_add(page, sha256);
    text_add(page, "\"} 1\n");
}

static void add_facts(struct text *page, const struct metrics_facts *facts)
{
    family(page, "max_sessions", "gauge", NULL, "How many sessions may run at a time.");
    sample(page, "max_sessions", NULL, NULL, facts->max_sessions);
    family(page, "policy", "info", NULL, "The policies that are on, by the hash of their text.");
    add_policy(page, facts->session_policy, facts->session_sha256);
    add_policy(page, "listener", facts->listener_sha256);
    family(page, "sandbox_layer_active", "gauge", NULL,
           "1: the layer was read back from the kernel, 0: it is missing.");
    for (int i = 0; i < LAYERS; i++)
        sample(page, "sandbox_layer_active", "layer", layer_name((enum layer)i),
               (facts->layers & LAYER_BIT(i)) != 0);
    family(page, "build", "info", NULL, "What was built.");
    sample(page, "build_info", "version", ECHOCELL_VERSION, 1);
    family(page, "process_start_time_seconds", "gauge", "seconds", "When it started, since 1970.");
    sample_seconds(page, "process_start_time_seconds", facts->started_ms);
}

static void add_scrapes(struct text *page, const struct server_totals *totals)
{
    family(page, "metrics_requests", "counter", NULL,
           "Requests for this page that have ended; in none of the numbers above.");
    sample(page, "metrics_requests_total", "result", "served", totals->scrapes_served);
    sample(page, "metrics_requests_total", "result", "failed", totals->scrapes_failed);
}

void metrics_render(struct text *page, const struct metrics_facts *facts,
                    const struct server_totals *totals, uint32_t active)
{
    add_connections(page, totals, active);
    add_traffic(page, totals);
    add_durations(page, &totals->durations);
    add_facts(page, facts);
    add_scrapes(page, totals);
    text_add(page, "# EOF\n");
}

void metrics_render_head(struct text *head, size_t page_bytes)
{
    text_add(head, "HTTP/1.1 200 OK\r\n"
                   "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"
                   "Connection: close\r\n"
                   "Content-Length: ");
    text_count(head, page_bytes);
    text_add(head, "\r\n\r\n");
}

// SPDX-License-Identifier: ISC
#include "listener_model.h"

#include "listener_log.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const char *const REASONS[] = {"max_sessions", "per_source",  "penalty",
                                      "fork",         "descriptors", "draining"};

void model_start(struct listener_model *model, const struct model_options *options)
{
    memset(model, 0, offsetof(struct listener_model, sources));
    memset(&model->source_count, 0,
           offsetof(struct listener_model, log) - offsetof(struct listener_model, source_count));
    model->log_length = 0;
    model->options = *options;
}

uint32_t model_active(const struct listener_model *model)
{
    uint32_t active = 0;
    for (size_t i = 0; i < MODEL_SESSIONS_MAX; i++)
        active += model->sessions[i].pid != 0;
    return active;
}

static bool is_mapped(const uint8_t bytes[16])
{
    for (int i = 0; i < 10; i++)
        if (bytes[i] != 0)
            return false;
    return bytes[10] == 0xff && bytes[11] == 0xff;
}

// A whole IPv4 address, or the first eight bytes of an IPv6 one.
static void key_of(const struct model_client *client, uint8_t key[16])
{
    memcpy(key, client->bytes, 16);
    if (!is_mapped(key))
        memset(key + 8, 0, 8);
}

static bool is_exempt(const struct model_options *options, const struct model_client *client)
{
    for (size_t i = 0; i < options->exempt_count; i++) {
        unsigned same = 0;
        while (same < options->exempt[i].bits &&
               ((client->bytes[same / 8] ^ options->exempt[i].bytes[same / 8]) >> (7 - same % 8) &
                1) == 0)
            same++;
        if (same == options->exempt[i].bits)
            return true;
    }
    return false;
}

static struct model_source *find_source(struct listener_model *model,
                                        const struct model_client *client)
{
    uint8_t key[16];
    key_of(client, key);
    for (size_t i = 0; i < model->source_count; i++)
        if (memcmp(model->sources[i].key, key, 16) == 0)
            return &model->sources[i];
    return NULL;
}

static void forget(struct listener_model *model, struct model_source *source)
{
    *source = model->sources[--model->source_count];
}

// The table is bounded: the one whose penalty was noted first goes.
static struct model_source *add_source(struct listener_model *model,
                                       const struct model_client *client)
{
    if (model->source_count == model->options.max_sessions + 4096U) {
        struct model_source *oldest = NULL;
        for (size_t i = 0; i < model->source_count; i++) {
            struct model_source *source = &model->sources[i];
            if (source->sessions == 0 && (oldest == NULL || source->noted < oldest->noted))
                oldest = source;
        }
        forget(model, oldest);
    }
    struct model_source *source = &model->sources[model->source_count++];
    *source = (struct model_source){0};
    key_of(client, source->key);
    return source;
}

static enum model_reason judge(struct listener_model *model, const struct model_client *client)
{
    const struct model_options *options = &model->options;
    if (model_active(model) >= options->max_sessions)
        return MODEL_MAX_SESSIONS;
    if (is_exempt(options, client))
        return MODEL_ADMIT;
    const struct model_source *source = find_source(model, client);
    if (source == NULL)
        return MODEL_ADMIT;
    if (source->punished_until_ms > model->now_ms)
        return MODEL_PENALTY;
    if (options->max_per_source != 0 && source->sessions >= options->max_per_source)
        return MODEL_PER_SOURCE;
    return MODEL_ADMIT;
}

// Ten lines a second; the next one that comes tells how many did not.
static void refuse(struct listener_model *model, const struct model_client *client,
                   enum model_reason reason)
{
    model->accepted++;
    model->rejected[reason]++;
    if (model->limiter_second != model->now_ms / 1000)
        model->limiter_lines = 0;
    model->limiter_second = model->now_ms / 1000;
    if (++model->limiter_lines > 10) {
        model->suppressed++;
        return;
    }
    line_begin(model, 1, "reject");
    line_client(model, client);
    line_word(model, "reason", REASONS[reason]);
    if (model->suppressed > 0)
        line_number(model, "suppressed", model->suppressed);
    line_end(model);
    model->suppressed = 0;
}

enum model_reason model_accept(struct listener_model *model, const struct model_client *client,
                               enum model_reason reason)
{
    if (reason == MODEL_ADMIT)
        reason = judge(model, client);
    if (reason != MODEL_ADMIT)
        refuse(model, client, reason);
    return reason;
}

static void release(struct listener_model *model, const struct model_client *client)
{
    struct model_source *source = find_source(model, client);
    if (--source->sessions > 0)
        return;
    if (source->punished_until_ms > model->now_ms)
        source->noted = ++model->notes;
    else
        forget(model, source);
}

static void count_source(struct listener_model *model, const struct model_client *client)
{
    struct model_source *source = find_source(model, client);
    if (source == NULL)
        source = add_source(model, client);
    source->sessions++;
}

void model_fork(struct listener_model *model, const struct model_client *client, pid_t pid)
{
    bool counted = !is_exempt(&model->options, client);
    if (counted)
        count_source(model, client);
    if (pid < 0) {
        if (counted)
            release(model, client);
        model->paused_until_ms = model->now_ms + 100;
        refuse(model, client, MODEL_FORK);
        return;
    }
    struct model_session *session = model->sessions;
    while (session->pid != 0)
        session++;
    *session = (struct model_session){
        .pid = pid, .client = *client, .counted = counted, .started_ms = model->now_ms};
    model->accepted++;
    line_begin(model, 2, "accept");
    line_number(model, "session", (uint64_t)pid);
    line_client(model, client);
    line_number(model, "active", model_active(model));
    line_end(model);
}

static void drain(struct listener_model *model, const char *reason, int status)
{
    model->phase = MODEL_REFUSING;
    model->status = status;
    model->drain_until_ms = model->now_ms + model->options.drain_timeout_ms;
    line_begin(model, 2, "drain");
    line_word(model, "reason", reason);
    line_number(model, "active", model_active(model));
    line_end(model);
}

static void punish(struct listener_model *model, const struct model_session *session)
{
    const struct model_options *options = &model->options;
    if (session->counted && options->penalty_ms > 0)
        find_source(model, &session->client)->punished_until_ms =
            model->now_ms + options->penalty_ms;
    memmove(model->crashes_ms + 1, model->crashes_ms,
            (MODEL_CRASHES_MAX - 1) * sizeof(model->crashes_ms[0]));
    model->crashes_ms[0] = model->now_ms;
    model->crash_count++;
    uint32_t budget = options->crash_budget;
    if (model->phase == MODEL_SERVING && budget > 0 && model->crash_count >= budget &&
        model->now_ms - model->crashes_ms[budget - 1] <= 60000)
        drain(model, "crash_budget", 75);
}

// Takes one copy, as no session counts further than 2^48 and there are so many steps.
static struct model_entry believable(const struct model_entry *entry, bool *honest)
{
    static const uint64_t most = UINT64_C(1) << 48;
    struct model_entry copy = *entry;
    *honest = entry->messages <= most && entry->received <= most && entry->sent <= most &&
              entry->failed_step < 13;
    copy.messages = entry->messages < most ? entry->messages : most;
    copy.received = entry->received < most ? entry->received : most;
    copy.sent = entry->sent < most ? entry->sent : most;
    copy.failed_step = entry->failed_step < 13 ? entry->failed_step : 0;
    return copy;
}

void model_reap(struct listener_model *model, pid_t pid, int status,
                const struct model_entry *entry)
{
    struct model_session *session = model->sessions;
    while (session->pid != pid)
        session++;
    bool honest;
    struct model_entry copy = believable(entry, &honest);
    if (!honest) {
        line_begin(model, 1, "ledger_implausible");
        line_number(model, "session", (uint64_t)pid);
        line_client(model, &session->client);
        line_end(model);
    }
    enum model_outcome outcome = model_outcome(status, session->ended);
    model->ended[outcome]++;
    model->messages += copy.messages;
    model->received += copy.received;
    model->sent += copy.sent;
    line_close(model, session, outcome, &copy);
    if (outcome == MODEL_CRASH || outcome == MODEL_POLICY_VIOLATION)
        punish(model, session);
    if (session->counted)
        release(model, &session->client);
    session->pid = 0;
}

static void line_totals(struct listener_model *model)
{
    uint64_t rejected = 0, ended = 0;
    for (int i = 0; i < MODEL_REASONS; i++)
        rejected += model->rejected[i];
    for (int i = 0; i < MODEL_OUTCOMES; i++)
        ended += model->ended[i];
    line_number(model, "active", model_active(model));
    line_number(model, "accepted", model->accepted);
    line_number(model, "rejected", rejected);
    line_number(model, "sessions", ended);
    line_number(model, "messages", model->messages);
    line_number(model, "received", model->received);
    line_number(model, "sent", model->sent);
    line_end(model);
}

void model_signal(struct listener_model *model, int number)
{
    if (number == SIGUSR2) {
        line_begin(model, 2, "status");
        line_totals(model);
    }
    if (number != SIGTERM && number != SIGINT)
        return;
    if (model->phase == MODEL_SERVING)
        drain(model, number == SIGTERM ? "SIGTERM" : "SIGINT", 0);
    else
        model->phase = MODEL_KILLING;
}

void model_stop(struct listener_model *model)
{
    line_begin(model, 2, "stop");
    line_number(model, "status", (uint64_t)model->status);
    line_totals(model);
}

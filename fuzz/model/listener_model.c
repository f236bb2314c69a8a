// SPDX-License-Identifier: ISC
#include "listener_model.h"

#include "listener_log.h"
#include "listener_sources.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

const char *const model_reason_words[MODEL_REASONS] = {"max_sessions", "per_source",  "penalty",
                                                       "fork",         "descriptors", "draining"};

const uint64_t model_duration_bounds_ms[MODEL_DURATIONS - 1] = {
    1, 5, 10, 50, 100, 500, 1000, 5000, 10000, 60000, 300000, 1800000, 3600000};

void model_start(struct listener_model *model, const struct model_options *options)
{
    memset(model, 0, offsetof(struct listener_model, sessions));
    memset(model->sessions, 0, options->max_sessions * sizeof(model->sessions[0]));
    model->options = *options;
}

uint32_t model_busy(const struct listener_model *model)
{
    uint32_t busy = 0;
    for (size_t i = 0; i < MODEL_CELLS; i++)
        busy += model->cells[i].pid != 0;
    return busy;
}

enum model_reason model_judge(struct listener_model *model, const struct model_client *client)
{
    const struct model_options *options = &model->options;
    if (model->active >= options->max_sessions)
        return MODEL_MAX_SESSIONS;
    if (source_is_exempt(options, client))
        return MODEL_ADMIT;
    const struct model_source *source = source_find(model, client);
    if (source == NULL)
        return MODEL_ADMIT;
    if (source->punished_until_ms > model->now_ms)
        return MODEL_PENALTY;
    if (options->max_per_source != 0 && source->sessions >= options->max_per_source)
        return MODEL_PER_SOURCE;
    return MODEL_ADMIT;
}

static void limiter_turn(struct listener_model *model)
{
    if (model->limiter_second == model->now_ms / 1000)
        return;
    model->limiter_second = model->now_ms / 1000;
    model->limiter_lines = 0;
    model->shortage_said = false;
}

// Of what the system is out of: one line a second.
static bool may_say_shortage(struct listener_model *model)
{
    limiter_turn(model);
    bool said = model->shortage_said;
    model->shortage_said = true;
    return !said;
}

static bool may_say_refusal(struct listener_model *model)
{
    limiter_turn(model);
    return ++model->limiter_lines <= 10;
}

void model_accept_failed(struct listener_model *model, int error)
{
    if (!may_say_shortage(model))
        return;
    line_begin(model, 1, "accept_failed");
    line_number(model, "errno", (uint64_t)error);
    line_end(model);
}

// Of other refusals ten lines a second; the next one that comes tells how many did not.
static void refuse(struct listener_model *model, const struct model_client *client,
                   enum model_reason reason)
{
    model->accepted++;
    model->rejected[reason]++;
    bool shortage = reason == MODEL_FORK || reason == MODEL_DESCRIPTORS;
    if (shortage ? !may_say_shortage(model) : !may_say_refusal(model)) {
        model->suppressed++;
        return;
    }
    line_begin(model, 1, "reject");
    line_client(model, client);
    line_word(model, "reason", model_reason_words[reason]);
    if (model->suppressed > 0)
        line_number(model, "suppressed", model->suppressed);
    line_end(model);
    model->suppressed = 0;
}

enum model_reason model_accept(struct listener_model *model, const struct model_client *client,
                               enum model_reason reason)
{
    if (reason == MODEL_ADMIT)
        reason = model_judge(model, client);
    if (reason != MODEL_ADMIT)
        refuse(model, client, reason);
    return reason;
}

void model_fork(struct listener_model *model, const struct model_client *client, pid_t pid)
{
    bool counted = !source_is_exempt(&model->options, client);
    if (counted)
        source_count(model, client);
    if (pid < 0) {
        if (counted)
            source_release(model, client);
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
    model->active++;
    line_begin(model, 2, "accept");
    line_number(model, "session", (uint64_t)pid);
    line_client(model, client);
    line_number(model, "active", model->active);
    line_end(model);
}

static void drain(struct listener_model *model, const char *reason, int status)
{
    model->phase = MODEL_REFUSING;
    model->status = status;
    model->drain_until_ms = model->now_ms + model->options.drain_timeout_ms;
    line_begin(model, 2, "drain");
    line_word(model, "reason", reason);
    line_number(model, "active", model->active);
    line_end(model);
}

static void crash(struct listener_model *model)
{
    memmove(model->crashes_ms + 1, model->crashes_ms,
            (MODEL_CRASHES_MAX - 1) * sizeof(model->crashes_ms[0]));
    model->crashes_ms[0] = model->now_ms;
    model->crash_count++;
    uint32_t budget = model->options.crash_budget;
    if (model->phase == MODEL_SERVING && budget > 0 && model->crash_count >= budget &&
        model->now_ms - model->crashes_ms[budget - 1] <= 60000)
        drain(model, "crash_budget", 75);
}

static void punish(struct listener_model *model, const struct model_session *session)
{
    const struct model_options *options = &model->options;
    if (session->counted && options->penalty_ms > 0)
        source_find(model, &session->client)->punished_until_ms =
            model->now_ms + options->penalty_ms;
}

// Takes one copy, as no session counts further than 2^48 and there are so many steps.
static struct model_entry believable(const struct model_entry *entry, bool *honest)
{
    static const uint64_t most = UINT64_C(1) << 48;
    struct model_entry copy = *entry;
    *honest = entry->messages <= most && entry->received <= most && entry->sent <= most &&
              entry->failed_step < 11;
    copy.messages = entry->messages < most ? entry->messages : most;
    copy.received = entry->received < most ? entry->received : most;
    copy.sent = entry->sent < most ? entry->sent : most;
    copy.failed_step = entry->failed_step < 11 ? entry->failed_step : 0;
    return copy;
}

static void count_duration(struct listener_model *model, uint64_t lived_ms)
{
    size_t bucket = 0;
    for (size_t i = 0; i < MODEL_DURATIONS - 1; i++)
        bucket += lived_ms > model_duration_bounds_ms[i];
    model->durations[bucket]++;
    model->duration_sum_ms += lived_ms;
}

static void bury(struct listener_model *model, int status, struct model_session *session,
                 const struct model_entry *entry)
{
    bool honest;
    struct model_entry copy = believable(entry, &honest);
    if (!honest) {
        line_begin(model, 1, "ledger_implausible");
        line_number(model, "session", (uint64_t)session->pid);
        line_client(model, &session->client);
        line_end(model);
    }
    enum model_outcome outcome = model_outcome(status, session->ended);
    model->ended[outcome]++;
    model->messages += copy.messages;
    model->received += copy.received;
    model->sent += copy.sent;
    count_duration(model, model->now_ms - session->started_ms);
    line_close(model, session, outcome, &copy);
    if (outcome == MODEL_CRASH || outcome == MODEL_POLICY_VIOLATION)
        punish(model, session);
    if (session->counted)
        source_release(model, &session->client);
    session->pid = 0;
    model->active--;
    if (outcome == MODEL_CRASH || outcome == MODEL_POLICY_VIOLATION)
        crash(model);
}

bool model_may_scrape(const struct listener_model *model)
{
    bool open =
        model->phase == MODEL_SERVING || (model->phase == MODEL_ENDING && model->active > 0);
    return open && model->options.metrics && model_busy(model) < MODEL_CELLS &&
           model->metrics_paused_until_ms <= model->now_ms;
}

void model_fork_cell(struct listener_model *model, const struct model_client *client, pid_t pid)
{
    if (pid < 0) {
        model->scrapes_failed++;
        model->metrics_paused_until_ms = model->now_ms + 100;
        model_accept_failed(model, -pid);
        return;
    }
    struct model_session *cell = model->cells;
    while (cell->pid != 0)
        cell++;
    *cell = (struct model_session){.pid = pid, .client = *client, .started_ms = model->now_ms};
}

static void bury_cell(struct listener_model *model, int status, struct model_session *cell,
                      const struct model_entry *entry)
{
    bool honest;
    struct model_entry copy = believable(entry, &honest);
    enum model_outcome outcome = model_outcome(status, model->phase == MODEL_KILLING);
    if (outcome == MODEL_EOF)
        model->scrapes_served++;
    else
        model->scrapes_failed++;
    line_scrape(model, cell, outcome, &copy);
    cell->pid = 0;
    if (outcome == MODEL_CRASH || outcome == MODEL_POLICY_VIOLATION)
        crash(model);
}

void model_reap(struct listener_model *model, pid_t pid, int status,
                const struct model_entry *entry)
{
    for (size_t i = 0; i < model->options.max_sessions; i++) {
        if (model->sessions[i].pid == pid) {
            bury(model, status, &model->sessions[i], entry);
            return;
        }
    }
    struct model_session *cell = model->cells;
    while (cell->pid != pid)
        cell++;
    bury_cell(model, status, cell, entry);
}

void model_end(struct listener_model *model, pid_t pid)
{
    for (size_t i = 0; i < model->options.max_sessions; i++)
        if (model->sessions[i].pid == pid)
            model->sessions[i].ended = true;
}

static void line_totals(struct listener_model *model)
{
    uint64_t rejected = 0, ended = 0;
    for (int i = 0; i < MODEL_REASONS; i++)
        rejected += model->rejected[i];
    for (int i = 0; i < MODEL_OUTCOMES; i++)
        ended += model->ended[i];
    line_number(model, "active", model->active);
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

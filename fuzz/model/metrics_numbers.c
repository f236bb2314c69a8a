// SPDX-License-Identifier: ISC
#include "metrics_numbers.h"

#include "listener_log.h"
#include "listener_start.h"

#include <stdlib.h>
#include <string.h>

enum { PLAIN = 7, SECONDS = 2, RESULTS = 2, POLICIES = 2 };

size_t metrics_sample_count(void)
{
    // One outcome has no word; the build is one sample.
    return PLAIN + SECONDS + MODEL_REASONS + (MODEL_OUTCOMES - 1) + RESULTS + MODEL_LAYERS +
           MODEL_DURATIONS + POLICIES + 1;
}

static bool is_named(const struct metrics_sample *sample, const char *name, size_t labels)
{
    return sample->label_count == labels && strcmp(sample->name, name) == 0;
}

static bool has(const struct metrics_sample *sample, size_t label, const char *key,
                const char *value)
{
    return strcmp(sample->labels[label].key, key) == 0 &&
           strcmp(sample->labels[label].value, value) == 0;
}

static bool plain_number(const struct listener_model *model, const struct metrics_sample *sample,
                         uint64_t *number)
{
    uint64_t ended = 0;
    for (size_t i = 0; i < MODEL_DURATIONS; i++)
        ended += model->durations[i];
    const struct {
        const char *name;
        uint64_t number;
    } plain[PLAIN] = {
        {"accepted_connections_total", model->accepted}, {"active_sessions", model->active},
        {"max_sessions", model->options.max_sessions},   {"messages_total", model->messages},
        {"received_bytes_total", model->received},       {"sent_bytes_total", model->sent},
        {"session_duration_seconds_count", ended},
    };
    for (size_t i = 0; i < PLAIN; i++) {
        *number = plain[i].number;
        if (is_named(sample, plain[i].name, 0))
            return true;
    }
    return false;
}

// One of a family whose only label is a word.
static bool word_number(const struct listener_model *model, const struct metrics_sample *sample,
                        uint64_t *number)
{
    static const char *const results[RESULTS] = {"served", "failed"};
    const uint64_t scrapes[RESULTS] = {model->scrapes_served, model->scrapes_failed};
    const struct {
        const char *name, *key;
        const char *const *words;
        const uint64_t *numbers;
        size_t count;
    } families[] = {
        {"rejected_connections_total", "reason", model_reason_words, model->rejected,
         MODEL_REASONS},
        {"sessions_total", "outcome", model_outcome_words, model->ended, MODEL_OUTCOMES},
        {"metrics_requests_total", "result", results, scrapes, RESULTS},
    };
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        for (size_t at = 0; at < families[i].count; at++) {
            *number = families[i].numbers[at];
            if (families[i].words[at][0] != '\0' && is_named(sample, families[i].name, 1) &&
                has(sample, 0, families[i].key, families[i].words[at]))
                return true;
        }
    }
    return false;
}

size_t metrics_bucket_of(const char *bound)
{
    char *end;
    if (strcmp(bound, "+Inf") == 0)
        return MODEL_DURATIONS - 1;
    const double seconds = strtod(bound, &end);
    // OpenMetrics wants a point in it.
    if (*end != '\0' || strchr(bound, '.') == NULL)
        return METRICS_NO_BUCKET;
    for (size_t i = 0; i < MODEL_DURATIONS - 1; i++)
        if ((uint64_t)(seconds * 1000 + 0.5) == model_duration_bounds_ms[i])
            return i;
    return METRICS_NO_BUCKET;
}

static bool bucket_number(const struct listener_model *model, const struct metrics_sample *sample,
                          uint64_t *number)
{
    if (!is_named(sample, "session_duration_seconds_bucket", 1) ||
        strcmp(sample->labels[0].key, "le") != 0)
        return false;
    const size_t bucket = metrics_bucket_of(sample->labels[0].value);
    *number = 0;
    for (size_t i = 0; i <= bucket && i < MODEL_DURATIONS; i++)
        *number += model->durations[i];
    return bucket != METRICS_NO_BUCKET;
}

static bool layer_number(const struct metrics_model_facts *facts,
                         const struct metrics_sample *sample, uint64_t *number)
{
    for (size_t i = 0; i < MODEL_LAYERS; i++) {
        *number = facts->layers >> i & 1;
        if (is_named(sample, "sandbox_layer_active", 1) &&
            has(sample, 0, "layer", model_layer_names[i]))
            return true;
    }
    return false;
}

static bool info_number(const struct metrics_model_facts *facts,
                        const struct metrics_sample *sample, uint64_t *number)
{
    *number = 1;
    if (is_named(sample, "build_info", 1))
        return has(sample, 0, "version", facts->version);
    if (!is_named(sample, "policy_info", 2))
        return false;
    return (has(sample, 0, "policy", facts->session_policy) &&
            has(sample, 1, "sha256", facts->session_sha256)) ||
           (has(sample, 0, "policy", "listener") &&
            has(sample, 1, "sha256", facts->listener_sha256));
}

static bool seconds(const struct listener_model *model, const struct metrics_model_facts *facts,
                    const struct metrics_sample *sample, uint64_t *milliseconds)
{
    *milliseconds = model->duration_sum_ms;
    if (is_named(sample, "session_duration_seconds_sum", 0))
        return true;
    *milliseconds = facts->started_ms;
    return is_named(sample, "process_start_time_seconds", 0);
}

bool metrics_number_of(const struct listener_model *model, const struct metrics_model_facts *facts,
                       const struct metrics_sample *sample, struct metrics_number *number)
{
    uint64_t value;
    number->thousandths = -1;
    if (seconds(model, facts, sample, &value)) {
        *number =
            (struct metrics_number){.whole = value / 1000, .thousandths = (int)(value % 1000)};
        return true;
    }
    bool known =
        plain_number(model, sample, &number->whole) || word_number(model, sample, &number->whole) ||
        bucket_number(model, sample, &number->whole) ||
        layer_number(facts, sample, &number->whole) || info_number(facts, sample, &number->whole);
    return known;
}

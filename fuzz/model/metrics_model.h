// SPDX-License-Identifier: ISC
//
// metrics_model.h: a second reader of the page of metrics: OpenMetrics 1.0
// (https://github.com/prometheus/OpenMetrics, specification/OpenMetrics.md) as far as the page uses
// it, the names and labels of echocell(8), and the numbers of the listener's model.
#ifndef FUZZ_METRICS_MODEL_H
#define FUZZ_METRICS_MODEL_H

#include "listener_model.h"

// What no event changes.
struct metrics_model_facts {
    const char *session_policy, *session_sha256, *listener_sha256, *version;
    uint32_t layers; // a bit each, in the order of the manual
    uint64_t started_ms;
};

// Fails unless the page says all of it, each thing once, and nothing else.
void metrics_model_read(const struct listener_model *model, const struct metrics_model_facts *facts,
                        const char *page, size_t length);

// The same of the head of an HTTP answer and the page behind it.
void metrics_model_answer(const struct listener_model *model,
                          const struct metrics_model_facts *facts, const char *answer,
                          size_t length);

#endif

// SPDX-License-Identifier: ISC
//
// listener_log.h: the lines that the listener must write, for listener_model.c.
#ifndef FUZZ_LISTENER_LOG_H
#define FUZZ_LISTENER_LOG_H

#include "listener_model.h"

enum model_outcome {
    MODEL_EOF,
    MODEL_QUIT,
    MODEL_IDLE_TIMEOUT,
    MODEL_SEND_TIMEOUT,
    MODEL_RESET,
    MODEL_SETUP_FAILED,
    MODEL_TRAPPED,
    MODEL_SESSION_TIMEOUT,
    MODEL_POLICY_VIOLATION,
    MODEL_CRASH,
    MODEL_KILLED,
    MODEL_DRAINED,
};

// By enum model_outcome; MODEL_TRAPPED has none, as it is told as a violation.
extern const char *const model_outcome_words[MODEL_OUTCOMES];

// What a status of wait(2) means; `ended`: the listener had sent SIGKILL.
enum model_outcome model_outcome(int status, bool ended);

// A line: nothing is written from line_begin() on when `level` is not logged.
void line_begin(struct listener_model *model, int level, const char *event);
void line_word(struct listener_model *model, const char *key, const char *word);
void line_number(struct listener_model *model, const char *key, uint64_t number);
void line_address(struct listener_model *model, const char *key,
                  const struct model_client *address);
void line_client(struct listener_model *model, const struct model_client *client);
void line_end(struct listener_model *model);

// How a session ended, with the line before it that --diagnose adds.
void line_close(struct listener_model *model, const struct model_session *session,
                enum model_outcome outcome, const struct model_entry *entry);

// The same for a cell that has served the page.
void line_scrape(struct listener_model *model, const struct model_session *cell,
                 enum model_outcome outcome, const struct model_entry *entry);

#endif

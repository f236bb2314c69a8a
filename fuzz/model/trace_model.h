// SPDX-License-Identifier: ISC
//
// trace_model.h: the lines that a session with --trace must write, told a second time.
#ifndef FUZZ_TRACE_MODEL_H
#define FUZZ_TRACE_MODEL_H

#include "protocol_model.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct trace_model {
    pid_t session;
    bool json, journal;
    char *out; // with room for `room` bytes; aborts when that is too little
    size_t room, length;
};

// All that a tap is told of a stream with messages (`heard` as in protocol_model).
void trace_model_messages(struct trace_model *model, const uint16_t *heard, size_t length);

// A piece of echo, as one receive brought it.
void trace_model_piece(struct trace_model *model, const uint8_t *bytes, size_t length);

#endif

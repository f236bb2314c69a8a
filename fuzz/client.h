// SPDX-License-Identifier: ISC
//
// client.h: a client, and the kernel between it and the session, as a script: each call of the
// session takes one step of it. Every call is held against what the stream and the calls before it
// ask for.
#ifndef FUZZ_CLIENT_H
#define FUZZ_CLIENT_H

#include "client_seam.h"
#include "echocell/outcome.h"
#include "echocell/protocol.h"
#include "model/protocol_model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_STREAM_MAX_BYTES ((size_t)80 * 1024)

enum phase {
    RECEIVING,
    DRAINING,  // behind quit, or behind the request for a page
    FINISHING, // the end of the stream was told
    OVER,      // there is nothing left to do but to return
};

struct call {
    long number;
    const uint8_t *bytes;
    size_t length;
    long flags;
};

struct client {
    enum protocol_kind kind;
    bool page; // instead: it asks for one, and `model` has it as the reply
    const uint8_t *steps;
    size_t step_count;
    unsigned ending; // of the stream: 0 the end, 1 a reset, 2 silence
    unsigned ticks;  // of silence that are the idle timeout
    uint8_t stream[CLIENT_STREAM_MAX_BYTES];
    size_t length;
    struct protocol_model model;

    enum phase phase;
    enum outcome outcome; // which must follow; OUTCOMES: none yet
    size_t delivered, sent, heard, behind;
    unsigned silence, stalls, calls;
    bool told_end;         // of the stream
    size_t mark;           // the first that is not due yet
    bool interrupted;      // the last call ...
    struct call last_call; // ... which must come again
};

extern struct client client;

// The next step of the script, and what it lets through of `most` bytes; 0: none, it is of another
// kind.
uint8_t client_next_step(void);
size_t client_step_size(uint8_t step, size_t most);

// Hears every message and holds it against the model.
extern const struct protocol_tap client_tap;

#endif

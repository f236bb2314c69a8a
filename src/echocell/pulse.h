// SPDX-License-Identifier: ISC
//
// pulse.h: what the service manager hears while the listener serves: that it is ready, one line
// that says how it is, and signs of life. Each is sent by a turn of the loop, so one that does not
// turn any more sends none. A manager that is slow or gone changes nothing.
#ifndef ECHOCELL_PULSE_H
#define ECHOCELL_PULSE_H

#include "environment.h"

#include <stdbool.h>
#include <stdint.h>

struct server;

struct pulse {
    bool wanted;            // there is a manager
    bool ready_told;        // READY=1 was taken
    uint64_t interval_ms;   // between signs of life: half of what the manager waits; 0: none wanted
    uint64_t alive_at_ms;   // when the next sign is due
    uint64_t status_at_ms;  // no status line before
    uint64_t told_accepted; // the numbers of the last status line
    uint64_t told_active;
};

void pulse_prepare(struct pulse *pulse, const struct environment *environment);

// READY=1 and the first status line.
void pulse_ready(struct server *server);

// STOPPING=1, a status line, and how long the drain may take.
void pulse_drain(struct server *server);

// Once in each turn: sends what is due.
void pulse_beat(struct server *server);

// Milliseconds until something is due; -1: nothing will be.
int64_t pulse_wait(const struct server *server);

#endif

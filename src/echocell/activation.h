// SPDX-License-Identifier: ISC
//
// activation.h: sockets that a service manager has bound and passed, sd_listen_fds(3), spoken
// directly: LISTEN_PID says for whom they are, LISTEN_FDS how many there are from descriptor 3 on,
// LISTEN_FDNAMES what they are called. Who is started so never needs root, and the port stays bound
// from one instance to the next.
#ifndef ECHOCELL_ACTIVATION_H
#define ECHOCELL_ACTIVATION_H

#include "options.h"

#include <stdbool.h>
#include <stddef.h>

// The one passed socket of this name is for --metrics; all others are for clients.
#define ACTIVATION_METRICS_NAME "metrics"

struct activation {
    size_t listen_count; // sockets for clients
    bool metrics;        // one for metrics
    // Between the two calls only: where the sockets wait for their places.
    size_t count;
    int staged[LISTEN_MAX + 1];
    bool is_metrics[LISTEN_MAX + 1];
};

// Reads the variables, keeps the sockets that they name and closes every other descriptor from 3
// up. The sockets then lie above every fixed place: the first of these are the numbers that they
// came with. Without LISTEN_PID or with that of another process there are none (a parent's
// variables were inherited). Does not return when ours are wrong, or one socket is not a listening
// TCP socket over IPv4 or IPv6 (78, naming it).
void activation_gather(struct activation *passed);

// Moves them: for clients to LISTEN_FD and up, in the order in which they were passed, for metrics
// to METRICS_FD. Non-blocking and close-on-exec.
void activation_place(struct activation *passed);

#endif

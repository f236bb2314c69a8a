// SPDX-License-Identifier: ISC
//
// environment.h: whoever started us, we start the same. The process inherits descriptors, signal
// dispositions, a mask, a umask, a directory and variables from its parent; all of it is put into a
// known state before the first option is read.
#ifndef ECHOCELL_ENVIRONMENT_H
#define ECHOCELL_ENVIRONMENT_H

#include "activation.h"

#include <signal.h>
#include <stdbool.h>

// What is kept of the variables; strings are copies, or NULL.
struct environment {
    char *notify_socket;      // NOTIFY_SOCKET, sd_notify(3)
    bool journal;             // JOURNAL_STREAM names what descriptor 2 is (systemd.exec(5))
    uint64_t watchdog_ms;     // WATCHDOG_USEC, sd_watchdog_enabled(3); 0: nobody waits for us
    struct activation passed; // LISTEN_FDS: sockets that are in their places already
};

// Opens 0 to 2 where they are closed, closes all above but sockets that were passed to us, sets
// every signal to its default, blocks those that the listener reads from its signalfd and those
// that are to do nothing, wipes the variables. Does not return on failure.
void environment_sanitize(struct environment *environment);

// The signals that the listener takes from SIGNAL_FD; blocked from the start.
void environment_signals(sigset_t *set);

// Is this text our process id, as a manager writes it into LISTEN_PID and WATCHDOG_PID?
bool environment_is_our_pid(const char *text);

// Before serving: /dev/null as 0 and 1, whatever they were.
void environment_detach(void);

// Moves a descriptor to a number; does not return on failure.
void environment_move_descriptor(int from, int to);

#endif

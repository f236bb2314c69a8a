// SPDX-License-Identifier: ISC
//
// outsider.h: a process and an abstract socket of our own user that are not in our Landlock domain.
// Whether signals and abstract sockets stay inside can only be tried on something outside that
// nothing else protects.
#ifndef ECHOCELL_OUTSIDER_H
#define ECHOCELL_OUTSIDER_H

#include <stdbool.h>
#include <sys/types.h>

struct outsider {
    pid_t pid;
    int life; // the process ends when this is closed
    int socket;
};

// Starts both; to be called before Landlock is entered. Does not return on failure.
void outsider_start(struct outsider *outsider);

// Can the process be signalled, or the socket be connected to? Only the refusal that Landlock gives
// (EPERM, landlock(7)) counts as no.
bool outsider_is_reachable(const struct outsider *outsider);

// Ends both.
void outsider_end(struct outsider *outsider);

#endif

// SPDX-License-Identifier: ISC
//
// notify.h: the service manager's protocol, sd_notify(3), spoken directly: libsystemd would bring
// half a distribution into a process that starts as root.
#ifndef ECHOCELL_NOTIFY_H
#define ECHOCELL_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

// Connects NOTIFY_FD to the socket named by `path` (NOTIFY_SOCKET: a path, or `@` and an abstract
// name; NULL: nobody asked). Must happen while files and sockets can still be reached. Does not
// return when there is a name and it cannot be connected: the manager would wait in vain.
void notify_connect(const char *path);

// Sends one message: assignments such as `READY=1`, a line each. Returns false when the manager's
// queue is full, so that trying again makes sense. To nobody when nobody asked.
bool notify_send(const char *message, size_t length);

#endif

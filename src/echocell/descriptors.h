// SPDX-License-Identifier: ISC
//
// descriptors.h: every descriptor has a fixed number, so that the policies can pin it in plain
// text.
#ifndef ECHOCELL_DESCRIPTORS_H
#define ECHOCELL_DESCRIPTORS_H

enum descriptor {
    NULL_FD = 0,       // /dev/null in the listener ...
    CONNECTION_FD = 0, // ... the connection in a session, and all that it has
    SPARE_FD = 1,   // /dev/null: given up for a moment to refuse a client when all others are used
    LOG_FD = 2,     // stderr
    NOTIFY_FD = 3,  // the service manager's socket, else /dev/null
    SIGNAL_FD = 4,  // the signalfd(2)
    METRICS_FD = 5, // the listening socket of --metrics, else /dev/null
    LISTEN_FD = 6,  // the first listening socket for clients
    TRACE_FD = 22,  // with --trace: what becomes 2 in a session, behind all listening sockets
};

#endif

// SPDX-License-Identifier: ISC
//
// cell.h: real sessions for a harness: a fork of this process, the real setup, the real filter, and
// a socket that has all that the client says in it before the session begins, so that two runs are
// alike.
//
// The socket is one of AF_UNIX. With SOCK_SEQPACKET each receive brings what one send put in: the
// harness cuts the stream, not the time of day. Of all that a session asks for it lacks
// TCP_NODELAY, which cell_setsockopt() grants. Time does not pass either, but for a few: O_NONBLOCK
// on the session's end makes a tick of what would wait.
#ifndef FUZZ_CELL_H
#define FUZZ_CELL_H

#include "cell_refusal.h"
#include "echocell/session.h"

#include <stdbool.h>
#include <stddef.h>

enum { CELL_PAGES = 3, CELL_CUTS_MAX = 31, CELL_REPLY_BYTES = 1 << 18, CELL_TRACE_BYTES = 1 << 19 };

enum cell_ending {
    CELL_END,     // of the stream
    CELL_VANISH,  // the peer is gone when the session begins
    CELL_SILENCE, // meets the idle timeout
    CELL_KILLED,  // by a signal, while the session waits for more
    CELL_HOLD,    // meets the session timeout
};

// What is wrong from the start: the session must refuse to serve, or break its policy.
enum cell_fault {
    CELL_SOUND,
    CELL_ORPHAN,       // the listener is somebody else
    CELL_NO_FILTER,    // the kernel does not take it
    CELL_NO_SOCKET,    // the connection is not open
    CELL_OTHER_FILTER, // is bound to another listener, so the last signal is a violation
    CELL_REFUSED,      // the kernel refuses one call
    CELL_FORBIDDEN,    // somebody else goes on in the session, behind the filter, with `forbidden`
};

struct cell {
    struct session_plan plan; // the caller sets what follows options; the rest is set here
    size_t slot;              // its page of the ledger, below CELL_PAGES
    enum cell_ending ending;
    enum cell_fault fault;
    int signal;                    // of CELL_KILLED and CELL_HOLD
    bool drained;                  // it is the listener that kills
    const struct refusal *refusal; // of CELL_REFUSED
    uint32_t forbidden;            // the call that is a violation
    bool deaf;                     // the peer does not read, and little fits between
    bool inspect;                  // look at the confined process before the stream ends
    // Timeouts take their time, and the alarm rings by itself. Else a call that would wait for the
    // client fails at once, as after a tick, and the parent rings when the session waits.
    bool patient;
    const uint8_t *stream;
    size_t length;
    const uint8_t *cuts; // one for each of the first packets; the rest comes as one
    size_t cut_count;

    // Set by cell_run().
    pid_t pid;
    int status; // of wait(2)
    bool told;  // by SIGUSR1
    uint64_t elapsed_us;
    struct ledger_entry entry;
    uint8_t *reply;
    size_t reply_length;
    char *trace;
    size_t trace_length;
    char *expected_trace; // CELL_TRACE_BYTES for the caller
    size_t packets[CELL_CUTS_MAX + 1];
    size_t packet_count;
};

// Once, before the first run.
void cell_prepare(void);

// A session from fork to wait. The buffers in `cell` are used again by the next run.
void cell_run(struct cell *cell);

// In the place of setsockopt(2) in session.c, which sets what a connection inherits.
int cell_setsockopt(int fd, int level, int name, const void *value, unsigned length);

// Fails unless the process, which waits for its client, is confined as a session must be.
void cell_inspect(const struct cell *cell);

#endif

// SPDX-License-Identifier: ISC
//
// serve.h: the echo loop: receive, answer, send everything, until the end. Bounded memory, no call
// but transport's.
#ifndef ECHOCELL_SERVE_H
#define ECHOCELL_SERVE_H

#include "ledger.h"
#include "outcome.h"
#include "protocol.h"

#include <stddef.h>

// SO_SNDTIMEO is set to this part of the send timeout: a send that moves some bytes and then stalls
// returns short, so "the peer took nothing for so long" is counted in parts. It ends between one
// and one and a quarter of the send timeout.
#define SEND_PARTS 4

// SO_RCVTIMEO is a tick of at most this length, and the idle timeout is so many silent ticks: a
// client that goes on sending behind its quit is then waited for no longer than a tick at a time.
#define IDLE_TICK_MAX_MS 1000

// Serves the client of a started protocol to its end and counts in `entry`. `idle_ticks` (at least
// 1) silent ticks in a row are the idle timeout. Returns OUTCOME_EOF, QUIT, IDLE_TIMEOUT,
// SEND_TIMEOUT or RESET.
enum outcome serve(struct protocol *protocol, unsigned idle_ticks, struct ledger_entry *entry);

// More than any scraper's request has; one that is longer gets no page.
#define REQUEST_BYTES_MAX 16384

// Sends a page to a client that has ended its request (see request.h), by a blank line or by ending
// its stream. Counts in `entry`. Returns OUTCOME_EOF when all of it was sent, else IDLE_TIMEOUT,
// SEND_TIMEOUT or RESET.
enum outcome serve_page(const char *page, size_t length, unsigned idle_ticks,
                        struct ledger_entry *entry);

#endif

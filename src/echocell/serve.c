// SPDX-License-Identifier: ISC
#include "serve.h"

#include "request.h"
#include "transport.h"

#include <errno.h>

#define BUFFER_BYTES ((size_t)64 * 1024)

// A short message and its answer, which is up to this long, touch one page: of what is received
// the first 2 KiB are in the page of `near`. A bulk transfer touches all.
#define NEAR_BYTES 2048

// A client that sends more than this behind its quit is in the middle of something larger.
#define BULK_BYTES 4096

static _Alignas(2 * NEAR_BYTES) struct {
    uint8_t near[NEAR_BYTES];
    uint8_t in[BUFFER_BYTES];
    uint8_t out[BUFFER_BYTES];
} buffer;

// Sends all of it; partial sends are finished. OUTCOME_EOF stands for "done".
static enum outcome send_all(const uint8_t *bytes, size_t length, struct ledger_entry *entry)
{
    int stalls = 0;
    while (length > 0) {
        ssize_t sent = transport_send(bytes, length);
        if (sent == -EAGAIN && ++stalls < SEND_PARTS)
            continue;
        if (sent < 0)
            return sent == -EAGAIN ? OUTCOME_SEND_TIMEOUT : OUTCOME_RESET;
        stalls = 0;
        bytes += sent;
        length -= (size_t)sent;
        entry->sent += (uint64_t)sent;
    }
    return OUTCOME_EOF;
}

static enum outcome answer(struct protocol *protocol, const uint8_t *bytes, size_t length,
                           struct ledger_entry *entry)
{
    enum outcome outcome = OUTCOME_EOF;
    bool fits = length <= NEAR_BYTES / 2;
    uint8_t *out = fits ? buffer.near : buffer.out;
    const size_t room = fits ? NEAR_BYTES : BUFFER_BYTES;
    while (length > 0 && outcome == OUTCOME_EOF) {
        struct protocol_reply reply;
        size_t taken = protocol_feed(protocol, bytes, length, out, room, &reply);
        bytes += taken;
        length -= taken;
        outcome = send_all(reply.bytes, reply.length, entry);
        entry->messages = protocol->messages;
    }
    return outcome;
}

// A close while bytes lie unread, or before more arrive, makes the kernel send RST, which can
// destroy replies that the client has not read yet (RFC 1122, 4.2.2.13). So what follows a quit is
// read and dropped: what is there, and from a bulk sender also what comes until it ends or pauses
// for a tick. `size` is how much the last receive brought.
static void drain(size_t size, struct ledger_entry *entry)
{
    size_t behind = size;
    for (;;) {
        ssize_t got = transport_receive(buffer.in, BUFFER_BYTES, behind > BULK_BYTES);
        if (got <= 0)
            return;
        behind += (size_t)got;
        entry->received += (uint64_t)got;
    }
}

// As transport_receive(), but -EAGAIN only after `ticks` silent ticks.
static ssize_t receive(unsigned ticks)
{
    ssize_t got;
    do
        got = transport_receive(buffer.in, BUFFER_BYTES, true);
    while (got == -EAGAIN && --ticks > 0);
    return got;
}

static enum outcome finish(struct protocol *protocol, struct ledger_entry *entry)
{
    size_t length = protocol_finish(protocol, buffer.near, NEAR_BYTES);
    enum outcome outcome = send_all(buffer.near, length, entry);
    entry->messages = protocol->messages;
    if (outcome == OUTCOME_EOF && protocol_ended(protocol))
        return OUTCOME_QUIT;
    return outcome;
}

enum outcome serve(struct protocol *protocol, unsigned idle_ticks, struct ledger_entry *entry)
{
    for (;;) {
        ssize_t got = receive(idle_ticks);
        if (got == 0)
            return finish(protocol, entry);
        if (got < 0)
            return got == -EAGAIN ? OUTCOME_IDLE_TIMEOUT : OUTCOME_RESET;
        entry->received += (uint64_t)got;
        enum outcome outcome = answer(protocol, buffer.in, (size_t)got, entry);
        if (outcome != OUTCOME_EOF)
            return outcome;
        if (protocol_ended(protocol)) {
            drain((size_t)got, entry);
            return OUTCOME_QUIT;
        }
    }
}

// Until the request ends; what is behind its end counts as read, too. OUTCOME_EOF stands for
// "done".
static enum outcome await_request(unsigned idle_ticks, struct ledger_entry *entry)
{
    struct request request = {0};
    while (entry->received < REQUEST_BYTES_MAX) {
        ssize_t got = receive(idle_ticks);
        if (got < 0)
            return got == -EAGAIN ? OUTCOME_IDLE_TIMEOUT : OUTCOME_RESET;
        entry->received += (uint64_t)got;
        if (got == 0 || request_feed(&request, buffer.in, (size_t)got))
            return OUTCOME_EOF;
    }
    return OUTCOME_RESET; // the kernel will: there are bytes that nobody reads
}

enum outcome serve_page(const char *page, size_t length, unsigned idle_ticks,
                        struct ledger_entry *entry)
{
    enum outcome outcome = await_request(idle_ticks, entry);
    if (outcome != OUTCOME_EOF)
        return outcome;
    outcome = send_all((const uint8_t *)page, length, entry);
    if (outcome == OUTCOME_EOF)
        drain(0, entry);
    return outcome;
}

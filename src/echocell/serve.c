// SPDX-License-Identifier: ISC
#include "serve.h"

#include "transport.h"

#include <errno.h>

// One page is touched by a small message, all of it by a bulk transfer.
#define BUFFER_BYTES (64 * 1024)

// How often to look for more bytes behind a quit, once there were any, before the close.
#define DRAIN_LOOKS 4096

static uint8_t in[BUFFER_BYTES];
static uint8_t out[BUFFER_BYTES];

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
    while (length > 0 && outcome == OUTCOME_EOF) {
        struct protocol_reply reply;
        size_t taken = protocol_feed(protocol, bytes, length, out, sizeof(out), &reply);
        bytes += taken;
        length -= taken;
        outcome = send_all(reply.bytes, reply.length, entry);
        entry->messages = protocol->messages;
    }
    return outcome;
}

// A close while bytes lie unread makes the kernel send RST, which can destroy replies that the
// client has not read yet (RFC 1122, 4.2.2.13). So what is there is read and dropped. A client that
// sent more than one buffer may still be at it: then it is worth a few more looks.
static void drain(struct ledger_entry *entry)
{
    int looks = 1;
    while (looks > 0) {
        ssize_t got = transport_receive(in, sizeof(in), false);
        if (got == -EAGAIN) {
            looks--;
        } else if (got > 0) {
            entry->received += (uint64_t)got;
            looks = DRAIN_LOOKS;
        } else {
            break;
        }
    }
}

static enum outcome finish(struct protocol *protocol, struct ledger_entry *entry)
{
    size_t length = protocol_finish(protocol, out, sizeof(out));
    enum outcome outcome = send_all(out, length, entry);
    entry->messages = protocol->messages;
    if (outcome == OUTCOME_EOF && protocol_ended(protocol))
        return OUTCOME_QUIT;
    return outcome;
}

enum outcome serve(struct protocol *protocol, struct ledger_entry *entry)
{
    for (;;) {
        ssize_t got = transport_receive(in, sizeof(in), true);
        if (got == 0)
            return finish(protocol, entry);
        if (got < 0)
            return got == -EAGAIN ? OUTCOME_IDLE_TIMEOUT : OUTCOME_RESET;
        entry->received += (uint64_t)got;
        enum outcome outcome = answer(protocol, in, (size_t)got, entry);
        if (outcome != OUTCOME_EOF)
            return outcome;
        if (protocol_ended(protocol)) {
            drain(entry);
            return OUTCOME_QUIT;
        }
    }
}

// SPDX-License-Identifier: ISC
//
// fuzz_protocol.c
//
// Target: serve.c, protocol.c and transport.c, as a session links them; transport.c's system calls
// come here (see meson.build).
//
// Threat: a client that chooses every byte, how TCP cuts it, how slowly it reads, and when it goes
// away; a kernel that interrupts any call.
//
// Input: kind (the fourth asks for a page), tap, ending, idle ticks, and whether the loop is left
// out; acknowledgement length; repeats; number of steps; the steps, one for each call of the
// session; the unit that is repeated to make the stream.
//
// Oracle: the model, which sees the stream whole. Each byte sent, what the tap hears, the outcome,
// the counts, and when calls are made, wait or are repeated must be exactly what follows from the
// stream and from what the calls returned.
#include "client.h"
#include "echocell/serve.h"
#include "engine/effort.h"
#include "oracle.h"

#include <string.h>

#define HEADER_BYTES 4
#define LONG_BYTES   2048 // of a stream
#define LONG_SHARE   16   // one of so many is run under afl-fuzz
#define LONG_FIRST   256  // and of the first all: there are 132 among the committed inputs

static const uint8_t ACK[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

// Seldom: a long stream finds what is at the limits of the buffers, and costs hundreds of short
// ones.
static unsigned repeats(uint8_t choice)
{
    const unsigned root = choice - 0xefU;
    return choice < 0xf0 ? 1 : 1 + 4 * root * root;
}

// The stream and its reply fill each buffer of the session once, and not often.
static void repeat(const uint8_t *unit, size_t size, unsigned times)
{
    size_t ends = 0;
    for (size_t i = 0; i < size; i++)
        ends += unit[i] == '\n' || unit[i] == '\0';
    const size_t work = size + ends * PROTOCOL_ACK_MAX_BYTES;
    for (size_t done = 0; times > 0 && client.length + size <= CLIENT_STREAM_MAX_BYTES; times--) {
        memcpy(client.stream + client.length, unit, size);
        client.length += size;
        done += work;
        if (done > CLIENT_STREAM_MAX_BYTES)
            break;
    }
}

static const char *page(void)
{
    static char text[16 * PROTOCOL_ACK_MAX_BYTES];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('!' + i % 91);
    return text;
}

static void ask_model(size_t ack_length)
{
    if (client.page)
        protocol_model_page(&client.model, client.stream, client.length, page(), 16 * ack_length);
    else if (client.kind == PROTOCOL_ECHO)
        protocol_model_echo(&client.model, client.stream, client.length);
    else if (client.kind == PROTOCOL_RECORD)
        protocol_model_record(&client.model, client.stream, client.length, ACK, ack_length);
    else
        protocol_model_ack(&client.model, client.stream, client.length, ACK, ack_length);
}

static void check_end(enum outcome outcome, const struct ledger_entry *entry, bool tapped)
{
    const struct protocol_model *model = &client.model;
    ORACLE(outcome == client.outcome, "outcome: %s, not %s", outcome_word(outcome),
           client.outcome == OUTCOMES ? "any yet" : outcome_word(client.outcome));
    ORACLE(!client.interrupted, "the interrupted call did not come again");
    ORACLE(entry->received == client.delivered && entry->sent == client.sent,
           "counts: received %lu of %zu, sent %lu of %zu", entry->received, client.delivered,
           entry->sent, client.sent);
    uint64_t low = 0, high = 0;
    bool whole = outcome == OUTCOME_EOF || outcome == OUTCOME_QUIT;
    ORACLE(!whole || client.sent == model->reply_length, "reply: %zu bytes of %zu", client.sent,
           model->reply_length);
    ORACLE(!whole || !tapped || client.heard == model->heard_length, "tap: %zu heard of %zu",
           client.heard, model->heard_length);
    for (size_t i = 0; i < model->mark_count; i++) {
        if (model->marks[i].taken > client.delivered)
            break;
        high = model->marks[i].messages;
        if (model->marks[i].replied <= client.sent)
            low = high;
    }
    if (whole || client.told_end)
        high = model->messages;
    if (whole)
        low = high;
    ORACLE(entry->messages >= low && entry->messages <= high, "messages: %lu, not %lu to %lu",
           entry->messages, low, high);
}

static void run_served(struct protocol *protocol, bool tapped)
{
    struct ledger_entry entry = {0};
    if (client.page)
        check_end(serve_page(page(), client.model.reply_length, client.ticks, &entry), &entry,
                  false);
    else
        check_end(serve(protocol, client.ticks, &entry), &entry, tapped);
}

//// Without the loop: any room for the reply, also less than a step may need

static void collect(const uint8_t *bytes, size_t length)
{
    const struct protocol_model *model = &client.model;
    ORACLE(length <= model->reply_length - client.sent &&
               memcmp(bytes, model->reply + client.sent, length) == 0,
           "feed: not the reply, in %zu bytes behind %zu", length, client.sent);
    client.sent += length;
}

// Returns how much of `length` bytes was taken.
static size_t feed(struct protocol *protocol, size_t length, size_t room)
{
    struct protocol_reply reply;
    uint8_t *out = malloc(room); // of that size exactly: ASan sees the first byte beyond
    size_t taken =
        protocol_feed(protocol, client.stream + client.delivered, length, out, room, &reply);
    ORACLE(taken <= length && (taken > 0 || room < 128), "feed: %zu of %zu bytes, room for %zu",
           taken, length, room);
    ORACLE(reply.length <= room || client.kind == PROTOCOL_ECHO, "feed: %zu bytes into %zu",
           reply.length, room);
    collect(reply.bytes, reply.length);
    free(out);
    client.delivered += taken;
    const bool ended = client.delivered >= client.model.ended_at;
    ORACLE(protocol_ended(protocol) == ended, "feed: it is %sended behind %zu bytes",
           ended ? "not " : "", client.delivered);
    return taken;
}

static void run_bare(struct protocol *protocol, bool tapped)
{
    uint8_t out[128];
    const struct protocol_model *model = &client.model;
    while (client.delivered < client.length) {
        size_t left = client.length - client.delivered;
        size_t length = client_step_size(client_next_step(), left);
        const size_t room = 2U * client_next_step();
        length = length > 0 ? length : 1;
        size_t taken = feed(protocol, length, room);
        if (taken < length)
            feed(protocol, length - taken, 128);
    }
    const size_t little = client_next_step() % 128U;
    ORACLE(protocol_finish(protocol, out, little) == 0, "finish: in %zu bytes", little);
    collect(out, protocol_finish(protocol, out, sizeof(out)));
    ORACLE(client.sent == model->reply_length && protocol->messages == model->messages &&
               protocol_ended(protocol) == model->ended,
           "finish: reply %zu of %zu, messages %lu of %lu", client.sent, model->reply_length,
           protocol->messages, model->messages);
    ORACLE(!tapped || client.heard == model->heard_length, "tap: %zu heard of %zu", client.heard,
           model->heard_length);
}

static void tell(size_t ack_length, bool tapped)
{
    static const char *const kinds[] = {
        [PROTOCOL_ACK] = "ack", [PROTOCOL_ECHO] = "echo", [PROTOCOL_RECORD] = "record"};
    static const char *const endings[] = {"closes", "resets", "is silent", "closes"};
    EXPLAIN(
        "%s%s, acknowledgement of %zu bytes, timeout after %u silences; in the end the client %s\n",
        client.page ? "page" : kinds[client.kind], tapped ? " with a tap" : "", ack_length,
        client.ticks, endings[client.ending]);
    explain_bytes("the stream", client.stream, client.length);
    explain_bytes("the reply of the model", client.model.reply, client.model.reply_length);
}

static void run(const uint8_t *data, size_t size, size_t steps)
{
    static const enum protocol_kind kinds[] = {PROTOCOL_ACK, PROTOCOL_ECHO, PROTOCOL_RECORD,
                                               PROTOCOL_ACK};
    const size_t ack_length = 1 + data[1] % PROTOCOL_ACK_MAX_BYTES;
    const bool tapped = data[0] & 4;
    memset(&client, 0, offsetof(struct client, stream));
    memset(&client.length, 0, sizeof(client) - offsetof(struct client, length));
    client.kind = kinds[data[0] & 3];
    client.page = (data[0] & 0x83) == 3;
    client.ending = data[0] >> 3 & 3;
    client.ticks = 1 + (data[0] >> 5 & 3);
    client.steps = data + HEADER_BYTES;
    client.step_count = steps;
    client.outcome = OUTCOMES;
    repeat(data + HEADER_BYTES + steps, size - HEADER_BYTES - steps, repeats(data[2]));
    ask_model(ack_length);
    tell(ack_length, tapped);

    struct protocol protocol;
    protocol_start(&protocol, client.kind, ACK, ack_length);
    protocol.tap = tapped ? &client_tap : NULL;
    if (data[0] & 0x80)
        run_bare(&protocol, tapped);
    else
        run_served(&protocol, tapped);
    protocol_model_free(&client.model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEADER_BYTES)
        return 0;
    const size_t steps = data[3] < size - HEADER_BYTES ? data[3] : size - HEADER_BYTES;
    const bool is_long = repeats(data[2]) * (size - HEADER_BYTES - steps) > LONG_BYTES;
    if (effort_takes(data, size, is_long ? LONG_SHARE : 1, LONG_FIRST))
        run(data, size, steps);
    effort_end();
    return 0;
}

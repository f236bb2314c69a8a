// SPDX-License-Identifier: ISC
#include "client.h"

#include "oracle.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

// Told a second time, by the manual: what serve.h and serve.c say is under test.
#define BUFFER_MIN_BYTES 4096
#define BULK_BYTES       4096
#define SEND_STALLS_MAX  4

#define CALLS_MAX 1000000

struct client client;

extern int __asan_address_is_poisoned(const volatile void *address) __attribute__((weak));

// More than that is no request for a page.
#define REQUEST_MAX_BYTES 16384

static void end(enum outcome outcome)
{
    client.phase = OVER;
    client.outcome = outcome;
}

static enum outcome drained(void)
{
    return client.page ? OUTCOME_EOF : OUTCOME_QUIT;
}

static void hear_text(void *context, const uint8_t *bytes, size_t length)
{
    (void)context;
    const struct protocol_model *model = &client.model;
    ORACLE(length > 0 && client.heard + length <= model->heard_length, "tap: %zu bytes too many",
           length);
    const size_t alike = protocol_model_alike(model, client.heard, bytes, length);
    client.heard += alike;
    ORACLE(alike == length, "tap: byte %zu is %#x, not %#x", client.heard, bytes[alike],
           model->heard[client.heard]);
}

static void hear_end(void *context)
{
    (void)context;
    ORACLE(client.heard < client.model.heard_length &&
               client.model.heard[client.heard] == PROTOCOL_MODEL_END,
           "tap: an end of message behind %zu bytes and ends", client.heard);
    client.heard++;
}

const struct protocol_tap client_tap = {.text = hear_text, .end = hear_end};

enum { STEP_ALL = 0xe0 };

size_t client_step_size(uint8_t step, size_t most)
{
    size_t size = most;
    if (step < 0x80)
        size = (size_t)step + 1;
    else if (step < 0x90)
        size = (size_t)1 << (step & 0x0f);
    else if (step < 0xa0)
        size = 65536 - (size_t)(step & 0x0f);
    else if (step < 0xe0)
        return 0;
    return size < most ? size : most;
}

uint8_t client_next_step(void)
{
    if (client.step_count == 0)
        return STEP_ALL;
    client.step_count--;
    return *client.steps++;
}

static long interrupt(const struct call *call)
{
    client.interrupted = true;
    client.last_call = *call;
    return -EINTR;
}

static long fail(uint8_t step, enum outcome outcome)
{
    static const int errors[] = {ECONNRESET, EPIPE, ETIMEDOUT, ENOBUFS, EHOSTUNREACH};
    end(outcome);
    return -errors[step % (sizeof(errors) / sizeof(errors[0]))];
}

// Everything that the stream so far asks for must have been sent before the session waits for more.
static void check_due(void)
{
    const struct protocol_model *model = &client.model;
    while (client.mark < model->mark_count && model->marks[client.mark].taken <= client.delivered)
        client.mark++;
    size_t due = client.mark > 0 ? model->marks[client.mark - 1].replied : 0;
    if (client.kind == PROTOCOL_ECHO)
        due = client.delivered;
    if (client.page && client.phase == DRAINING)
        due = model->reply_length;
    ORACLE(client.sent >= due, "receive: %zu bytes of reply were due, %zu are sent", due,
           client.sent);
}

static long silence(void)
{
    client.silence++;
    if (client.phase == DRAINING)
        end(drained());
    else if (client.silence == client.ticks)
        end(OUTCOME_IDLE_TIMEOUT);
    return -EAGAIN;
}

static enum outcome receiving_failed(void)
{
    return client.phase == DRAINING ? drained() : OUTCOME_RESET;
}

static long end_of_stream(void)
{
    if (client.ending == 1)
        return fail(0, receiving_failed());
    if (client.ending == 2)
        return silence();
    if (client.phase == DRAINING) {
        end(drained());
    } else if (client.page) { // it is sent all the same, and then it looks for more
        client.phase = DRAINING;
    } else {
        client.phase = FINISHING;
        client.told_end = true;
        client.outcome = client.model.ended ? OUTCOME_QUIT : OUTCOME_EOF;
    }
    return 0;
}

static long deliver(uint8_t *bytes, size_t room, size_t size)
{
    memcpy(bytes, client.stream + client.delivered, size);
    // What lies behind is anything: nobody may rely on it.
    memset(bytes + size, 0x51, room - size < 8 ? room - size : 8);
    client.delivered += size;
    client.silence = 0;
    if (client.phase == DRAINING)
        client.behind += size;
    if (client.phase == RECEIVING && client.delivered >= client.model.ended_at) {
        client.phase = DRAINING;
        client.behind = client.page ? 0 : size;
    } else if (client.page && client.phase == RECEIVING && client.delivered >= REQUEST_MAX_BYTES) {
        end(OUTCOME_RESET);
    }
    return (long)size;
}

static long receive(const struct call *call)
{
    uint8_t *bytes = (uint8_t *)(uintptr_t)call->bytes;
    bool wait = client.phase != DRAINING || client.behind > BULK_BYTES;
    ORACLE(client.phase < FINISHING, "receive: behind the end");
    ORACLE(call->flags == (wait ? 0 : MSG_DONTWAIT), "receive: flags %#lx, %zu bytes behind quit",
           call->flags, client.behind);
    ORACLE(call->length >= BUFFER_MIN_BYTES, "receive: room for %zu bytes", call->length);
    ORACLE(__asan_address_is_poisoned == NULL ||
               (!__asan_address_is_poisoned(bytes) &&
                !__asan_address_is_poisoned(bytes + call->length - 1)),
           "receive: %zu bytes at a place that has no room for them", call->length);
    check_due();
    uint8_t step = client_next_step();
    size_t left = client.length - client.delivered;
    if (step >= 0xc0 && step < 0xe0)
        return interrupt(call);
    if (step >= 0xf0)
        return fail(step, receiving_failed());
    if (step >= 0xa0 && step < 0xc0)
        return silence();
    if (left == 0)
        return end_of_stream();
    return deliver(bytes, call->length,
                   client_step_size(step, left < call->length ? left : call->length));
}

static long stall(void)
{
    if (++client.stalls == SEND_STALLS_MAX)
        end(OUTCOME_SEND_TIMEOUT);
    return -EAGAIN;
}

static long take(const struct call *call)
{
    const struct protocol_model *model = &client.model;
    ORACLE(client.phase != OVER, "send: behind the end");
    ORACLE(!client.page || client.phase == DRAINING, "send: before the request ends");
    ORACLE(call->flags == MSG_NOSIGNAL, "send: flags %#lx", call->flags);
    ORACLE(call->length > 0 && call->length <= model->reply_length - client.sent,
           "send: %zu bytes, of %zu that were left to say", call->length,
           model->reply_length - client.sent);
    ORACLE(memcmp(call->bytes, model->reply + client.sent, call->length) == 0,
           "send: not the reply, in %zu bytes behind %zu", call->length, client.sent);
    uint8_t step = client_next_step();
    if (step >= 0xc0 && step < 0xe0)
        return interrupt(call);
    if (step >= 0xf0)
        return fail(step, OUTCOME_RESET);
    if (step >= 0xa0 && step < 0xc0)
        return stall();
    size_t size = client_step_size(step, call->length);
    client.sent += size;
    client.stalls = 0;
    return (long)size;
}

static void tell(const struct call *call, long result)
{
    const char *what = call->number == SYS_recvfrom ? "receive" : "send";
    if (result > 0)
        explain_bytes(what, call->bytes, (size_t)result);
    else
        EXPLAIN("%s, %zu bytes at most: %s\n", what, call->length,
                result == 0 ? "end of stream" : strerrorname_np((int)-result));
}

long client_call(const long words[CALL_WORDS])
{
    const struct call call = {
        .number = words[0],
        .bytes = (const uint8_t *)words[2],
        .length = (size_t)words[3],
        .flags = words[4],
    };
    ORACLE(words[1] == 0 && words[5] == 0 && words[6] == 0,
           "call %ld: descriptor %ld, address %#lx, length %ld", call.number, words[1], words[5],
           words[6]);
    ORACLE(++client.calls < CALLS_MAX, "call %ld: it does not come to an end", call.number);
    ORACLE(!client.interrupted || memcmp(&call, &client.last_call, sizeof(call)) == 0,
           "call %ld: the interrupted call %ld did not come again", call.number,
           client.last_call.number);
    client.interrupted = false;
    ORACLE(call.number == SYS_recvfrom || call.number == SYS_sendto, "call %ld", call.number);
    const long result = call.number == SYS_recvfrom ? receive(&call) : take(&call);
    tell(&call, result);
    return result;
}

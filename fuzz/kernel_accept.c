// SPDX-License-Identifier: ISC
//
// kernel_accept.c: connections: that part of echocell/kernel.h over the script.
#include "echocell/descriptors.h"
#include "echocell/kernel.h"
#include "oracle.h"
#include "scripted_kernel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define FAILURES_MAX 64
#define BATCH_MAX    65 // a batch, and one more with the spare descriptor

static int lowest_free(void)
{
    for (int fd = 0; fd < SCRIPT_FDS_MAX; fd++)
        if (!script.open[fd])
            return fd;
    oracle_fail("accept: descriptors are lost");
}

void script_address_of(const struct script_arrival *arrival, union address *address)
{
    const struct model_client *client = &arrival->client;
    memset(address, 0, sizeof(*address));
    if (arrival->native_v4) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(client->port);
        memcpy(&address->v4.sin_addr, client->bytes + 12, 4);
    } else {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(client->port);
        memcpy(&address->v6.sin6_addr, client->bytes, 16);
    }
}

static void judge(const struct script_arrival *arrival, int fd)
{
    enum model_reason reason = MODEL_ADMIT;
    if (model.phase == MODEL_REFUSING)
        reason = MODEL_DRAINING;
    else if (!script.open[SPARE_FD] || fd == SPARE_FD)
        reason = MODEL_DESCRIPTORS;
    script.connection = fd;
    script.client = arrival->client;
    script.settled = false;
    script.scrapes = false;
    // Who would be refused, when some may have left: there is a look before.
    script.must_look = reason == MODEL_ADMIT && script.look_wanted &&
                       model_judge(&model, &script.client) != MODEL_ADMIT;
    if (!script.must_look)
        script.verdict = model_accept(&model, &script.client, reason);
}

// While there is a look: it may begin a drain, which accepts too.
static int held;
static struct model_client held_client;

void script_hold_client(void)
{
    held = script.connection;
    held_client = script.client;
    script.connection = -1;
}

void script_judge_again(void)
{
    script.connection = held;
    script.client = held_client;
    script.settled = false;
    script.verdict = model_accept(&model, &script.client,
                                  model.phase == MODEL_SERVING ? MODEL_ADMIT : MODEL_DRAINING);
}

// Who waits behind such an error is not known; behind others is somebody who can be told.
static bool hides_the_rest(int error)
{
    return error == EAGAIN || error == EMFILE || error == ENFILE || error == ENOBUFS ||
           error == ENOMEM;
}

static int fail_accept(size_t listener, int error)
{
    script.queues[listener].failed = model.phase == MODEL_REFUSING && hides_the_rest(error);
    if (model.phase == MODEL_REFUSING)
        return -error;
    if (error == EAGAIN && script.open[SPARE_FD])
        script.queues[listener].emptied = true;
    if (!script.open[SPARE_FD]) {
        model_accept_failed(&model, script.spare_error);
    } else if (error == EMFILE || error == ENFILE) {
        script.must_give_spare = true;
        script.spare_error = error;
    } else if (error == ENOBUFS || error == ENOMEM ||
               (error != EAGAIN && ++script.queues[listener].failures == FAILURES_MAX)) {
        model.paused_until_ms = model.now_ms + 100;
        model_accept_failed(&model, error);
    }
    return -error;
}

static const struct script_arrival *next_arrival(size_t queue)
{
    script.queues[queue].count--;
    return &script.arrivals[queue][script.queues[queue].first++ % SCRIPT_QUEUE_MAX];
}

// For the page: one a turn, and no use of the spare.
static int accept_scraper(union address *client)
{
    int error = script.no_descriptors ? EMFILE : 0;
    ORACLE(model_may_scrape(&model) && script.connection < 0, "accept: for the page");
    if (script.queues[SCRIPT_LISTENERS_MAX].count == 0)
        return -EAGAIN;
    const struct script_arrival *arrival = next_arrival(SCRIPT_LISTENERS_MAX);
    if (error == 0)
        error = arrival->error;
    if (error != 0) {
        if (error != EAGAIN) {
            model.metrics_paused_until_ms = model.now_ms + 100;
            model_accept_failed(&model, error);
        }
        return -error;
    }
    script.connection = lowest_free();
    script.client = arrival->client;
    script.settled = false;
    script.scrapes = true;
    script.verdict = MODEL_ADMIT;
    script_address_of(arrival, client);
    script.open[script.connection] = true;
    return script.connection;
}

int kernel_accept(int listen_fd, union address *client)
{
    if (listen_fd == METRICS_FD)
        return accept_scraper(client);
    const size_t listener = (size_t)(listen_fd - LISTEN_FD);
    ORACLE(listener < script.listen_count && script.open[listen_fd], "accept: on %d", listen_fd);
    script.queues[listener].waiting = false;
    ORACLE(script.connection < 0, "accept: connection %d is still open", script.connection);
    ORACLE(model.phase == MODEL_SERVING || model.phase == MODEL_REFUSING, "accept: in phase %d",
           model.phase);
    ORACLE(!script.must_give_spare, "accept: no descriptor, and the spare is not given");
    ORACLE(model.phase == MODEL_REFUSING || model.paused_until_ms <= model.now_ms,
           "accept: in the pause");
    ORACLE(++script.queues[listener].taken <=
               (model.phase == MODEL_REFUSING ? BACKLOG_MAX : BATCH_MAX),
           "accept: no turn for anybody else");
    ORACLE(model.phase == MODEL_SERVING || !script.queues[listener].failed,
           "accept: behind an error that hides the rest");
    ORACLE(model.phase == MODEL_SERVING || !script.passed,
           "accept: who waits there waits for the next instance");
    if (script.play == PLAY_FLOOD && model.phase == MODEL_REFUSING)
        script.queues[listener].count = SCRIPT_QUEUE_MAX;
    if (script.queues[listener].count == 0)
        return fail_accept(listener, EAGAIN);
    if (script.no_descriptors && script.open[SPARE_FD])
        return fail_accept(listener, EMFILE);
    const struct script_arrival *arrival = next_arrival(listener);
    if (arrival->error != 0)
        return fail_accept(listener, arrival->error);
    int fd = lowest_free();
    judge(arrival, fd);
    script_address_of(arrival, client);
    script.from = listener;
    EXPLAIN("accept: %d, to be %s\n", fd, script.verdict == MODEL_ADMIT ? "served" : "refused");
    script.open[fd] = true;
    return fd;
}

static void close_listener(size_t listener)
{
    ORACLE(model.phase == MODEL_REFUSING, "close: listening socket %zu", listener);
    ORACLE(script.queues[listener].count == 0 || script.queues[listener].failed || script.passed ||
               script.queues[listener].taken == BACKLOG_MAX,
           "drain: %u clients are not told", script.queues[listener].count);
    script.queues[listener].count = 0;
    for (size_t i = 0; i < script.listen_count; i++)
        if (script.open[LISTEN_FD + i])
            return;
    model.phase = MODEL_ENDING;
    script_tell_signals();
}

void kernel_close(int fd)
{
    ORACLE(fd >= 0 && fd < SCRIPT_FDS_MAX && script.open[fd], "close: %d is not open", fd);
    script.open[fd] = false;
    if (fd == script.connection) {
        ORACLE(!script.must_look, "close: a client is refused without a look for the dead");
        ORACLE(script.verdict != MODEL_ADMIT || script.settled, "close: an admitted client");
        script.connection = -1;
    } else if (fd >= LISTEN_FD && fd < LISTEN_FD + (int)script.listen_count) {
        close_listener((size_t)(fd - LISTEN_FD));
    } else {
        oracle_fail("close: %d", fd);
    }
}

void kernel_give_spare(void)
{
    ORACLE(script.open[SPARE_FD] && script.must_give_spare, "spare: given without need");
    script.open[SPARE_FD] = false;
    script.must_give_spare = false;
}

void kernel_take_spare(void)
{
    ORACLE(!script.open[SPARE_FD] && script.connection < 0, "spare: taken before the client left");
    script.open[SPARE_FD] = true;
    model.paused_until_ms = model.now_ms + 100;
}

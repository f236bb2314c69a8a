// SPDX-License-Identifier: ISC
//
// kernel_calls.c: echocell/kernel.h over the script, and what the listener may ask of it when.
#include "echocell/descriptors.h"
#include "echocell/kernel.h"
#include "oracle.h"
#include "scripted_kernel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#define CLOSING_WAITS_MAX 200
#define FAILURES_MAX      64
#define BATCH_MAX         65 // a batch, and one more with the spare descriptor

void kernel_open_signals(void)
{
}

void kernel_leave_rseq(void)
{
}

uint64_t kernel_clock_ms(void)
{
    model.now_ms = script.clock_ms;
    return script.clock_ms;
}

// Up to one that begins a drain, or that names a child: what follows is seen behind that.
void script_tell_signals(void)
{
    while (script.taken_count > 0 && script.named == 0 && model.phase != MODEL_REFUSING) {
        const struct kernel_signal signal = script.taken[0];
        memmove(script.taken, script.taken + 1, --script.taken_count * sizeof(signal));
        if (signal.number == SIGCHLD && signal.sender > 0)
            script.named = signal.sender;
        else
            model_signal(&model, (int)signal.number);
    }
}

size_t kernel_take_signals(struct kernel_signal *signals, size_t room)
{
    ORACLE(room > 0, "signals: no room");
    ORACLE(script.taken_count == 0 && script.named == 0, "signals: others are not followed yet");
    size_t count = script.signal_count < room ? script.signal_count : room;
    memcpy(signals, script.signals, count * sizeof(*signals));
    memcpy(script.taken, script.signals, count * sizeof(*signals));
    memmove(script.signals, script.signals + count,
            (script.signal_count - count) * sizeof(*signals));
    script.signal_count -= count;
    script.taken_count = count;
    script_tell_signals();
    return count;
}

//// The turn of the loop

// What must hold whenever the listener has nothing to do.
static void check_rest(void)
{
    ORACLE(script.connection < 0, "wait: connection %d is still open", script.connection);
    ORACLE(script.taken_count == 0 && script.named == 0 && model.phase != MODEL_REFUSING,
           "wait: %zu signals are taken and not followed", script.taken_count);
    ORACLE(script.open[SPARE_FD] && !script.must_give_spare, "wait: the spare is not there");
    for (size_t i = 0; i < script.listen_count; i++)
        ORACLE(script.open[LISTEN_FD + i] == (model.phase == MODEL_SERVING),
               "wait: listening socket %zu is %s in phase %d", i,
               script.open[LISTEN_FD + i] ? "open" : "closed", model.phase);
    for (size_t i = 0; i < SCRIPT_CHILDREN_MAX; i++) {
        ORACLE(script.children[i].pid == 0 || !script.children[i].dead || script.children[i].late,
               "wait: child %d is dead and not reaped", script.children[i].pid);
        script.children[i].late = false;
    }
    for (size_t i = 0; i < MODEL_SESSIONS_MAX; i++)
        ORACLE(model.sessions[i].pid == 0 || model.sessions[i].ended ||
                   (model.phase != MODEL_KILLING &&
                    (model.phase != MODEL_ENDING || model.now_ms < model.drain_until_ms)),
               "wait: session %d was to be ended", model.sessions[i].pid);
    ORACLE(model.phase == MODEL_SERVING || model_active(&model) + model_busy(&model) > 0,
           "wait: all is done");
}

static void check_polls(const struct pollfd *polls, nfds_t count, int64_t timeout_ms)
{
    const bool paused = model.paused_until_ms > model.now_ms;
    const bool accepts = model.phase == MODEL_SERVING && !paused;
    uint64_t deadline = UINT64_MAX;
    if (model.phase == MODEL_SERVING && paused)
        deadline = model.paused_until_ms;
    if (model.phase == MODEL_ENDING)
        deadline = model.drain_until_ms;
    if (model.metrics_paused_until_ms > model.now_ms && model.metrics_paused_until_ms < deadline)
        deadline = model.metrics_paused_until_ms;
    ORACLE(polls[0].fd == SIGNAL_FD && polls[0].events == POLLIN, "wait: not for signals");
    ORACLE(polls[1].fd == (model_may_scrape(&model) ? METRICS_FD : -1),
           "wait: for %d as the page's", polls[1].fd);
    ORACLE(count == 2 + (accepts ? script.listen_count : 0), "wait: for %zu sockets, %saccepting",
           (size_t)count - 2, accepts ? "" : "not ");
    for (nfds_t i = 2; i < count; i++)
        ORACLE(polls[i].fd == LISTEN_FD + (int)i - 2 && polls[i].events == POLLIN,
               "wait: for %d as socket %zu", polls[i].fd, (size_t)i - 2);
    for (nfds_t i = 2; i < count; i++)
        ORACLE(!script.queues[i - 2].waiting, "wait: nobody has looked at socket %zu",
               (size_t)i - 2);
    ORACLE(timeout_ms >= -1 && timeout_ms != 0, "wait: %ld ms", timeout_ms);
    ORACLE(deadline == UINT64_MAX ||
               (timeout_ms > 0 && model.now_ms + (uint64_t)timeout_ms <= deadline),
           "wait: %ld ms, and something is due in %lu", timeout_ms, deadline - model.now_ms);
    ORACLE(model.log_length == script.log_read || script.log_lossy ||
               (timeout_ms > 0 && timeout_ms <= 1000),
           "wait: %ld ms, and there are lines to write", timeout_ms);
}

static bool set_ready(struct pollfd *polls, nfds_t count)
{
    bool ready = script.signal_count > 0;
    polls[0].revents = script.signal_count > 0 ? POLLIN : 0;
    for (nfds_t i = 1; i < count; i++) {
        const size_t queue = i == 1 ? SCRIPT_LISTENERS_MAX : i - 2;
        polls[i].revents = polls[i].fd >= 0 && script.queues[queue].count > 0 ? POLLIN : 0;
        ready |= polls[i].revents != 0;
    }
    return ready;
}

// All is over but the last lines, and their reader is slow.
static void wait_for_reader(const struct pollfd *polls, nfds_t count, int64_t timeout_ms)
{
    ORACLE(script.told_stop && count == 1 && polls[0].events == POLLOUT && timeout_ms > 0 &&
               ++script.last_waits <= 6,
           "wait: %ld ms for the log, %u times", timeout_ms, script.last_waits);
    script.clock_ms += (uint64_t)timeout_ms;
    if (script_play() > 50)
        script.log_fault = LOG_WELL;
}

void kernel_wait(struct pollfd *polls, nfds_t count, int64_t timeout_ms)
{
    if (polls[0].fd == LOG_FD) {
        wait_for_reader(polls, count, timeout_ms);
        return;
    }
    check_rest();
    check_polls(polls, count, timeout_ms);
    script_check_totals();
    for (size_t i = 0; i < SCRIPT_QUEUES; i++) {
        script.queues[i].taken = script.queues[i].failures = 0;
        script.queues[i].waiting = false;
    }
    script.interrupted = false;
    if (script.log_fault == LOG_AGAIN || script.log_fault == LOG_INTERRUPTED)
        script.log_fault = LOG_WELL;
    uint64_t passed;
    bool ready;
    do {
        passed = script_play();
        ready = set_ready(polls, count);
        ORACLE(!script.closing || ++script.closing_waits < CLOSING_WAITS_MAX,
               "wait: the listener does not come to an end");
    } while (!ready && timeout_ms < 0 && !script.interrupted);
    if (!ready && !script.interrupted && passed < (uint64_t)timeout_ms)
        passed = (uint64_t)timeout_ms;
    script.clock_ms += passed;
    for (nfds_t i = 0; i < count && script.interrupted; i++)
        polls[i].revents = 0;
    for (nfds_t i = 2; i < count; i++)
        script.queues[i - 2].waiting = polls[i].revents != 0;
}

//// Connections

static int lowest_free(void)
{
    for (int fd = 0; fd < SCRIPT_FDS_MAX; fd++)
        if (!script.open[fd])
            return fd;
    oracle_fail("accept: descriptors are lost");
}

static void address_of(const struct script_arrival *arrival, union address *address)
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
    script.verdict = model_accept(&model, &script.client, reason);
}

// Who waits behind such an error is not known; behind others is somebody who can be told.
static bool hides_the_rest(int error)
{
    return error == EAGAIN || error == EMFILE || error == ENFILE || error == ENOBUFS ||
           error == ENOMEM;
}

static int fail_accept(size_t listener, int error)
{
    if (error != EAGAIN)
        EXPLAIN("accept: %s on socket %zu\n", strerrorname_np(error), listener);
    script.queues[listener].failed = model.phase == MODEL_REFUSING && hides_the_rest(error);
    if (model.phase == MODEL_REFUSING)
        return -error;
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
    return &script.queues[queue].arrivals[script.queues[queue].first++ % SCRIPT_QUEUE_MAX];
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
    address_of(arrival, client);
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
    ORACLE(model.phase == MODEL_REFUSING || ++script.queues[listener].taken <= BATCH_MAX,
           "accept: no turn for anybody else");
    if (script.queues[listener].count == 0)
        return fail_accept(listener, EAGAIN);
    if (script.no_descriptors && script.open[SPARE_FD])
        return fail_accept(listener, EMFILE);
    const struct script_arrival *arrival = next_arrival(listener);
    if (arrival->error != 0)
        return fail_accept(listener, arrival->error);
    int fd = lowest_free();
    judge(arrival, fd);
    address_of(arrival, client);
    EXPLAIN("accept: %d on socket %zu, to be %s\n", fd, listener,
            script.verdict == MODEL_ADMIT ? "served" : "refused");
    script.open[fd] = true;
    return fd;
}

static void close_listener(size_t listener)
{
    ORACLE(model.phase == MODEL_REFUSING, "close: listening socket %zu", listener);
    ORACLE(script.queues[listener].count == 0 || script.queues[listener].failed || script.passed,
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

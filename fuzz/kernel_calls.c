// SPDX-License-Identifier: ISC
//
// kernel_calls.c: echocell/kernel.h over the script, and what the listener may ask of it when.
#include "echocell/descriptors.h"
#include "echocell/kernel.h"
#include "model/listener_reader.h"
#include "oracle.h"
#include "scripted_kernel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define CLOSING_WAITS_MAX 200
#define READY_AGAIN_MS    200

void kernel_open_signals(void)
{
    script.signals_open = true;
}

void kernel_leave_rseq(void)
{
    script.rseq_left = true;
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
    for (size_t i = 0; i < count; i++)
        script.look_wanted |= signals[i].number == SIGCHLD;
    script.taken_count = count;
    script_tell_signals();
    return count;
}

// The dead may wait for the next look, but only for that.
static void check_dead(void)
{
    const bool may_wait = model.now_ms < script.look_due_ms;
    ORACLE(!script.look_wanted || may_wait, "wait: a look for the dead is due");
    if (script.dead_count == 0 || (may_wait && !script.some_are_late))
        return;
    for (size_t i = 0; i < script.child_room; i++) {
        struct script_child *child = &script.children[i];
        ORACLE(child->pid == 0 || !child->dead || child->late || may_wait,
               "wait: child %d is dead and not reaped", child->pid);
        child->late = false;
    }
    script.some_are_late = false;
}

static void check_ended(void)
{
    if (model.phase != MODEL_KILLING &&
        (model.phase != MODEL_ENDING || model.now_ms < model.drain_until_ms))
        return;
    for (size_t i = 0; i < model.options.max_sessions; i++)
        ORACLE(model.sessions[i].pid == 0 || model.sessions[i].ended,
               "wait: session %d was to be ended", model.sessions[i].pid);
}

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
    check_dead();
    check_ended();
    ORACLE(model.phase == MODEL_SERVING || model.active + model_busy(&model) > 0,
           "wait: all is done");
    ORACLE(!model_log_undecided(&model), "log: a line is lost without a try to make room");
}

static void check_polls(const struct pollfd *polls, nfds_t count)
{
    const bool accepts = model.phase == MODEL_SERVING && model.paused_until_ms <= model.now_ms;
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
}

static uint64_t sooner(uint64_t deadline, uint64_t at_ms)
{
    return at_ms > model.now_ms && at_ms < deadline ? at_ms : deadline;
}

// When something is to be done without being asked.
static uint64_t next_deadline(void)
{
    uint64_t deadline = sooner(UINT64_MAX, model.metrics_paused_until_ms);
    if (model.phase == MODEL_SERVING)
        deadline = sooner(deadline, model.paused_until_ms);
    if (model.phase == MODEL_ENDING)
        deadline = sooner(deadline, model.drain_until_ms);
    if (script.look_wanted)
        deadline = sooner(deadline, script.look_due_ms);
    if (model_log_waits(&model) > 0)
        deadline = sooner(deadline, model.now_ms + 1000);
    if (script.managed && !script.ready_told)
        deadline = sooner(deadline, script.ready_tried_ms + READY_AGAIN_MS);
    return deadline;
}

static void check_timeout(int64_t timeout_ms)
{
    const uint64_t deadline = next_deadline();
    ORACLE(timeout_ms >= -1 && timeout_ms != 0, "wait: %ld ms", timeout_ms);
    ORACLE(deadline == UINT64_MAX ||
               (timeout_ms > 0 && model.now_ms + (uint64_t)timeout_ms <= deadline),
           "wait: %ld ms, and something is due in %lu", timeout_ms, deadline - model.now_ms);
    ORACLE(!script.managed || script.ready_told ||
               model.now_ms < script.ready_tried_ms + READY_AGAIN_MS,
           "notify: READY=1 was to be said again");
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
    script.log_parted = false;
    if (script_play() > 50)
        script.log_fault = LOG_WELL;
}

static void begin_turn(void)
{
    for (size_t i = 0; i < SCRIPT_QUEUES; i++) {
        script.queues[i].taken = script.queues[i].failures = 0;
        script.queues[i].waiting = false;
    }
    script.interrupted = false;
    script.log_parted = false;
    if (script.log_fault == LOG_AGAIN || script.log_fault == LOG_INTERRUPTED ||
        script.log_fault == LOG_NOTHING)
        script.log_fault = LOG_WELL;
}

void kernel_wait(struct pollfd *polls, nfds_t count, int64_t timeout_ms)
{
    if (polls[0].fd == LOG_FD) {
        wait_for_reader(polls, count, timeout_ms);
        return;
    }
    check_rest();
    check_polls(polls, count);
    check_timeout(timeout_ms);
    script_check_totals();
    begin_turn();
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

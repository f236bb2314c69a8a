// SPDX-License-Identifier: ISC
#include "server.h"

#include "canary.h"
#include "descriptors.h"
#include "fatal.h"
#include "kernel.h"
#include "private.h"
#include "server_state.h"
#include "stack.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

// How long to wait before looking again whether the log can be written to.
#define LOG_RETRY_MS 200

// What the end may cost when the log cannot be written to.
#define LAST_LINES_MS 1000

static struct server *server; // in private memory: sessions do not inherit it

//// Before the drop

static void prepare_sources(uint32_t max_sessions)
{
    uint64_t seed;
    uint32_t capacity = sources_capacity(max_sessions);
    uint32_t buckets = sources_buckets(max_sessions);
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        fatal(EX_OSERR, "getrandom", "%s", strerror(errno));
    sources_start(&server->sources, private_allocate(capacity, sizeof(struct source)), capacity,
                  private_allocate(buckets, sizeof(uint32_t)), buckets, seed);
}

static struct session_plan plan; // in ordinary memory: it is what sessions inherit

void server_prepare(const struct options *options, const struct environment *environment)
{
    server = private_allocate(1, sizeof(*server));
    server->options = options;
    pulse_prepare(&server->pulse, environment);
    server->plan = &plan;
    registry_create(&server->registry, options->max_sessions);
    prepare_sources(options->max_sessions);
    server->crashes.times_ms = private_allocate(options->crash_budget + 1, sizeof(uint64_t));
    plan = (struct session_plan){
        .protocol = options->protocol,
        .ack = options->ack,
        .ack_length = strlen(options->ack),
        .idle_timeout_ms = options->idle_timeout_ms,
        .send_timeout_ms = options->send_timeout_ms,
        .session_timeout_ms = options->session_timeout_ms,
        .trace = options->trace,
        .trace_json = options->log_format == LOG_FORMAT_JSON,
        .trace_journal = environment->journal,
        .diagnose = options->diagnose,
    };
    int error =
        ledger_create(&plan.ledger, options->max_sessions + (options->metrics ? METRICS_CELLS : 0));
    if (error != 0)
        fatal(EX_OSERR, "ledger", "%s (lower --max-sessions)", strerror(error));
    metrics_prepare(server);
    for (size_t i = 0; i < options->listen_count; i++)
        session_tune(&plan, LISTEN_FD + (int)i);
    error = canary_prepare();
    if (error != 0)
        fatal(EX_OSERR, "stack canary", "%s", strerror(error));
    kernel_open_signals();
    kernel_leave_rseq();
}

const struct filter *server_bind_filter(void)
{
    static struct filter filter; // large: not in the plan, which is written as a whole
    const uint64_t parameters[] = {(uint64_t)getpid()};
    enum filter_kind kind = options_session_policy(server->options);
    plan.listener = getpid();
    filter_bind(&filter, filter_program(kind, plan.diagnose), parameters);
    plan.filter = &filter;
    metrics_bind_filter(server);
    return &filter;
}

void server_ready(layer_set layers)
{
    server->metrics.facts.layers = layers;
    server->now_ms = kernel_clock_ms();
    pulse_ready(server);
}

//// The loop

static void kill_sessions(void)
{
    server->phase = PHASE_KILLING;
    for (uint32_t i = 0; i < server->registry.capacity; i++) {
        struct session_record *record = &server->registry.records[i];
        if (record->pid == 0)
            continue;
        kernel_end(record->pid);
        record->drained = true;
    }
    metrics_kill(server);
}

void server_drain(struct server *s, const char *reason, int status)
{
    s->phase = PHASE_DRAINING;
    s->exit_status = status;
    s->drain_until_ms = s->now_ms + s->options->drain_timeout_ms;
    pulse_drain(s);
    report_drain(s, reason);
    for (size_t i = 0; i < s->options->listen_count; i++) {
        if (!s->options->passed) // else who waits there waits for the next instance
            accept_refuse_waiting(s, LISTEN_FD + (int)i);
        kernel_close(LISTEN_FD + (int)i);
    }
}

static void take_signal(const struct kernel_signal *signal)
{
    uint32_t number = signal->number;
    switch (number) {
    case SIGCHLD: reap_named(server, signal->sender); break;
    case SIGTERM:
    case SIGINT:
        if (server->phase == PHASE_SERVING)
            server_drain(server, number == SIGTERM ? "SIGTERM" : "SIGINT", EX_OK);
        else
            kill_sessions();
        break;
    case SIGUSR2: report_status(server); break;
    default: break;
    }
}

static void take_signals(void)
{
    enum { ROOM = 4 };
    struct kernel_signal signals[ROOM];
    size_t count;
    do {
        count = kernel_take_signals(signals, ROOM);
        for (size_t i = 0; i < count; i++)
            take_signal(&signals[i]);
    } while (count == ROOM); // fewer: those were all
}

bool server_is_accepting(const struct server *s)
{
    return s->phase == PHASE_SERVING && s->paused_until_ms <= s->now_ms;
}

// Of two waits, of which -1 is for ever.
static int64_t sooner(int64_t one, int64_t other)
{
    return one < 0 || (other >= 0 && other < one) ? other : one;
}

// Milliseconds until something must be done without being asked; -1: never.
static int64_t next_deadline(void)
{
    int64_t wait = -1;
    if (server->phase == PHASE_DRAINING)
        wait = (int64_t)(server->drain_until_ms - server->now_ms);
    if (server->phase == PHASE_SERVING && server->paused_until_ms > server->now_ms)
        wait = (int64_t)(server->paused_until_ms - server->now_ms);
    if (server->look_wanted)
        wait = sooner(wait, (int64_t)(server->look_due_ms - server->now_ms));
    if (log_pending() && (wait < 0 || wait > LOG_RETRY_MS))
        wait = LOG_RETRY_MS;
    return sooner(sooner(wait, pulse_wait(server)), metrics_wait(server));
}

// What is waited for: signals, metrics, then up to LISTEN_MAX sockets.
enum { POLL_SIGNALS, POLL_METRICS, POLL_LISTEN, POLLS = POLL_LISTEN + LISTEN_MAX };

static void wait_for_work(struct pollfd polls[POLLS])
{
    nfds_t count = POLL_LISTEN;
    polls[POLL_SIGNALS] = (struct pollfd){.fd = SIGNAL_FD, .events = POLLIN};
    polls[POLL_METRICS] =
        (struct pollfd){.fd = metrics_may_accept(server) ? METRICS_FD : -1, .events = POLLIN};
    if (server_is_accepting(server))
        for (size_t i = 0; i < server->options->listen_count; i++)
            polls[count++] = (struct pollfd){.fd = LISTEN_FD + (int)i, .events = POLLIN};
    kernel_wait(polls, count, next_deadline());
}

static __attribute__((noinline)) void turn(void)
{
    struct pollfd polls[POLLS] = {0};
    wait_for_work(polls);
    server->now_ms = kernel_clock_ms();
    if (polls[POLL_SIGNALS].revents != 0)
        take_signals();
    if (server->now_ms >= server->look_due_ms)
        reap_all(server);
    for (size_t i = 0; i < server->options->listen_count && server_is_accepting(server); i++)
        if (polls[POLL_LISTEN + i].revents != 0)
            accept_ready(server, LISTEN_FD + (int)i);
    if (polls[POLL_METRICS].revents != 0)
        metrics_accept(server);
    if (server->phase == PHASE_DRAINING && server->now_ms >= server->drain_until_ms)
        kill_sessions();
    pulse_beat(server);
    log_flush();
}

// A slow reader gets the last lines too; one that is stuck does not hold up the end.
static void flush_last_lines(void)
{
    struct pollfd polls[] = {{.fd = LOG_FD, .events = POLLOUT}};
    uint64_t until_ms = kernel_clock_ms() + LAST_LINES_MS;
    log_flush();
    while (log_pending() && kernel_clock_ms() < until_ms) {
        kernel_wait(polls, 1, LOG_RETRY_MS);
        log_flush();
    }
}

int server_run(void)
{
    // Down to where a page of the stack ends: all frames of a turn lie in the next one.
    plan.stack = __builtin_alloca((uintptr_t)__builtin_frame_address(0) % STACK_PAGE_BYTES + 1);
    server->now_ms = kernel_clock_ms();
    while (server->phase == PHASE_SERVING || server->registry.active + server->metrics.busy > 0)
        turn();
    report_stop(server);
    flush_last_lines();
    return server->exit_status;
}

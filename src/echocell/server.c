// SPDX-License-Identifier: ISC
#include "server.h"

#include "canary.h"
#include "descriptors.h"
#include "environment.h"
#include "fatal.h"
#include "notify.h"
#include "private.h"
#include "server_state.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// How long to wait before looking again whether the log can be written to.
#define LOG_RETRY_MS 200

static struct server *server; // in private memory: sessions do not inherit it

//// Before the drop

static void open_signals(void)
{
    sigset_t set;
    environment_signals(&set);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        fatal(EX_OSERR, "signalfd", "%s", strerror(errno));
    environment_move_descriptor(fd, SIGNAL_FD);
}

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

void server_prepare(const struct options *options, bool journal)
{
    server = private_allocate(1, sizeof(*server));
    server->options = options;
    server->plan = &plan;
    registry_create(&server->registry, options->max_sessions);
    prepare_sources(options->max_sessions);
    server->crashes.times_ms = private_allocate(options->crash_budget + 1, sizeof(uint64_t));
    plan = (struct session_plan){
        .protocol = options->protocol,
        .ack = options->ack,
        .idle_timeout_ms = options->idle_timeout_ms,
        .send_timeout_ms = options->send_timeout_ms,
        .session_timeout_ms = options->session_timeout_ms,
        .trace = options->trace,
        .trace_json = options->log_format == LOG_FORMAT_JSON,
        .trace_journal = journal,
        .diagnose = options->diagnose,
    };
    int error = ledger_create(&plan.ledger, options->max_sessions);
    if (error != 0)
        fatal(EX_OSERR, "ledger", "%s (lower --max-sessions)", strerror(error));
    error = canary_prepare();
    if (error != 0)
        fatal(EX_OSERR, "stack canary", "%s", strerror(error));
    open_signals();
}

const struct filter *server_bind_filter(void)
{
    const uint64_t parameters[] = {(uint64_t)getpid()};
    enum filter_kind kind = plan.trace ? FILTER_SESSION_TRACE : FILTER_SESSION;
    plan.listener = getpid();
    filter_bind(&plan.filter, filter_program(kind, plan.diagnose), parameters);
    return &plan.filter;
}

//// The loop

static void read_clock(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        bug("clock", "CLOCK_MONOTONIC cannot be read");
    server->now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void kill_sessions(void)
{
    server->phase = PHASE_KILLING;
    for (uint32_t i = 0; i < server->registry.capacity; i++) {
        struct session_record *record = &server->registry.records[i];
        if (record->pid == 0)
            continue;
        // It is a child that was not waited for yet, so the number is still its own.
        syscall(SYS_tgkill, (long)record->pid, (long)record->pid, (long)SIGKILL);
        record->drained = true;
    }
}

void server_drain(struct server *s, const char *reason, int status)
{
    s->phase = PHASE_DRAINING;
    s->exit_status = status;
    s->drain_until_ms = s->now_ms + s->options->drain_timeout_ms;
    notify_send("STOPPING=1");
    report_drain(s, reason);
    for (size_t i = 0; i < s->options->listen_count; i++) {
        accept_refuse_waiting(s, LISTEN_FD + (int)i);
        close(LISTEN_FD + (int)i);
    }
}

static void take_signal(uint32_t number)
{
    switch (number) {
    case SIGTERM:
    case SIGINT:
        if (server->phase == PHASE_SERVING)
            server_drain(server, number == SIGTERM ? "SIGTERM" : "SIGINT", EX_OK);
        else
            kill_sessions();
        break;
    case SIGUSR2: report_status(server); break;
    default: break; // SIGCHLD and SIGUSR1: the turn of the loop reaps
    }
}

static void take_signals(void)
{
    struct signalfd_siginfo pending[16];
    ssize_t got;
    while ((got = read(SIGNAL_FD, pending, sizeof(pending))) > 0)
        for (size_t i = 0; i < (size_t)got / sizeof(pending[0]); i++)
            take_signal(pending[i].ssi_signo);
}

static bool is_accepting(void)
{
    return server->phase == PHASE_SERVING && server->paused_until_ms <= server->now_ms;
}

// Milliseconds until something must be done without being asked; -1: never.
static int64_t next_deadline(void)
{
    int64_t wait = -1;
    if (server->phase == PHASE_DRAINING)
        wait = (int64_t)(server->drain_until_ms - server->now_ms);
    if (server->phase == PHASE_SERVING && server->paused_until_ms > server->now_ms)
        wait = (int64_t)(server->paused_until_ms - server->now_ms);
    if (log_pending() && (wait < 0 || wait > LOG_RETRY_MS))
        wait = LOG_RETRY_MS;
    return wait;
}

// Signals first, then up to LISTEN_MAX sockets.
static void wait_for_work(struct pollfd polls[1 + LISTEN_MAX])
{
    nfds_t count = 1;
    polls[0] = (struct pollfd){.fd = SIGNAL_FD, .events = POLLIN};
    if (is_accepting())
        for (size_t i = 0; i < server->options->listen_count; i++)
            polls[count++] = (struct pollfd){.fd = LISTEN_FD + (int)i, .events = POLLIN};
    int64_t wait = next_deadline();
    struct timespec timeout = {.tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000};
    if (ppoll(polls, count, wait < 0 ? NULL : &timeout, NULL) < 0)
        polls[0].revents = 0; // EINTR: nothing is known to be ready
}

static void turn(void)
{
    struct pollfd polls[1 + LISTEN_MAX] = {0};
    wait_for_work(polls);
    read_clock();
    if (polls[0].revents != 0)
        take_signals();
    reap_all(server);
    for (size_t i = 0; i < server->options->listen_count && is_accepting(); i++)
        if (polls[1 + i].revents != 0)
            accept_ready(server, LISTEN_FD + (int)i);
    if (server->phase == PHASE_DRAINING && server->now_ms >= server->drain_until_ms)
        kill_sessions();
    log_flush();
}

int server_run(void)
{
    read_clock();
    while (server->phase == PHASE_SERVING || server->registry.active > 0)
        turn();
    report_stop(server);
    log_flush();
    return server->exit_status;
}

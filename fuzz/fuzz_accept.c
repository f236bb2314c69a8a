// SPDX-License-Identifier: ISC
//
// fuzz_accept.c
//
// Target: the listener's loop: server.c, accept.c, reap.c, report.c, log.c, and what they keep:
// registry.c, sources.c, ledger.c, outcome.c, address.c.
// Threat: any number of clients from any address, children that die in any order and way and lie in
// their ledger, a system that is out of descriptors, memory or processes, signals at any time, a
// log that nobody reads.
//
// Input: 6 bytes of options (the fifth is the source table's secret), then the script of the kernel
// (kernel_script.c).
//
// Oracle: the model (model/listener_model.h). Every fork, refusal, kill and log line must be the
// one that it expects, every count its own; no descriptor is lost or closed twice, each child is
// reaped once, accepted = rejected + sessions + active, and after a drain the loop ends.
#include "echocell/descriptors.h"
#include "echocell/server.h"
#include "oracle.h"
#include "script_seam.h"
#include "scripted_kernel.h"
#include "table_memory.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#define HEADER_BYTES 6

// The one input that is a storm: it costs as much as a thousand others.
static const uint8_t STORM[] = {0x03, 0x02, 0x04, 0x00, 0x00, 0xee};

struct listener_model model;
struct server *scripted_server;
static uint8_t hash_seed;

// The source table's secret: a choice of the input, so that two runs are alike.
ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
    (void)flags;
    memset(buffer, hash_seed, length);
    return (ssize_t)length;
}

// In the place of clock_gettime(2) in metrics.c.
int script_clock_gettime(clockid_t clock, struct timespec *now)
{
    ORACLE(clock == CLOCK_REALTIME, "clock %d", (int)clock);
    *now = (struct timespec){.tv_sec = 1700000000, .tv_nsec = 123456789};
    return 0;
}

// In the place of fstat(2) in log.c.
int script_fstat(int fd, struct stat *about)
{
    ORACLE(fd == LOG_FD, "fstat: %d", fd);
    *about = (struct stat){.st_mode = script.log_is_file ? S_IFREG : S_IFIFO};
    return 0;
}

void session_tune(const struct session_plan *plan, int listen_fd)
{
    (void)plan;
    ORACLE(listen_fd == METRICS_FD || script.open[listen_fd], "tune: %d", listen_fd);
}

_Noreturn void session_run(const struct session_plan *plan, int connection, size_t slot)
{
    (void)plan;
    oracle_fail("session %zu on %d in the listener itself", slot, connection);
}

//// Options: the listener's own, and as the model takes them

static void exempt(struct options *options, const char *text)
{
    struct network *network = &options->exempt[options->exempt_count];
    struct model_options *mine = &model.options;
    ORACLE(address_parse_network(text, network) == NULL, "address: %s", text);
    memcpy(mine->exempt[options->exempt_count].bytes, network->bytes, 16);
    mine->exempt[options->exempt_count].bits = network->bits;
    mine->exempt_count = ++options->exempt_count;
}

static void choose_limits(struct options *options, const uint8_t *data)
{
    static const uint32_t sessions[] = {1, 2, 3, 4, 5, 8, 9, 16};
    static const uint32_t budgets[] = {0, 1, 2, 5};
    static const uint64_t penalties[] = {0, 1000, 90000, 3};
    static const uint64_t drains[] = {100, 10000, 1, 0};
    options->max_sessions = sessions[data[0] & 7];
    options->max_per_source = data[0] >> 3 & 3;
    options->listen_count = 1 + (size_t)(data[0] >> 5) % SCRIPT_LISTENERS_MAX;
    options->penalty_ms = penalties[data[1] & 3];
    options->crash_budget = budgets[data[1] >> 2 & 3];
    options->drain_timeout_ms = drains[data[1] >> 4 & 3];
    options->log_level = (enum log_level)(3 - (data[2] & 3));
    options->log_format = data[2] & 4 ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT;
    options->diagnose = data[2] & 16;
    options->metrics = data[3] & 8;
    options->passed = data[3] & 32;
}

static void choose(struct options *options, const uint8_t *data)
{
    memset(options, 0, sizeof(*options));
    options->ack = "k";
    choose_limits(options, data);
    const struct model_options mine = {
        .max_sessions = options->max_sessions,
        .max_per_source = options->max_per_source,
        .crash_budget = options->crash_budget,
        .penalty_ms = options->penalty_ms,
        .drain_timeout_ms = options->drain_timeout_ms,
        .log_level = (int)(3 - (data[2] & 3)),
        .json = data[2] & 4,
        .journal = data[2] & 8,
        .diagnose = data[2] & 16,
        .metrics = data[3] & 8,
    };
    model_start(&model, &mine);
    if (data[3] & 1)
        exempt(options, "10.0.0.0/8");
    else if (data[3] & 2)
        exempt(options, "192.0.2.16/28");
    if (data[3] & 4)
        exempt(options, "2001:db8:1::/48");
}

//// The listener's account against the model's

static void check_counts(const char *what, const uint64_t *mine, const uint64_t *theirs,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        ORACLE(mine[i] == theirs[i], "%s %zu: %lu, not %lu", what, i, theirs[i], mine[i]);
}

void script_check_totals(void)
{
    const struct server_totals *totals = &scripted_server->totals;
    uint64_t rejected = 0, ended = 0;
    check_counts("accepted", &model.accepted, &totals->accepted, 1);
    check_counts("rejected", model.rejected, totals->rejected, REJECT_REASONS);
    check_counts("sessions", model.ended, totals->sessions, OUTCOMES);
    check_counts("messages", &model.messages, &totals->messages, 1);
    check_counts("received", &model.received, &totals->received, 1);
    check_counts("sent", &model.sent, &totals->sent, 1);
    for (size_t i = 0; i < REJECT_REASONS; i++)
        rejected += totals->rejected[i];
    for (size_t i = 0; i < OUTCOMES; i++)
        ended += totals->sessions[i];
    check_counts("durations", model.durations, totals->durations.counts, MODEL_DURATIONS);
    check_counts("duration sum", &model.duration_sum_ms, &totals->durations.sum_ms, 1);
    check_counts("scrapes served", &model.scrapes_served, &totals->scrapes_served, 1);
    check_counts("scrapes failed", &model.scrapes_failed, &totals->scrapes_failed, 1);
    ORACLE(scripted_server->metrics.busy == model_busy(&model), "cells: %u, not %u",
           scripted_server->metrics.busy, model_busy(&model));
    ORACLE(totals->accepted == rejected + ended + scripted_server->registry.active,
           "accepted %lu, rejected %lu, sessions %lu, active %u", totals->accepted, rejected, ended,
           scripted_server->registry.active);
    ORACLE(scripted_server->registry.active == model_active(&model), "active: %u, not %u",
           scripted_server->registry.active, model_active(&model));
}

void script_tell_stop(void)
{
    if (!script.told_stop)
        model_stop(&model);
    script.told_stop = true;
}

static void check_end(int status)
{
    script_tell_stop();
    script_check_totals();
    ORACLE(status == model.status, "status: %d, not %d", status, model.status);
    ORACLE(model.phase != MODEL_SERVING && script_living() == 0, "end: %u sessions in phase %d",
           script_living(), model.phase);
    ORACLE(script.stopping == script.managed, "notify: STOPPING=1 %u times", script.stopping);
    ORACLE(script.log_fault != LOG_WELL || script.log_lossy || script.log_read == model.log_length,
           "log: %zu bytes were not written", model.log_length - script.log_read);
    for (int fd = LISTEN_FD; fd < SCRIPT_FDS_MAX; fd++)
        ORACLE(!script.open[fd], "end: descriptor %d is open", fd);
}

static void start_server(const struct options *options, const uint8_t *data)
{
    static char socket[] = "@manager";
    const struct environment environment = {
        .journal = data[2] & 8,
        .notify_socket = script.managed ? socket : NULL,
        .watchdog_ms = data[3] & 64 ? 3000 : 0,
    };
    log_open(options->log_level, options->log_format, environment.journal);
    server_prepare(options, &environment);
    scripted_server = table_memory_of(sizeof(struct server));
    server_bind_filter();
    server_ready(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct options options;
    if (size < HEADER_BYTES)
        return 0;
    choose(&options, data);
    hash_seed = data[4];
    script_start(data + HEADER_BYTES, size - HEADER_BYTES, options.listen_count);
    if (size == sizeof(STORM) && memcmp(data, STORM, sizeof(STORM)) == 0)
        script_storm();
    table_memory_reuse();
    script.managed = data[3] & 16;
    script.log_is_file = data[2] & 32;
    script.passed = options.passed;
    start_server(&options, data);
    check_end(server_run());
    const struct ledger *ledger = &scripted_server->plan->ledger;
    const size_t pages = options.max_sessions + (options.metrics ? METRICS_CELLS : 0);
    munmap(ledger->pages, pages * LEDGER_PAGE_BYTES);
    return 0;
}

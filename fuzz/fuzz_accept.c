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
// Input: 6 bytes of options (the fifth is the source table's secret; the sixth makes room for
// hundreds of sessions, among others), then the script of the kernel (kernel_script.c).
//
// Oracle: the model (model/listener_model.h). Every fork, refusal, kill and log line must be the
// one that it expects, every count its own; no descriptor is lost or closed twice, each child is
// reaped once, accepted = rejected + sessions + active, and after a drain the loop ends. Each page
// that is served says the same (model/metrics_model.h).
#include "echocell/descriptors.h"
#include "echocell/server.h"
#include "model/listener_reader.h"
#include "model/listener_start.h"
#include "oracle.h"
#include "script_seam.h"
#include "scripted_kernel.h"
#include "table_memory.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#define HEADER_BYTES  6
#define QUEUE_CHECKED 64

// The inputs that have no script: each costs as much as a thousand others.
static const struct {
    uint8_t bytes[HEADER_BYTES];
    enum script_play play;
} PLAYS[] = {
    {{0x03, 0x02, 0x04, 0x00, 0x00, 0xee}, PLAY_STORM},
    {{0x00, 0x02, 0x01, 0x00, 0x00, 0xed}, PLAY_CROWD},
    {{0x03, 0x02, 0x01, 0x00, 0x00, 0xec}, PLAY_FLOOD},
};

struct listener_model model;
struct server *scripted_server;
static uint8_t hash_seed;

void __real_report_stop(const struct server *server);
void __wrap_report_stop(const struct server *server);

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
    *now = (struct timespec){.tv_sec = SCRIPT_STARTED_MS / 1000,
                             .tv_nsec = SCRIPT_STARTED_MS % 1000 * 1000000 + 456789};
    return 0;
}

// In the place of fstat(2) in log.c.
int script_fstat(int fd, struct stat *about)
{
    ORACLE(fd == LOG_FD, "fstat: %d", fd);
    *about = (struct stat){.st_mode = script.log_is_file ? S_IFREG : S_IFIFO};
    return script.log_unknown ? -1 : 0;
}

// The pages of the last run, with what its sessions have left: none may be used before it is reset.
void *script_mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
    static union ledger_page pages[MODEL_SESSIONS_MAX + METRICS_CELLS];
    ORACLE(at == NULL && length <= sizeof(pages) && length % sizeof(pages[0]) == 0 &&
               protection == (PROT_READ | PROT_WRITE) && flags == (MAP_SHARED | MAP_ANONYMOUS) &&
               fd == -1 && offset == 0,
           "mmap: %zu bytes, flags %#x", length, (unsigned)flags);
    return pages;
}

int script_madvise(void *at, size_t length, int advice)
{
    ORACLE(at != NULL && length > 0 && advice == MADV_DONTFORK, "madvise: %d", advice);
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

static enum script_play play_of(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof(PLAYS) / sizeof(PLAYS[0]); i++)
        if (size == HEADER_BYTES && memcmp(data, PLAYS[i].bytes, HEADER_BYTES) == 0)
            return PLAYS[i].play;
    return PLAY_SCRIPT;
}

static void choose_limits(struct options *options, const uint8_t *data)
{
    static const uint32_t few[] = {1, 2, 3, 4, 5, 8, 9, 16};
    static const uint32_t many[] = {64, 65, 100, 127, 128, 192, 255, 256};
    static const uint32_t budgets[] = {0, 1, 2, 5};
    static const uint64_t penalties[] = {0, 1000, 90000, 3};
    static const uint64_t drains[] = {100, 10000, 1, 0};
    // Two bits, as such a run takes long: it is not to be met by every second mutation.
    options->max_sessions = (data[5] & 0x81) == 0x81 ? many[data[0] & 7] : few[data[0] & 7];
    if (play_of(data, HEADER_BYTES) == PLAY_CROWD)
        options->max_sessions = MODEL_SESSIONS_MAX;
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
    options->trace = data[5] & 2;
    options->protocol = (enum protocol_kind)((data[5] >> 4 & 3) % 3);
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

// The sources that are only remembered stand in one chain, each once.
static void check_queue(const struct sources *sources)
{
    uint32_t before = SOURCE_NONE, at = sources->oldest;
    for (unsigned i = 0; i < QUEUE_CHECKED && at != SOURCE_NONE; i++) {
        const struct source *source = &sources->table[at];
        ORACLE(source->queued && source->sessions == 0 && source->older == before,
               "sources: %u is behind %u, but not in the queue", at, before);
        before = at;
        at = source->newer;
    }
    ORACLE(at != SOURCE_NONE || before == sources->newest, "sources: the queue ends at %u, not %u",
           before, sources->newest);
}

void script_check_totals(void)
{
    const struct server_totals *totals = &scripted_server->totals;
    uint64_t rejected = 0, ended = 0;
    check_queue(&scripted_server->sources);
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
    ORACLE(scripted_server->registry.active == model.active, "active: %u, not %u",
           scripted_server->registry.active, model.active);
}

// Bound in the place of report_stop(): the moment from which the last line is due.
void __wrap_report_stop(const struct server *server)
{
    ORACLE(!script.told_stop, "stop: said twice");
    script.told_stop = true;
    model_stop(&model);
    __real_report_stop(server);
}

static void check_end(int status)
{
    script_check_totals();
    ORACLE(script.told_stop && !model_log_undecided(&model), "end: without a last line");
    ORACLE(status == model.status, "status: %d, not %d", status, model.status);
    ORACLE(model.phase != MODEL_SERVING && script_living() == 0, "end: %u sessions in phase %d",
           script_living(), model.phase);
    ORACLE(script.stopping == script.managed, "notify: STOPPING=1 %u times", script.stopping);
    ORACLE(script.log_fault != LOG_WELL || model_log_waits(&model) == 0,
           "log: %zu bytes were not written", model_log_waits(&model));
    for (int fd = LISTEN_FD; fd < SCRIPT_FDS_MAX; fd++)
        ORACLE(!script.open[fd], "end: descriptor %d is open", fd);
}

// What is said of a start; addresses and layers are choices of the input.
static void say_start(struct options *options, const uint8_t *data)
{
    static const char *const protocols[] = {"ack", "echo", "record"};
    const struct identity identity = {.uid = 1000, .gid = 1001};
    struct model_client addresses[SCRIPT_LISTENERS_MAX + 1];
    for (size_t i = 0; i <= options->listen_count; i++) {
        const struct script_arrival arrival = script_arrival_of((uint8_t)(data[0] + 32 * i));
        addresses[i] = arrival.client;
        script_address_of(&arrival, i < options->listen_count ? &options->listen[i]
                                                              : &options->metrics_address);
    }
    const struct model_facts facts = {
        .listen = addresses,
        .listen_count = options->listen_count,
        .protocol = protocols[options->protocol],
        .policy_sha256 = filter_program(options_session_policy(options), false)->sha256,
        .pid = getpid(),
        .uid = identity.uid,
        .gid = identity.gid,
        .layers = script.layers,
        .metrics = options->metrics ? &addresses[options->listen_count] : NULL,
    };
    model_starts(&model, &facts);
    report_fallback_user();
    if (options->metrics)
        report_metrics(options);
    report_listening(options, &identity, script.layers);
}

static void start_server(struct options *options, const uint8_t *data)
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
    const uint64_t secret = UINT64_C(0x0101010101010101) * hash_seed;
    ORACLE((scripted_server->sources.seed | 1) == (secret | 1), "sources: the secret is not used");
    server_bind_filter();
    script.layers = (data[4] * UINT32_C(0x010101)) & LAYERS_ALL;
    server_ready(script.layers);
    if (data[5] & 64)
        say_start(options, data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct options options;
    if (size < HEADER_BYTES)
        return 0;
    choose(&options, data);
    hash_seed = data[4];
    script_start(data + HEADER_BYTES, size - HEADER_BYTES, options.listen_count);
    if (play_of(data, size) != PLAY_SCRIPT)
        script_play_instead(play_of(data, size));
    table_memory_reuse();
    script.managed = data[3] & 16;
    script.log_is_file = (data[2] & 32) && !(data[5] & 4);
    script.log_unknown = data[5] & 4;
    script.manager_full = data[5] & 8;
    script.passed = options.passed;
    start_server(&options, data);
    check_end(server_run());
    return 0;
}

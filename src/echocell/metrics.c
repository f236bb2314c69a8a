// SPDX-License-Identifier: ISC
#include "metrics.h"

#include "descriptors.h"
#include "fatal.h"
#include "kernel.h"
#include "server_state.h"

#include <errno.h>
#include <string.h>
#include <time.h>

// A scraper asks at once and reads at once.
#define IDLE_MS  2000
#define SEND_MS  2000
#define WHOLE_MS 5000

#define PAUSE_MS   100
#define HEAD_BYTES 256

// Both in ordinary memory, so that a cell inherits them; the page only from its rendering to the
// fork: no session is to know what others do.
static struct session_plan plan;
static char page[HEAD_BYTES + METRICS_PAGE_BYTES];

static uint64_t wall_clock_ms(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        bug("clock", "CLOCK_REALTIME cannot be read");
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void metrics_prepare(struct server *server)
{
    const struct options *options = server->options;
    const struct filter_program *session = filter_program(options_session_policy(options), false);
    server->metrics.wanted = options->metrics;
    server->metrics.facts = (struct metrics_facts){
        .session_policy = options->trace ? "session-trace" : "session",
        .session_sha256 = session->sha256,
        .listener_sha256 = filter_program(FILTER_LISTENER, false)->sha256,
        .started_ms = wall_clock_ms(),
        .max_sessions = options->max_sessions,
    };
}

void metrics_bind_filter(struct server *server)
{
    static struct filter filter;
    const uint64_t parameters[] = {(uint64_t)server->plan->listener};
    if (!server->metrics.wanted)
        return;
    plan.listener = server->plan->listener;
    plan.ack = "";
    plan.idle_timeout_ms = IDLE_MS;
    plan.send_timeout_ms = SEND_MS;
    plan.session_timeout_ms = WHOLE_MS;
    plan.diagnose = server->plan->diagnose;
    plan.ledger = server->plan->ledger;
    plan.page = page;
    plan.untuned = true; // always: scrapes are few
    filter_bind(&filter, filter_program(FILTER_SESSION, plan.diagnose), parameters);
    plan.filter = &filter;
}

bool metrics_may_accept(const struct server *server)
{
    const struct metrics *metrics = &server->metrics;
    // A drain is worth watching, but no scraper may hold up its end.
    bool open = server->phase == PHASE_SERVING ||
                (server->phase == PHASE_DRAINING && server->registry.active > 0);
    return metrics->wanted && open && metrics->busy < METRICS_CELLS &&
           metrics->paused_until_ms <= server->now_ms;
}

int64_t metrics_wait(const struct server *server)
{
    uint64_t until = server->metrics.paused_until_ms;
    return until > server->now_ms ? (int64_t)(until - server->now_ms) : -1;
}

// Head and page in one piece.
static void render(const struct server *server)
{
    char bytes[HEAD_BYTES];
    struct text head = {.bytes = bytes, .room = sizeof(bytes)};
    struct text body = {.bytes = page + HEAD_BYTES, .room = METRICS_PAGE_BYTES};
    metrics_render(&body, &server->metrics.facts, &server->totals, server->registry.active);
    metrics_render_head(&head, body.used);
    if (head.cut || body.cut)
        bug("metrics", "the page is longer than its buffer");
    memmove(page + head.used, body.bytes, body.used);
    memcpy(page, head.bytes, head.used);
    plan.stack = server->plan->stack;
    plan.page_length = head.used + body.used;
}

static struct metrics_cell *free_cell(struct metrics *metrics)
{
    struct metrics_cell *cell = metrics->cells;
    while (cell->pid != 0)
        cell++;
    return cell;
}

// Behind the pages of the clients' sessions.
static uint32_t slot_of(const struct server *server, const struct metrics_cell *cell)
{
    return server->registry.capacity + (uint32_t)(cell - server->metrics.cells);
}

static pid_t start_cell(struct server *server, int connection, struct metrics_cell *cell)
{
    render(server);
    pid_t pid = fork_cell(server, &plan, connection, slot_of(server, cell));
    memset(page, 0, HEAD_BYTES + METRICS_PAGE_BYTES);
    return pid;
}

// Who waits is still there afterwards.
static void rest(struct server *server, int error)
{
    report_accept_failed(server, error);
    server->metrics.paused_until_ms = server->now_ms + PAUSE_MS;
}

static void serve_scrape(struct server *server, int connection, const union address *client)
{
    struct metrics_cell *cell = free_cell(&server->metrics);
    pid_t pid = start_cell(server, connection, cell);
    kernel_close(connection);
    if (pid < 0) {
        server->totals.scrapes_failed++;
        rest(server, -pid);
        return;
    }
    *cell = (struct metrics_cell){.pid = pid, .started_ms = server->now_ms, .client = *client};
    server->metrics.busy++;
}

void metrics_accept(struct server *server)
{
    union address client = {0};
    if (!metrics_may_accept(server))
        return;
    int connection = kernel_accept(METRICS_FD, &client);
    if (connection >= 0)
        serve_scrape(server, connection, &client);
    else if (connection != -EAGAIN)
        rest(server, -connection);
}

static struct metrics_cell *find_cell(struct metrics *metrics, pid_t pid)
{
    for (size_t i = 0; i < METRICS_CELLS; i++)
        if (metrics->cells[i].pid == pid)
            return &metrics->cells[i];
    return NULL;
}

bool metrics_bury(struct server *server, pid_t pid, int status, enum outcome *outcome)
{
    struct ledger_entry entry;
    struct metrics_cell *cell = find_cell(&server->metrics, pid);
    if (cell == NULL)
        return false;
    *outcome = outcome_of_wait(status, server->phase == PHASE_KILLING);
    (void)ledger_read(&plan.ledger.pages[slot_of(server, cell)], &entry); // made safe; only printed
    if (*outcome == OUTCOME_EOF)
        server->totals.scrapes_served++;
    else
        server->totals.scrapes_failed++;
    report_scrape(server, cell, *outcome, &entry);
    cell->pid = 0;
    server->metrics.busy--;
    return true;
}

void metrics_kill(struct server *server)
{
    for (size_t i = 0; i < METRICS_CELLS; i++)
        if (server->metrics.cells[i].pid != 0)
            kernel_end(server->metrics.cells[i].pid);
}

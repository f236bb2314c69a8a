// SPDX-License-Identifier: ISC
//
// kernel_page.c: what a cell is given to serve: the page of metrics, and how long it may take.
#include "echocell/kernel.h"
#include "model/metrics_model.h"
#include "oracle.h"
#include "scripted_kernel.h"

pid_t __real_fork_cell(struct server *server, const struct session_plan *plan, int connection,
                       uint32_t slot);
pid_t __wrap_fork_cell(struct server *server, const struct session_plan *plan, int connection,
                       uint32_t slot);

// Bound in the place of fork_cell() in metrics.c: a moment later the child would have it all.
pid_t __wrap_fork_cell(struct server *server, const struct session_plan *plan, int connection,
                       uint32_t slot)
{
    const struct options *options = server->options;
    const struct metrics_model_facts facts = {
        .session_policy = options->trace ? "session-trace" : "session",
        .session_sha256 = filter_program(options_session_policy(options), false)->sha256,
        .listener_sha256 = filter_program(FILTER_LISTENER, false)->sha256,
        .version = ECHOCELL_VERSION,
        .layers = script.layers,
        .started_ms = SCRIPT_STARTED_MS,
    };
    ORACLE(plan->page != NULL && script.scrapes, "scrape: without a page");
    metrics_model_answer(&model, &facts, plan->page, plan->page_length);
    ORACLE(plan->idle_timeout_ms == 2000 && plan->send_timeout_ms == 2000 &&
               plan->session_timeout_ms == 5000 && !plan->trace && plan->untuned,
           "scrape: idle %lu, send %lu, all %lu ms, trace %d, untuned %d", plan->idle_timeout_ms,
           plan->send_timeout_ms, plan->session_timeout_ms, plan->trace, plan->untuned);
    script.page = plan->page;
    return __real_fork_cell(server, plan, connection, slot);
}

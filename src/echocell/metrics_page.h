// SPDX-License-Identifier: ISC
//
// metrics_page.h: the metrics as text: OpenMetrics 1.0
// (https://github.com/prometheus/OpenMetrics, specification/OpenMetrics.md). Pure. No label names a
// client.
#ifndef ECHOCELL_METRICS_PAGE_H
#define ECHOCELL_METRICS_PAGE_H

#include "layers.h"
#include "text.h"
#include "totals.h"

// With every number at its largest the page is shorter than this.
#define METRICS_PAGE_BYTES 16384

// What does not change while it serves.
struct metrics_facts {
    const char *session_policy; // `session` or `session-trace`
    const char *session_sha256;
    const char *listener_sha256;
    layer_set layers;
    uint64_t started_ms; // since 1970
    uint32_t max_sessions;
};

// Adds the whole page, from the first `# TYPE` to `# EOF`.
void metrics_render(struct text *page, const struct metrics_facts *facts,
                    const struct server_totals *totals, uint32_t active);

// Adds the head of the HTTP answer (RFC 9112) that announces a page of so many bytes.
void metrics_render_head(struct text *head, size_t page_bytes);

#endif

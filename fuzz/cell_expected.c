// SPDX-License-Identifier: ISC
#include "cell_expected.h"

#include <signal.h>
#include <sys/syscall.h>

#define REQUEST_MAX_BYTES 16384
#define BULK_BYTES        4096 // behind a quit: more is worth waiting for

static enum outcome of_ending(const struct cell *cell)
{
    if (cell->ending == CELL_HOLD)
        return OUTCOME_SESSION_TIMEOUT;
    if (cell->ending == CELL_KILLED && cell->signal == SIGKILL)
        return cell->drained ? OUTCOME_DRAINED : OUTCOME_KILLED;
    if (cell->ending == CELL_KILLED)
        return cell->signal == SIGTERM ? OUTCOME_KILLED : OUTCOME_CRASH;
    return cell->ending == CELL_SILENCE ? OUTCOME_IDLE_TIMEOUT : OUTCOME_EOF;
}

// Behind the end of what it serves a session drops what comes, and waits for more of it only from a
// sender of much: then it is in time for what ends a session that waits.
static bool is_caught_draining(const struct cell *cell, const struct protocol_model *model)
{
    size_t behind = 0, at = 0;
    for (size_t i = 0; i < cell->packet_count; i++) {
        const bool asked = at >= model->ended_at;
        at += cell->packets[i];
        if (asked || (at >= model->ended_at && cell->plan.page == NULL))
            behind += cell->packets[i];
    }
    return cell->ending >= CELL_KILLED && behind > BULK_BYTES;
}

// Whoever asks for a page, or stops asking, gets it.
static enum outcome of_page(const struct cell *cell, const struct protocol_model *model)
{
    const bool asked = model->ended_at <= cell->length;
    if (!asked && cell->length >= REQUEST_MAX_BYTES)
        return OUTCOME_RESET;
    if (asked ? is_caught_draining(cell, model) : cell->ending >= CELL_SILENCE)
        return of_ending(cell);
    return cell->ending == CELL_VANISH ? OUTCOME_RESET : OUTCOME_EOF;
}

enum outcome cell_expected(const struct cell *cell, const struct protocol_model *model)
{
    if (cell->fault == CELL_REFUSED && cell->refusal->call == SYS_recvfrom)
        return OUTCOME_RESET;
    if (cell->fault == CELL_REFUSED && cell->refusal->call == SYS_sendto && model->reply_length > 0)
        return OUTCOME_RESET;
    if (cell->plan.page != NULL)
        return of_page(cell, model);
    if (cell->ending == CELL_VANISH && model->reply_length > 0)
        return OUTCOME_RESET;
    if (cell->deaf && model->reply_length > DEAF_BYTES)
        return OUTCOME_SEND_TIMEOUT;
    bool quits = model->ended && (cell->ending < CELL_SILENCE || model->ended_at <= cell->length);
    return quits && !is_caught_draining(cell, model) ? OUTCOME_QUIT : of_ending(cell);
}

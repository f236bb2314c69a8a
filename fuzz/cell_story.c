// SPDX-License-Identifier: ISC
#include "cell_story.h"

#include "oracle.h"

#include <string.h>
#include <sys/wait.h>

static void tell_fault(const struct cell *cell)
{
    static const char *const faults[] = {[CELL_ORPHAN] = "the listener is somebody else",
                                         [CELL_NO_FILTER] = "the kernel takes no filter",
                                         [CELL_NO_SOCKET] = "the connection is not open",
                                         [CELL_OTHER_FILTER] = "the filter is another listener's"};
    if (cell->fault == CELL_FORBIDDEN)
        EXPLAIN("behind the filter it makes call %#x\n", cell->forbidden);
    else if (cell->fault == CELL_REFUSED)
        EXPLAIN("the kernel answers call %d with %s\n", cell->refusal->call,
                cell->refusal->error == 0 ? "nothing done" : strerrorname_np(cell->refusal->error));
    else if (cell->fault != CELL_SOUND)
        EXPLAIN("%s\n", faults[cell->fault]);
}

static void tell_client(const struct cell *cell)
{
    static const char *const endings[] = {[CELL_END] = "closes",
                                          [CELL_VANISH] = "is gone already",
                                          [CELL_SILENCE] = "says no more",
                                          [CELL_KILLED] = "waits, and the session is killed",
                                          [CELL_HOLD] = "stays"};
    for (size_t i = 0, at = 0; i < cell->packet_count; at += cell->packets[i++])
        explain_bytes("the client sends", cell->stream + at, cell->packets[i]);
    EXPLAIN("then it %s%s%s\n", endings[cell->ending], cell->deaf ? "; it does not read" : "",
            cell->patient ? "; the clock is the kernel's" : "");
}

static void tell_end(const struct cell *cell)
{
    if (WIFSIGNALED(cell->status))
        EXPLAIN("the session ended by SIG%s\n", sigabbrev_np(WTERMSIG(cell->status)));
    else
        EXPLAIN("the session ended with exit status %d\n", WEXITSTATUS(cell->status));
}

void cell_tell(const struct cell *cell, const struct protocol_model *model)
{
    static const char *const kinds[] = {
        [PROTOCOL_ACK] = "ack", [PROTOCOL_ECHO] = "echo", [PROTOCOL_RECORD] = "record"};
    EXPLAIN("%s, acknowledgement of %zu bytes%s%s%s\n",
            cell->plan.page != NULL ? "page" : kinds[cell->plan.protocol], strlen(cell->plan.ack),
            cell->plan.trace ? ", traced" : "", cell->plan.diagnose ? ", diagnosing" : "",
            cell->inspect ? ", inspected" : "");
    tell_fault(cell);
    tell_client(cell);
    explain_bytes("the model's reply", model->reply, model->reply_length);
    explain_bytes("the session replied", cell->reply, cell->reply_length);
    tell_end(cell);
}

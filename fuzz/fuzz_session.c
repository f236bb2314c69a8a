// SPDX-License-Identifier: ISC
//
// fuzz_session.c
//
// Target: session.c and all that it calls, in a process of its own, behind the real filter: setup,
// serve.c, protocol.c, transport.c, trace.c, farewell.
//
// Threat: a client that brings the session to a system call that the filter does not have, or out
// of the state that the setup has put it into; and everything of fuzz_protocol.
//
// Input: kind (the fourth asks for a page), trace, diagnose, inspect; acknowledgement length and
// deafness; ending, fault and slot; number of cuts; the cuts; the stream.
//
// Oracle: in the parent. How the session ended (a signal is named: SIGSYS is a forbidden call), the
// whole reply, the trace, the counts in its ledger page, SIGUSR1; and, where the input asks for it,
// the confined process itself, from outside.
#include "cell.h"
#include "echocell/outcome.h"
#include "model/protocol_model.h"
#include "model/trace_model.h"
#include "oracle.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define HEADER_BYTES      4
#define WORK_BYTES        16384 // of stream and reply: what lies in the sockets without a reader
#define DEAF_BYTES        16384 // surely do not fit between the session and a peer that does not read
#define REQUEST_MAX_BYTES 16384
#define IDLE_MS           60000
#define IDLE_SHORT_MS     2
#define SESSION_MS        5000
#define SESSION_SHORT_MS  40

static const uint8_t ACK[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
static const char PAGE[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n# EOF\n";
static struct cell cell;
static struct protocol_model model;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    cell_prepare();
    return 0;
}

// What waits for time to pass is seldom: it costs as much as a hundred others.
static enum cell_ending ending_of(uint8_t choice)
{
    if (choice == 0xff)
        return CELL_HOLD;
    if (choice >= 0xf8)
        return CELL_SILENCE;
    return choice >= 0xc0 ? CELL_VANISH : CELL_END;
}

static void choose_plan(const uint8_t *data, char *ack)
{
    static const enum protocol_kind kinds[] = {PROTOCOL_ACK, PROTOCOL_ECHO, PROTOCOL_RECORD,
                                               PROTOCOL_ACK};
    const bool page = (data[0] & 3) == 3;
    memcpy(ack, ACK, 1 + data[1] % 64U);
    ack[1 + data[1] % 64U] = '\0';
    cell.ending = ending_of(data[2]);
    cell.fault = CELL_SOUND;
    if (data[2] >= 0xb0 && data[2] < 0xc0)
        cell.fault = (enum cell_fault)(1 + (data[2] & 3));
    cell.slot = data[2] % CELL_PAGES;
    cell.deaf = data[1] >> 6 == 3 && cell.ending == CELL_END && cell.fault == CELL_SOUND;
    cell.plan = (struct session_plan){
        .protocol = kinds[data[0] & 3],
        .ack = ack,
        .idle_timeout_ms = cell.ending == CELL_SILENCE ? IDLE_SHORT_MS : IDLE_MS + (data[2] & 12U),
        .send_timeout_ms = cell.deaf ? 4 : 2000,
        .session_timeout_ms = cell.ending == CELL_HOLD ? SESSION_SHORT_MS : SESSION_MS,
        .page = page ? PAGE : NULL,
        .page_length = page ? sizeof(PAGE) - 1 : 0,
        .trace = (data[0] & 4) && !page,
        .trace_json = data[0] & 8,
        .trace_journal = data[0] & 16,
        .diagnose = data[0] & 32,
    };
}

static void ask_model(const char *ack)
{
    const uint8_t *bytes = (const uint8_t *)ack;
    if (cell.plan.page != NULL)
        protocol_model_page(&model, cell.stream, cell.length, PAGE, sizeof(PAGE) - 1);
    else if (cell.plan.protocol == PROTOCOL_ECHO)
        protocol_model_echo(&model, cell.stream, cell.length);
    else if (cell.plan.protocol == PROTOCOL_RECORD)
        protocol_model_record(&model, cell.stream, cell.length, bytes, strlen(ack));
    else
        protocol_model_ack(&model, cell.stream, cell.length, bytes, strlen(ack));
}

// Cut so that neither a packet nor a reply waits for somebody to read it.
static size_t bounded(const uint8_t *stream, size_t length)
{
    size_t work = 0, taken = 0;
    while (taken < length && work < WORK_BYTES) {
        work += stream[taken] == '\n' || stream[taken] == '\0' ? 65 : 1;
        taken++;
    }
    return taken;
}

// Whoever asks for a page, or stops asking, gets it.
static enum outcome expected_of_page(void)
{
    const bool asked = model.ended_at <= cell.length;
    if (!asked && cell.length >= REQUEST_MAX_BYTES)
        return OUTCOME_RESET;
    if (!asked && cell.ending >= CELL_SILENCE)
        return cell.ending == CELL_HOLD ? OUTCOME_SESSION_TIMEOUT : OUTCOME_IDLE_TIMEOUT;
    return cell.ending == CELL_VANISH ? OUTCOME_RESET : OUTCOME_EOF;
}

static enum outcome expected(void)
{
    if (cell.plan.page != NULL)
        return expected_of_page();
    if (cell.ending == CELL_VANISH && model.reply_length > 0)
        return OUTCOME_RESET;
    if (cell.deaf && model.reply_length > DEAF_BYTES)
        return OUTCOME_SEND_TIMEOUT;
    bool quits = model.ended && (cell.ending < CELL_SILENCE || model.ended_at <= cell.length);
    if (quits)
        return OUTCOME_QUIT;
    if (cell.ending >= CELL_SILENCE)
        return cell.ending == CELL_HOLD ? OUTCOME_SESSION_TIMEOUT : OUTCOME_IDLE_TIMEOUT;
    return OUTCOME_EOF;
}

static void check_death(void)
{
    const enum outcome due = expected();
    const int status = cell.status;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM && due == OUTCOME_SESSION_TIMEOUT)
        return;
    ORACLE(!WIFSIGNALED(status), "session: SIG%s%s", sigabbrev_np(WTERMSIG(status)),
           WTERMSIG(status) == SIGSYS ? ", a call that the filter does not have" : "");
    ORACLE(WEXITSTATUS(status) != OUTCOME_SETUP_FAILED, "session: setup: %s: %s",
           ledger_step_word(cell.entry.failed_step), strerror((int)cell.entry.failed_errno));
    ORACLE(WEXITSTATUS(status) != OUTCOME_TRAPPED, "session: call %u of %#x",
           cell.entry.violation_number, cell.entry.violation_arch);
    if (cell.deaf && model.reply_length <= DEAF_BYTES &&
        WEXITSTATUS(status) == OUTCOME_SEND_TIMEOUT)
        return;
    ORACLE(WEXITSTATUS(status) == (int)due, "session: exit status %d, not %d (%s)",
           WEXITSTATUS(status), due, outcome_word(due));
}

// Nothing is ever served unconfined, and a violation ends what it is.
static void check_fault(void)
{
    static const uint32_t steps[] = {[CELL_ORPHAN] = SETUP_PARENT,
                                     [CELL_NO_FILTER] = SETUP_FILTER,
                                     [CELL_NO_SOCKET] = SETUP_DESCRIPTORS};
    const int status = cell.status;
    ORACLE(!cell.told, "fault: the listener was told");
    if (cell.fault == CELL_OTHER_FILTER) {
        const bool trapped = WIFEXITED(status) && WEXITSTATUS(status) == OUTCOME_TRAPPED &&
                             cell.entry.violation_number == SYS_kill &&
                             cell.entry.violation_arch != 0;
        const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
        ORACLE(cell.plan.diagnose ? trapped : killed, "fault: status %#x, call %u", status,
               cell.entry.violation_number);
        return;
    }
    ORACLE(WIFEXITED(status) && WEXITSTATUS(status) == OUTCOME_SETUP_FAILED &&
               cell.entry.failed_step == steps[cell.fault] && cell.entry.failed_errno != 0,
           "fault %d: status %#x at step %s", cell.fault, status,
           ledger_step_word(cell.entry.failed_step));
    ORACLE(cell.reply_length == 0 && cell.entry.received == 0, "fault %d: it has served",
           cell.fault);
}

static void check_reply(void)
{
    const struct ledger_entry *entry = &cell.entry;
    ORACLE(cell.reply_length <= model.reply_length &&
               memcmp(cell.reply, model.reply, cell.reply_length) == 0,
           "reply: not that of the model, in %zu bytes", cell.reply_length);
    ORACLE(entry->received <= cell.length && entry->messages <= model.messages,
           "counts: received %lu of %zu, messages %lu of %lu", entry->received, cell.length,
           entry->messages, model.messages);
    ORACLE(cell.ending == CELL_HOLD || entry->sent == cell.reply_length, "counts: sent %lu of %zu",
           entry->sent, cell.reply_length);
}

// It came to its own end, so nothing is missing.
static void check_whole(enum outcome outcome)
{
    const struct ledger_entry *entry = &cell.entry;
    if (outcome == OUTCOME_EOF || outcome == OUTCOME_QUIT) {
        ORACLE(cell.reply_length == model.reply_length, "reply: %zu bytes of %zu",
               cell.reply_length, model.reply_length);
        ORACLE(entry->messages == model.messages, "counts: messages %lu, not %lu", entry->messages,
               model.messages);
    }
    if (outcome != OUTCOME_RESET && outcome != OUTCOME_SEND_TIMEOUT)
        ORACLE(entry->received == cell.length, "counts: received %lu of %zu", entry->received,
               cell.length);
    ORACLE(cell.told, "session: the listener was not told");
}

static void check_trace(void)
{
    struct trace_model trace = {.session = cell.pid,
                                .json = cell.plan.trace_json,
                                .journal = cell.plan.trace_journal,
                                .out = cell.expected_trace,
                                .room = CELL_TRACE_BYTES};
    if (cell.plan.protocol == PROTOCOL_ECHO)
        for (size_t i = 0, at = 0; i < cell.packet_count; at += cell.packets[i++])
            trace_model_piece(&trace, cell.stream + at, cell.packets[i]);
    else
        trace_model_messages(&trace, model.heard, model.heard_length);
    const bool whole = WIFEXITED(cell.status) && WEXITSTATUS(cell.status) <= OUTCOME_QUIT;
    ORACLE((whole ? cell.trace_length == trace.length : cell.trace_length <= trace.length) &&
               memcmp(cell.trace, cell.expected_trace, cell.trace_length) == 0,
           "trace: `%.*s', not `%.*s'", (int)cell.trace_length, cell.trace, (int)trace.length,
           cell.expected_trace);
}

static void check_sound(void)
{
    check_death();
    check_reply();
    if (WIFEXITED(cell.status))
        check_whole((enum outcome)WEXITSTATUS(cell.status));
    if (cell.plan.trace)
        check_trace();
}

static void tell(void)
{
    static const char *const kinds[] = {
        [PROTOCOL_ACK] = "ack", [PROTOCOL_ECHO] = "echo", [PROTOCOL_RECORD] = "record"};
    static const char *const endings[] = {[CELL_END] = "closes",
                                          [CELL_VANISH] = "is gone already",
                                          [CELL_SILENCE] = "says no more",
                                          [CELL_HOLD] = "stays"};
    static const char *const faults[] = {[CELL_SOUND] = "none",
                                         [CELL_ORPHAN] = "the listener is somebody else",
                                         [CELL_NO_FILTER] = "the kernel takes no filter",
                                         [CELL_NO_SOCKET] = "the connection is not open",
                                         [CELL_OTHER_FILTER] = "the filter is another listener's"};
    EXPLAIN("%s, acknowledgement of %zu bytes%s%s%s; the client %s%s; planted fault: %s\n",
            cell.plan.page != NULL ? "page" : kinds[cell.plan.protocol], strlen(cell.plan.ack),
            cell.plan.trace ? ", traced" : "", cell.plan.diagnose ? ", diagnosing" : "",
            cell.inspect ? ", inspected" : "", endings[cell.ending],
            cell.deaf ? " and does not read" : "", faults[cell.fault]);
    for (size_t i = 0, at = 0; i < cell.packet_count; at += cell.packets[i++])
        explain_bytes("the client sends", cell.stream + at, cell.packets[i]);
    explain_bytes("the model's reply", model.reply, model.reply_length);
    explain_bytes("the session replied", cell.reply, cell.reply_length);
    if (WIFSIGNALED(cell.status))
        EXPLAIN("the session ended by SIG%s\n", sigabbrev_np(WTERMSIG(cell.status)));
    else
        EXPLAIN("the session ended with exit status %d\n", WEXITSTATUS(cell.status));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char ack[65];
    if (size < HEADER_BYTES)
        return 0;
    choose_plan(data, ack);
    const size_t left = size - HEADER_BYTES, wanted = data[3] % (CELL_CUTS_MAX + 1U);
    cell.cuts = data + HEADER_BYTES;
    cell.cut_count = wanted < left ? wanted : left;
    if (cell.deaf)
        cell.cut_count = 0; // a stream: all that is there comes at once
    cell.stream = data + HEADER_BYTES + cell.cut_count;
    cell.length = bounded(cell.stream, left - cell.cut_count);
    ask_model(ack);
    cell.inspect = (data[0] & 64) && cell.ending == CELL_END && !cell.deaf &&
                   cell.fault == CELL_SOUND && !model.ended && model.mark_count > 0 &&
                   model.reply_length > 0;
    cell_run(&cell);
    tell();
    if (cell.fault != CELL_SOUND)
        check_fault();
    else
        check_sound();
    protocol_model_free(&model);
    return 0;
}

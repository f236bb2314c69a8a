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
// Input: cell_choice.h.
//
// Oracle: in the parent. How the session ended (a signal is named: SIGSYS is a forbidden call), the
// whole reply, the trace, the counts in its ledger page, SIGUSR1; what the session was like when it
// asked for its filter (cell_threshold.h); and, where the input asks for it, the confined process
// itself, from outside.
#include "cell_choice.h"
#include "cell_expected.h"
#include "cell_story.h"
#include "cell_threshold.h"
#include "cell_ticks.h"
#include "model/trace_model.h"
#include "oracle.h"

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifdef __x86_64__
#define OWN_ARCH AUDIT_ARCH_X86_64
#else
#define OWN_ARCH AUDIT_ARCH_AARCH64
#endif
#define JIFFY_MAX_US 10000 // that a timeout of a socket may be early

static struct cell cell;
static struct protocol_model model;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    cell_prepare();
    return 0;
}

static void ask_model(void)
{
    const uint8_t *ack = (const uint8_t *)cell.plan.ack;
    const size_t ack_length = strlen(cell.plan.ack);
    if (cell.plan.page != NULL)
        protocol_model_page(&model, cell.stream, cell.length, cell.plan.page,
                            cell.plan.page_length);
    else if (cell.plan.protocol == PROTOCOL_ECHO)
        protocol_model_echo(&model, cell.stream, cell.length);
    else if (cell.plan.protocol == PROTOCOL_RECORD)
        protocol_model_record(&model, cell.stream, cell.length, ack, ack_length);
    else
        protocol_model_ack(&model, cell.stream, cell.length, ack, ack_length);
}

// Times have a lower bound only: a machine may be slow.
static void check_patience(enum outcome outcome)
{
    const struct session_plan *plan = &cell.plan;
    uint64_t least_us = 0;
    if (outcome == OUTCOME_SESSION_TIMEOUT && cell.ending == CELL_HOLD)
        least_us = plan->session_timeout_ms * 1000;
    else if (outcome == OUTCOME_SEND_TIMEOUT)
        least_us = plan->send_timeout_ms * 1000;
    else if (outcome == OUTCOME_IDLE_TIMEOUT)
        least_us = plan->idle_timeout_ms * 1000 + JIFFY_MAX_US;
    if (outcome != OUTCOME_SESSION_TIMEOUT)
        least_us = least_us > JIFFY_MAX_US ? least_us - JIFFY_MAX_US : 0;
    ORACLE(cell.elapsed_us >= least_us, "session: %s after %lu us, not %lu", outcome_word(outcome),
           cell.elapsed_us, least_us);
}

// The time that it has given its client, in ticks: they are as long as the threshold says.
static void check_ticks(enum outcome outcome)
{
    const uint64_t due = (cell.plan.idle_timeout_ms + 999) / 1000;
    if (outcome == OUTCOME_IDLE_TIMEOUT)
        ORACLE(ticks_silent() == due, "session: idle after %u ticks, not %lu", ticks_silent(), due);
    if (outcome == OUTCOME_SEND_TIMEOUT)
        ORACLE(ticks_stalled() == 4, "session: stalled for %u quarters", ticks_stalled());
}

static void check_death(void)
{
    const enum outcome due = cell_expected(&cell, &model);
    const int status = cell.status;
    const enum outcome outcome = outcome_of_wait(status, cell.drained);
    if (cell.patient)
        check_patience(outcome);
    check_ticks(outcome);
    if (cell.patient && cell.ending == CELL_HOLD && outcome == OUTCOME_SESSION_TIMEOUT)
        return; // a slow machine
    ORACLE(!WIFSIGNALED(status) || (cell.ending >= CELL_KILLED && WTERMSIG(status) == cell.signal),
           "session: SIG%s%s", sigabbrev_np(WTERMSIG(status)),
           WTERMSIG(status) == SIGSYS ? ", a call that the filter does not have" : "");
    ORACLE(!WIFEXITED(status) || WEXITSTATUS(status) != OUTCOME_SETUP_FAILED,
           "session: setup: %s: %s", ledger_step_word(cell.entry.failed_step),
           strerror((int)cell.entry.failed_errno));
    ORACLE(!WIFEXITED(status) || WEXITSTATUS(status) != OUTCOME_TRAPPED, "session: call %u of %#x",
           cell.entry.violation_number, cell.entry.violation_arch);
    if (cell.deaf && model.reply_length <= DEAF_BYTES && outcome == OUTCOME_SEND_TIMEOUT)
        return;
    ORACLE(outcome == due, "session: ended by %s (status %#x), not %s", outcome_word(outcome),
           status, outcome_word(due));
}

// What another ABI has is a bad architecture, which no policy's twin traps.
static bool is_told(void)
{
#ifdef __x86_64__
    if (cell.forbidden >= 0x40000000)
        return false;
#endif
    return cell.plan.diagnose;
}

// A violation ends what it is, and is told as what it was.
static void check_violation(void)
{
    const int status = cell.status;
    const bool trapped = WIFEXITED(status) && WEXITSTATUS(status) == OUTCOME_TRAPPED &&
                         cell.entry.violation_number == cell.forbidden &&
                         cell.entry.violation_arch == OWN_ARCH;
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    threshold_judge(1, 1);
    ORACLE(is_told() ? trapped : killed, "fault: status %#x, call %#x of %#x, not %#x", status,
           cell.entry.violation_number, cell.entry.violation_arch, cell.forbidden);
    ORACLE(outcome_of_wait(status, 0) == OUTCOME_POLICY_VIOLATION, "fault: status %#x is %s",
           status, outcome_word(outcome_of_wait(status, 0)));
}

// Nothing is ever served unconfined.
static void check_setup_failure(enum setup_step step, int error)
{
    const int status = cell.status;
    const unsigned asked = step == SETUP_FILTER;
    threshold_judge(asked, asked);
    ORACLE(outcome_of_wait(status, 0) == OUTCOME_SETUP_FAILED && WIFEXITED(status) &&
               cell.entry.failed_step == step && cell.entry.failed_errno == (uint32_t)error,
           "fault %d: status %#x at step %s: %s", cell.fault, status,
           ledger_step_word(cell.entry.failed_step), strerror((int)cell.entry.failed_errno));
    ORACLE(cell.reply_length == 0 && cell.entry.received == 0, "fault %d: it has served",
           cell.fault);
}

static void check_fault(void)
{
    ORACLE(!cell.told, "fault: the listener was told");
    switch (cell.fault) {
    case CELL_ORPHAN: check_setup_failure(SETUP_PARENT, ESRCH); break;
    case CELL_NO_FILTER: check_setup_failure(SETUP_FILTER, EINVAL); break;
    case CELL_NO_SOCKET: check_setup_failure(SETUP_DESCRIPTORS, EBADF); break;
    case CELL_REFUSED: check_setup_failure(cell.refusal->step, cell.refusal->due); break;
    default: check_violation();
    }
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
    ORACLE((cell.patient && cell.ending == CELL_HOLD) || entry->sent == cell.reply_length,
           "counts: sent %lu of %zu", entry->sent, cell.reply_length);
}

// It has waited for more, so it has answered all that there was.
static void check_answered(void)
{
    const struct protocol_mark none = {0};
    const struct protocol_mark *last =
        model.mark_count > 0 ? &model.marks[model.mark_count - 1] : &none;
    const size_t least = cell.plan.protocol == PROTOCOL_ECHO ? model.reply_length : last->replied;
    ORACLE(cell.entry.received == cell.length, "counts: received %lu of %zu", cell.entry.received,
           cell.length);
    ORACLE(cell.reply_length >= least && cell.entry.messages == last->messages,
           "reply: %zu bytes of %zu, messages %lu of %lu", cell.reply_length, least,
           cell.entry.messages, last->messages);
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
    if (outcome == OUTCOME_IDLE_TIMEOUT && cell.plan.page == NULL)
        check_answered();
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
    if (cell.fault == CELL_REFUSED && cell.refusal->call == SYS_write)
        trace.length = 0;
    ORACLE((whole ? cell.trace_length == trace.length : cell.trace_length <= trace.length) &&
               memcmp(cell.trace, cell.expected_trace, cell.trace_length) == 0,
           "trace: `%.*s', not `%.*s'", (int)cell.trace_length, cell.trace, (int)trace.length,
           cell.expected_trace);
}

static void check_sound(void)
{
    const bool exited = WIFEXITED(cell.status), hurried = cell.patient && cell.ending == CELL_HOLD;
    check_death();
    threshold_judge(!hurried, 1);
    check_reply();
    if (exited)
        check_whole((enum outcome)WEXITSTATUS(cell.status));
    else if (!hurried && cell.plan.page == NULL)
        check_answered();
    ORACLE(cell.told == exited || hurried, "session: the listener was %stold",
           exited ? "not " : "");
    if (cell.plan.trace)
        check_trace();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!cell_choose(&cell, data, size))
        return 0;
    ask_model();
    cell_run(&cell);
    cell_tell(&cell, &model);
    if (cell.fault != CELL_SOUND &&
        (cell.fault != CELL_REFUSED || cell.refusal->step != SETUP_NONE))
        check_fault();
    else
        check_sound();
    protocol_model_free(&model);
    return 0;
}

// SPDX-License-Identifier: ISC
#include "judge.h"

#include "cases.h"
#include "entry.h"
#include "live.h"
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

// What a call is held against while a point is under way.
struct point {
    const struct row *row;
    const struct stack *stack;
    const struct stack *other; // judge_same() only
    int added;                 // likewise: a call of `arch`
    uint32_t arch;
    unsigned long additions; // calls of `added` that only the other allows
    bool entry_missing;      // judge_live(): this kernel has no i386 entry
};

// Every number that the table does not name.
static const struct row everything_else = {.want = SECCOMP_RET_KILL_PROCESS};

static const char *call_words(const struct seccomp_data *call)
{
    static char words[200];
    const __u64 *args = call->args;
    snprintf(words, sizeof(words),
             "call %d (%#x) of %#x with %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64
             " %#" PRIx64 " %#" PRIx64,
             call->nr, (unsigned)call->nr, call->arch, (uint64_t)args[0], (uint64_t)args[1],
             (uint64_t)args[2], (uint64_t)args[3], (uint64_t)args[4], (uint64_t)args[5]);
    return words;
}

static void each_point(const struct table *table, struct point *point, const char *by,
                       case_visit *visit, bool live)
{
    for (size_t i = 0; i < table->count; i++) {
        const char *slash = strrchr(table->rows[i].file, '/');
        const char *file = slash == NULL ? table->rows[i].file : slash + 1;
        point->row = &table->rows[i];
        report_begin("%s: %s:%u: %s [call %d]", by, file, point->row->line, point->row->text,
                     point->row->number);
        cases_of_row(table, point->row, visit, point);
        report_end();
    }
    point->row = &everything_else;
    for (int part = 0; part < REST_PARTS; part++) {
        // No program can claim a foreign architecture; arm has no second entry.
        if (live && (part == REST_FOREIGN || (part == REST_I386 && !entry_exists(AUDIT_ARCH_I386))))
            continue;
        report_begin("%s: everything else: %s", by, rest_name((enum rest)part));
        cases_of_rest(table, (enum rest)part, visit, point);
        report_end();
    }
}

// The instruction pointer is one more input to a filter; no policy looks at it.
static void visit_interpreted(void *context, const struct seccomp_data *call, bool live)
{
    const struct point *point = context;
    struct seccomp_data elsewhere = *call;
    (void)live;
    elsewhere.instruction_pointer = JUNK;
    uint32_t here = stack_verdict(point->stack, call);
    uint32_t there = stack_verdict(point->stack, &elsewhere);
    report_call();
    if (here != point->row->want || there != here)
        report_wrong("%s: %#x, and %#x elsewhere in the code; want %#x", call_words(call), here,
                     there, point->row->want);
}

void judge_interpreted(const struct table *table, const struct stack *stack)
{
    struct point point = {.stack = stack};
    each_point(table, &point, "interpreter", visit_interpreted, false);
}

static bool is_wanted(const struct row *row, const struct seccomp_data *call,
                      struct live_result result)
{
    if (row->want == SECCOMP_RET_ALLOW && result.end == LIVE_EXITED)
        return call->nr == SYS_exit_group && result.value == (long)(call->args[0] & 0xff);
    if (row->want == SECCOMP_RET_ALLOW) // ENOSYS: what a call for a tracer or a supervisor gets
        return result.end == LIVE_RETURNED && result.value != -ENOSYS;
    for (size_t i = 0; i < OTHERS_MAX; i++)
        if (row->others[i] != 0 && result.value == row->others[i] &&
            result.end == (row->others[i] > 0 ? LIVE_SIGNALLED : LIVE_RETURNED))
            return true;
    return result.end == LIVE_KILLED;
}

// Did the kernel do what the interpreted verdict means (seccomp(2), "Seccomp filters")?
static bool is_predicted(uint32_t verdict, struct live_result result)
{
    switch (verdict & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_KILL_PROCESS:
    case SECCOMP_RET_KILL_THREAD: return result.end == LIVE_KILLED;
    case SECCOMP_RET_TRAP: return result.end == LIVE_TRAPPED;
    case SECCOMP_RET_ERRNO:
        return result.end == LIVE_RETURNED && result.value == -(long)(verdict & SECCOMP_RET_DATA);
    case SECCOMP_RET_USER_NOTIF:
    case SECCOMP_RET_TRACE: return result.end == LIVE_RETURNED && result.value == -ENOSYS;
    case SECCOMP_RET_LOG:
    case SECCOMP_RET_ALLOW:
        return result.end != LIVE_KILLED && result.end != LIVE_TRAPPED &&
               result.end != LIVE_NOT_READY;
    default: return false;
    }
}

static void visit_live(void *context, const struct seccomp_data *call, bool live)
{
    const struct point *point = context;
    if (!live)
        return;
    uint32_t verdict = stack_verdict(point->stack, call);
    struct live_result result = live_call(point->stack, call);
    report_call();
    if (point->entry_missing && call->arch == AUDIT_ARCH_I386 && result.end == LIVE_SIGNALLED &&
        result.value == SIGSEGV)
        return;
    bool wanted = is_wanted(point->row, call, result);
    if (!wanted)
        report_wrong("%s: %s, want %s", call_words(call), live_words(result),
                     point->row->want == SECCOMP_RET_ALLOW ? "allow" : "kill");
    else if (point->row->others[0] == 0 && !is_predicted(verdict, result))
        report_wrong("%s: %s, but the interpreter says %#x", call_words(call), live_words(result),
                     verdict);
    else if (!is_predicted(verdict, result))
        report_note("  no filter judges %s here: %s", call_words(call), live_words(result));
}

// Without a filter the probe must see calls come back, by each entry: else "killed" means nothing.
// Returns whether there is an i386 entry: a kernel without CONFIG_IA32_EMULATION, or with
// ia32_emulation=0, answers int $0x80 with SIGSEGV.
static bool entries_work(void)
{
    const int i386_getpid = 20;
    const struct stack nothing = {0};
    const struct seccomp_data native = {.nr = SYS_getpid, .arch = entry_native_arch()};
    const struct seccomp_data i386 = {.nr = i386_getpid, .arch = AUDIT_ARCH_I386};
    report_begin("live: the probe sees an unfiltered call come back");
    struct live_result result = live_call(&nothing, &native);
    report_call();
    if (result.end != LIVE_RETURNED || result.value <= 0)
        report_wrong("getpid: %s", live_words(result));
    report_end();
    if (!entry_exists(AUDIT_ARCH_I386))
        return false;
    result = live_call(&nothing, &i386);
    if (result.end == LIVE_RETURNED && result.value > 0)
        return true;
    report_note("no i386 entry in this kernel: int $0x80 %s", live_words(result));
    return false;
}

void judge_live(const struct table *table, const struct stack *stack)
{
    struct point point = {.stack = stack};
    if (table->arch != entry_native_arch())
        report_bail("the live probe makes the calls of this machine's architecture only");
    point.entry_missing = !entries_work();
    each_point(table, &point, stack->count == 1 ? "kernel" : "kernel, stacked", visit_live, true);
}

static void visit_same(void *context, const struct seccomp_data *call, bool live)
{
    struct point *point = context;
    (void)live;
    uint32_t one = stack_verdict(point->stack, call);
    uint32_t other = stack_verdict(point->other, call);
    bool may_be_added = call->nr == point->added && call->arch == point->arch &&
                        one == SECCOMP_RET_KILL_PROCESS && other == SECCOMP_RET_ALLOW;
    report_call();
    point->additions += may_be_added;
    if (one != other && !may_be_added)
        report_wrong("%s: %#x here, %#x there", call_words(call), one, other);
}

void judge_same(const struct table *table, const struct stack *one, const struct stack *other,
                int added)
{
    struct point point = {.stack = one, .other = other, .added = added, .arch = table->arch};
    each_point(table, &point, "same", visit_same, false);
    report_begin("same: the other program has the addition");
    report_call();
    if (point.additions == 0)
        report_wrong("call %d is never allowed", added);
    report_end();
}

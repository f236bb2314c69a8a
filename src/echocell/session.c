// SPDX-License-Identifier: ISC
#include "session.h"

#include "call.h"
#include "canary.h"
#include "descriptors.h"
#include "fatal.h"
#include "outcome.h"
#include "rlimits.h"
#include "serve.h"
#include "stack.h"
#include "trace.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

static _Noreturn void leave(enum outcome outcome)
{
    for (;;)
        call(SYS_exit_group, outcome);
}

static void must(struct ledger_entry *page, enum setup_step step, int error)
{
    if (error == 0)
        return;
    page->failed_step = step;
    page->failed_errno = (uint32_t)error;
    leave(OUTCOME_SETUP_FAILED);
}

// Of a system call: 0 or a positive errno.
static int error_of(long returned)
{
    return returned < 0 ? (int)-returned : 0;
}

// The listener handles and ignores no signal, so every disposition is the default already.
static int empty_mask(void)
{
    const uint64_t none = 0; // the kernel's set of 64 signals
    return error_of(call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof(none)));
}

static int die_with_listener(pid_t listener)
{
    int error = error_of(call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL));
    if (error == 0 && call(SYS_getppid) != listener)
        return ESRCH; // it was gone before we asked
    return error;
}

static int keep_descriptors(int connection, bool trace)
{
    int error = error_of(call(SYS_dup3, connection, CONNECTION_FD));
    if (error == 0 && trace)
        error = error_of(call(SYS_dup3, TRACE_FD, LOG_FD)); // the listener's does not block
    if (error == 0 && trace)
        error = error_of(call(SYS_close, SPARE_FD));
    if (error == 0)
        error = error_of(call(SYS_close_range, (trace ? LOG_FD : CONNECTION_FD) + 1, ~0U));
    return error;
}

static struct timeval as_timeval(uint64_t milliseconds)
{
    return (struct timeval){
        .tv_sec = (time_t)(milliseconds / 1000),
        .tv_usec = (suseconds_t)(milliseconds % 1000 * 1000),
    };
}

static unsigned idle_ticks(const struct session_plan *plan)
{
    return (unsigned)((plan->idle_timeout_ms + IDLE_TICK_MAX_MS - 1) / IDLE_TICK_MAX_MS);
}

static int set_timeouts(const struct session_plan *plan, int fd)
{
    const uint64_t part = plan->send_timeout_ms / SEND_PARTS;
    const uint64_t ticks = idle_ticks(plan);
    const struct timeval idle = as_timeval((plan->idle_timeout_ms + ticks - 1) / ticks);
    const struct timeval send = as_timeval(part > 0 ? part : 1); // 0 would be "for ever"
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof(idle)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &send, sizeof(send)) != 0)
        return errno;
    return 0;
}

void session_tune(const struct session_plan *plan, int listen_fd)
{
    const int on = 1;
    int error = set_timeouts(plan, listen_fd);
    if (error == 0 && setsockopt(listen_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
        error = errno;
    if (error != 0)
        fatal(EX_OSERR, "socket options", "%s", strerror(error));
}

// alarm(2) in milliseconds; SIGALRM has its default action: the end.
static int set_alarm(uint64_t milliseconds)
{
    const struct itimerval once = {.it_value = as_timeval(milliseconds)};
    return error_of(call(SYS_setitimer, ITIMER_REAL, (long)&once));
}

static struct ledger_entry *diagnosed; // this session's page, for the handler

// --diagnose: the twin of the policy raises SIGSYS where the policy kills (seccomp(2), SIGSYS).
// The call was not made. There is no way back into the session from here.
static void report_violation(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    diagnosed->violation_number = (uint32_t)info->si_syscall;
    diagnosed->violation_arch = info->si_arch;
    leave(OUTCOME_TRAPPED);
}

static int handle_violations(struct ledger_entry *page)
{
    struct sigaction action = {.sa_sigaction = report_violation, .sa_flags = SA_SIGINFO};
    sigfillset(&action.sa_mask);
    diagnosed = page;
    return sigaction(SIGSYS, &action, NULL) == 0 ? 0 : errno;
}

// Close first, then tell: whoever hears "done" may rely on the connection being ended. The signal
// is a hint that wakes nobody up; the listener believes only wait.
static _Noreturn void farewell(pid_t listener, enum outcome outcome)
{
    call(SYS_close, CONNECTION_FD);
    call(SYS_kill, listener, SIGUSR1);
    leave(outcome);
}

// Each step stands before the next for a reason:
//   stack, canary        before a frame is laid down that may be looked at later
//   mask                 first of the calls, so that whatever goes wrong later can be ended
//   group                before a ^C meant for the listener can end a client's session
//   parent               before work starts that nobody would wait for
//   descriptors          before anything fails in a way that leaves another's descriptor open
//   timeouts, alarm      need setsockopt and setitimer, which the filter takes away
//   limits               need prlimit, likewise; after the last descriptor was made
//   handler, filter      last: from here on only session.policy
static _Noreturn void live(const struct session_plan *plan, int connection,
                           struct ledger_entry *page)
{
    static struct trace trace;
    struct protocol protocol; // on the stack, which is written to anyway: one page less

    must(page, SETUP_MASK, empty_mask());
    must(page, SETUP_GROUP, error_of(call(SYS_setpgid)));
    must(page, SETUP_PARENT, die_with_listener(plan->listener));
    must(page, SETUP_DESCRIPTORS, keep_descriptors(connection, plan->trace));
    if (plan->untuned)
        must(page, SETUP_TIMEOUTS, set_timeouts(plan, CONNECTION_FD));
    must(page, SETUP_ALARM, set_alarm(plan->session_timeout_ms));
    must(page, SETUP_LIMITS, rlimits_session(plan->trace));
    protocol_start(&protocol, plan->protocol, (const uint8_t *)plan->ack, plan->ack_length);
    if (plan->trace) {
        trace = (struct trace){
            .session = (pid_t)call(SYS_getpid),
            .json = plan->trace_json,
            .journal = plan->trace_journal,
            .kind = plan->protocol,
        };
        protocol.tap = &trace_tap;
        protocol.tap_context = &trace;
    }
    if (plan->diagnose)
        must(page, SETUP_HANDLER, handle_violations(page));
    must(page, SETUP_FILTER, filter_install(plan->filter));

    enum outcome outcome = plan->page != NULL
                               ? serve_page(plan->page, plan->page_length, idle_ticks(plan), page)
                               : serve(&protocol, idle_ticks(plan), page);
    farewell(plan->listener, outcome);
}

// What the listener's calls have left in the page of its stack that this session goes on in: all
// below this frame. What lies between the page's first byte and what is allocated here is too
// little to be allocated without touching the next page, and nobody's: no signal has a handler yet.
static __attribute__((noinline, no_stack_protector, no_sanitize("address"))) void wipe_stack(void)
{
    enum { OWN_BYTES = 128 };
    const size_t below = (uintptr_t)__builtin_frame_address(0) % STACK_PAGE_BYTES - OWN_BYTES;
    const uintptr_t end = (uintptr_t)__builtin_alloca(below) + below;
    for (uintptr_t at = end - end % STACK_PAGE_BYTES; at < end; at += sizeof(uint64_t))
        *(volatile uint64_t *)at = 0;
}

// A fork copies the listener's stack canary; a session that leaked it would leak it for all. So
// each takes one of its own, here, in the one function that neither checks a canary nor returns.
static __attribute__((noinline, no_stack_protector)) void
begin(const struct session_plan *plan, long connection, struct ledger_entry *page)
{
    wipe_stack();
    must(page, SETUP_CANARY, canary_renew());
    live(plan, (int)connection, page);
}

_Noreturn void session_run(const struct session_plan *plan, int connection, size_t slot)
{
    stack_restart(plan->stack, begin, plan, connection, &plan->ledger.pages[slot].entry);
}

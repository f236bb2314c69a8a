// SPDX-License-Identifier: ISC
#include "session.h"

#include "canary.h"
#include "descriptors.h"
#include "outcome.h"
#include "rlimits.h"
#include "serve.h"
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static struct ledger_entry *page; // this session's own, for the handler of --diagnose

static _Noreturn void leave(enum outcome outcome)
{
    for (;;)
        syscall(SYS_exit_group, (long)outcome);
}

static void must(enum setup_step step, int error)
{
    if (error == 0)
        return;
    page->failed_step = step;
    page->failed_errno = (uint32_t)error;
    leave(OUTCOME_SETUP_FAILED);
}

static int result(long returned)
{
    return returned < 0 ? errno : 0;
}

// The listener ignores these two; all others have their default already.
static int default_dispositions(void)
{
    const struct sigaction action = {.sa_handler = SIG_DFL};
    int error = result(sigaction(SIGHUP, &action, NULL));
    return error != 0 ? error : result(sigaction(SIGPIPE, &action, NULL));
}

static int empty_mask(void)
{
    sigset_t none;
    sigemptyset(&none);
    return result(sigprocmask(SIG_SETMASK, &none, NULL));
}

static int die_with_listener(pid_t listener)
{
    int error = result(prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L));
    if (error == 0 && getppid() != listener)
        return ESRCH; // it was gone before we asked
    return error;
}

static int keep_descriptors(int connection, bool trace)
{
    int error = result(dup3(connection, CONNECTION_FD, 0));
    if (error == 0 && trace)
        error = result(close_range(LOG_FD + 1, ~0U, 0));
    if (error == 0)
        error = result(trace ? close(SPARE_FD) : close_range(CONNECTION_FD + 1, ~0U, 0));
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

static int set_timeouts(const struct session_plan *plan)
{
    const int on = 1;
    const uint64_t part = plan->send_timeout_ms / SEND_PARTS;
    const uint64_t ticks = idle_ticks(plan);
    const struct timeval idle = as_timeval((plan->idle_timeout_ms + ticks - 1) / ticks);
    const struct timeval send = as_timeval(part > 0 ? part : 1); // 0 would be "for ever"
    int error = result(setsockopt(CONNECTION_FD, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof(idle)));
    if (error == 0)
        error = result(setsockopt(CONNECTION_FD, SOL_SOCKET, SO_SNDTIMEO, &send, sizeof(send)));
    if (error == 0)
        error = result(setsockopt(CONNECTION_FD, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
    return error;
}

// alarm(2) in milliseconds; SIGALRM has its default action: the end.
static int set_alarm(uint64_t milliseconds)
{
    const struct itimerval once = {.it_value = as_timeval(milliseconds)};
    return result(setitimer(ITIMER_REAL, &once, NULL));
}

// --diagnose: the twin of the policy raises SIGSYS where the policy kills (seccomp(2), SIGSYS).
// The call was not made. There is no way back into the session from here.
static void report_violation(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    page->violation_number = (uint32_t)info->si_syscall;
    page->violation_arch = info->si_arch;
    leave(OUTCOME_TRAPPED);
}

static int handle_violations(void)
{
    struct sigaction action = {.sa_sigaction = report_violation, .sa_flags = SA_SIGINFO};
    sigfillset(&action.sa_mask);
    return result(sigaction(SIGSYS, &action, NULL));
}

// Close first, then tell: a listener that hears "done" may rely on the connection being ended. The
// signal is a hint; the listener believes only wait.
static _Noreturn void farewell(pid_t listener, enum outcome outcome)
{
    syscall(SYS_close, (long)CONNECTION_FD);
    syscall(SYS_kill, (long)listener, (long)SIGUSR1);
    leave(outcome);
}

// Each step stands before the next for a reason:
//   dispositions, mask   before anything can be interrupted by what was meant for the listener
//   group                before a ^C meant for the listener can end a client's session
//   parent               before work starts that nobody would wait for
//   descriptors          before anything fails in a way that leaves another's descriptor open
//   ledger               as soon as the own page is known
//   timeouts, alarm      need setsockopt and setitimer, which the filter takes away
//   limits               need prlimit, likewise; after the last descriptor was made
//   handler, filter      last: from here on only session.policy
static _Noreturn void live(const struct session_plan *plan, int connection, size_t slot)
{
    static struct protocol protocol;
    static struct trace trace;

    must(SETUP_DISPOSITIONS, default_dispositions());
    must(SETUP_MASK, empty_mask());
    must(SETUP_GROUP, result(setpgid(0, 0)));
    must(SETUP_PARENT, die_with_listener(plan->listener));
    must(SETUP_DESCRIPTORS, keep_descriptors(connection, plan->trace));
    must(SETUP_LEDGER, ledger_keep_only(&plan->ledger, slot));
    must(SETUP_TIMEOUTS, set_timeouts(plan));
    must(SETUP_ALARM, set_alarm(plan->session_timeout_ms));
    must(SETUP_LIMITS, rlimits_session(plan->trace));
    protocol_start(&protocol, plan->protocol, (const uint8_t *)plan->ack, strlen(plan->ack));
    if (plan->trace) {
        trace = (struct trace){
            .session = getpid(),
            .json = plan->trace_json,
            .journal = plan->trace_journal,
            .kind = plan->protocol,
        };
        protocol.tap = &trace_tap;
        protocol.tap_context = &trace;
    }
    if (plan->diagnose)
        must(SETUP_HANDLER, handle_violations());
    must(SETUP_FILTER, filter_install(&plan->filter));

    enum outcome outcome = plan->page != NULL
                               ? serve_page(plan->page, plan->page_length, idle_ticks(plan), page)
                               : serve(&protocol, idle_ticks(plan), page);
    farewell(plan->listener, outcome);
}

// A fork copies the listener's stack canary; a session that leaked it would leak it for all. So
// each takes one of its own, here, in the one function that neither checks a canary nor returns.
__attribute__((no_stack_protector)) void session_run(const struct session_plan *plan,
                                                     int connection, size_t slot)
{
    page = &plan->ledger.pages[slot].entry;
    must(SETUP_CANARY, canary_renew());
    live(plan, connection, slot);
}

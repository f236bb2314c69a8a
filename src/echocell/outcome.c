// SPDX-License-Identifier: ISC
#include "outcome.h"

#include <signal.h>
#include <sys/wait.h>

static enum outcome of_signal(int signal, int drained)
{
    switch (signal) {
    case SIGALRM: return OUTCOME_SESSION_TIMEOUT;
    case SIGSYS: return OUTCOME_POLICY_VIOLATION;
    case SIGKILL: return drained ? OUTCOME_DRAINED : OUTCOME_KILLED;
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
    case SIGTRAP: return OUTCOME_CRASH;
    default: return OUTCOME_KILLED;
    }
}

enum outcome outcome_of_wait(int status, int drained)
{
    if (WIFSIGNALED(status))
        return of_signal(WTERMSIG(status), drained);
    if (!WIFEXITED(status) || WEXITSTATUS(status) >= OUTCOME_STATUSES)
        return OUTCOME_CRASH;
    enum outcome outcome = (enum outcome)WEXITSTATUS(status);
    return outcome == OUTCOME_TRAPPED ? OUTCOME_POLICY_VIOLATION : outcome;
}

const char *outcome_word(enum outcome outcome)
{
    static const char *const words[OUTCOMES] = {
        [OUTCOME_EOF] = "eof",
        [OUTCOME_QUIT] = "quit",
        [OUTCOME_IDLE_TIMEOUT] = "idle_timeout",
        [OUTCOME_SEND_TIMEOUT] = "send_timeout",
        [OUTCOME_RESET] = "reset",
        [OUTCOME_SETUP_FAILED] = "setup_failed",
        [OUTCOME_TRAPPED] = "policy_violation",
        [OUTCOME_SESSION_TIMEOUT] = "session_timeout",
        [OUTCOME_POLICY_VIOLATION] = "policy_violation",
        [OUTCOME_CRASH] = "crash",
        [OUTCOME_KILLED] = "killed",
        [OUTCOME_DRAINED] = "drained",
    };
    _Static_assert(OUTCOME_STATUSES == OUTCOME_SESSION_TIMEOUT, "statuses come first");
    return words[outcome];
}

int outcome_is_hostile(enum outcome outcome)
{
    return outcome == OUTCOME_CRASH || outcome == OUTCOME_POLICY_VIOLATION;
}

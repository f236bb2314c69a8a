// SPDX-License-Identifier: ISC
//
// outcome.h: how a session ended. One list for the exit status that the session leaves, the word in
// the log and the label in the metrics.
#ifndef ECHOCELL_OUTCOME_H
#define ECHOCELL_OUTCOME_H

enum outcome {
    // Said by the session, as its exit status.
    OUTCOME_EOF,
    OUTCOME_QUIT,
    OUTCOME_IDLE_TIMEOUT,
    OUTCOME_SEND_TIMEOUT,
    OUTCOME_RESET,
    OUTCOME_SETUP_FAILED, // never served: a step before the filter failed
    OUTCOME_TRAPPED, // --diagnose: the handler saw a forbidden call; logged as policy_violation
    OUTCOME_STATUSES,
    // Told by the kernel, as the signal that ended it.
    OUTCOME_SESSION_TIMEOUT = OUTCOME_STATUSES,
    OUTCOME_POLICY_VIOLATION,
    OUTCOME_CRASH,
    OUTCOME_KILLED,
    OUTCOME_DRAINED, // killed by the listener at the drain limit
    OUTCOMES,
};

// What a status of wait(2) means. `drained`: the listener itself had sent SIGKILL. Any status gives
// an outcome; one that no session leaves is a crash.
enum outcome outcome_of_wait(int status, int drained);

// The word for the log and the metrics; static.
const char *outcome_word(enum outcome outcome);

// Did the session misbehave (a crash or a broken policy), so that its source is to be punished?
int outcome_is_hostile(enum outcome outcome);

#endif

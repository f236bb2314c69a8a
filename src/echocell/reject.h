// SPDX-License-Identifier: ISC
//
// reject.h: why a client gets no session. One list for the word in the log and the label in the
// metrics.
#ifndef ECHOCELL_REJECT_H
#define ECHOCELL_REJECT_H

enum reject_reason {
    REJECT_MAX_SESSIONS,
    REJECT_PER_SOURCE,
    REJECT_PENALTY,
    REJECT_FORK,
    REJECT_DESCRIPTORS,
    REJECT_DRAINING,
    REJECT_REASONS,
};

// The word for the log and the metrics; static.
const char *reject_word(enum reject_reason reason);

#endif

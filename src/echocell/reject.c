// SPDX-License-Identifier: ISC
#include "reject.h"

const char *reject_word(enum reject_reason reason)
{
    static const char *const words[REJECT_REASONS] = {
        [REJECT_MAX_SESSIONS] = "max_sessions", [REJECT_PER_SOURCE] = "per_source",
        [REJECT_PENALTY] = "penalty",           [REJECT_FORK] = "fork",
        [REJECT_DESCRIPTORS] = "descriptors",   [REJECT_DRAINING] = "draining",
    };
    return words[reason];
}

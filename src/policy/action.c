// SPDX-License-Identifier: ISC
//
// action.c: one table for reading and writing. For writing, the first word of a value counts.
#include "action.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    uint32_t action;
} words[] = {
    {"allow", SECCOMP_RET_ALLOW},       {"1", SECCOMP_RET_ALLOW},
    {"log", SECCOMP_RET_LOG},           {"user-notify", SECCOMP_RET_USER_NOTIF},
    {"trace", SECCOMP_RET_TRACE},       {"kill-process", SECCOMP_RET_KILL_PROCESS},
    {"kill", SECCOMP_RET_KILL_PROCESS}, {"kill-thread", SECCOMP_RET_KILL_THREAD},
    {"trap", SECCOMP_RET_TRAP},
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

bool action_named(const char *word, uint32_t *action)
{
    for (size_t i = 0; i < WORDS; i++) {
        if (strcmp(words[i].word, word) != 0)
            continue;
        *action = words[i].action;
        return true;
    }
    return false;
}

const char *action_word(size_t index)
{
    return index < WORDS ? words[index].word : NULL;
}

bool action_denies(uint32_t action)
{
    uint32_t kind = action & SECCOMP_RET_ACTION_FULL;
    return action_kills(action) || kind == SECCOMP_RET_TRAP || kind == SECCOMP_RET_ERRNO;
}

bool action_kills(uint32_t action)
{
    uint32_t kind = action & SECCOMP_RET_ACTION_FULL;
    return kind == SECCOMP_RET_KILL_PROCESS || kind == SECCOMP_RET_KILL_THREAD;
}

const char *action_text(uint32_t action, char text[ACTION_TEXT_BYTES])
{
    uint32_t data = action & SECCOMP_RET_DATA;
    for (size_t i = 0; i < WORDS; i++)
        if (words[i].action == action) {
            snprintf(text, ACTION_TEXT_BYTES, "%s", words[i].word);
            return text;
        }
    if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
        snprintf(text, ACTION_TEXT_BYTES, "0x%08x", action);
    else if (data <= ACTION_ERRNO_MAX && strerrorname_np((int)data) != NULL && data != 0)
        snprintf(text, ACTION_TEXT_BYTES, "return %s", strerrorname_np((int)data));
    else
        snprintf(text, ACTION_TEXT_BYTES, "return %u", data);
    return text;
}

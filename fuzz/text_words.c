// SPDX-License-Identifier: ISC
#include "text_words.h"

#include <string.h>

size_t text_words(const char *text, size_t length, const char *mark,
                  void (*take)(void *context, const char *word), void *context)
{
    char word[40];
    size_t at = strlen(mark);
    if (length < at || memcmp(text, mark, at) != 0)
        return 0;
    while (at < length && text[at] != '\n') {
        size_t used = 0;
        for (; at < length && text[at] != ' ' && text[at] != '\n'; at++)
            if (used + 1 < sizeof(word))
                word[used++] = text[at];
        word[used] = '\0';
        take(context, word);
        at += at < length && text[at] == ' ' ? 1 : 0;
    }
    return at < length ? at + 1 : at;
}

// SPDX-License-Identifier: ISC
//
// text_words.h: a first line that begins with a mark holds words for the harness.
#ifndef FUZZ_TEXT_WORDS_H
#define FUZZ_TEXT_WORDS_H

#include <stddef.h>

// Gives each word of the first line of `text` to `take`, cut at 39 bytes, if the line begins with
// `mark`. Returns where the next line begins; 0 when there is no such line.
size_t text_words(const char *text, size_t length, const char *mark,
                  void (*take)(void *context, const char *word), void *context);

#endif

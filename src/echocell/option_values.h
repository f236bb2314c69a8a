// SPDX-License-Identifier: ISC
//
// option_values.h: the values that options take. Each reader is strict (the whole text, no sign, no
// blank) and returns NULL or one sentence that says what is wrong.
#ifndef ECHOCELL_OPTION_VALUES_H
#define ECHOCELL_OPTION_VALUES_H

#include "layers.h"

#include <stddef.h>
#include <stdint.h>

// A decimal number from `low` to `high`.
const char *value_count(const char *text, uint32_t low, uint32_t high, uint32_t *count);

// A number with its unit, `500ms 30s 5m 1h`, as milliseconds from `low` to 24 hours. A bare `0` is
// taken where 0 is allowed.
const char *value_duration(const char *text, uint64_t low, uint64_t *milliseconds);

// One word of a list that ends with NULL; its index.
const char *value_word(const char *text, const char *const *words, unsigned *index);

// LAYER[,LAYER]... or `all`; added to the set.
const char *value_layers(const char *text, layer_set *set);

// 1 to `limit` printable ASCII bytes.
const char *value_printable(const char *text, size_t limit);

#endif

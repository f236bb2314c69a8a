// SPDX-License-Identifier: ISC
#include "option_values.h"

#include "options.h"

#include <string.h>

// Leading digits as a number; at most 9 of them, so that nothing overflows. Returns how many.
static size_t read_digits(const char *text, uint32_t *value)
{
    size_t digits = strspn(text, "0123456789");
    *value = 0;
    for (size_t i = 0; i < digits && i < 9; i++)
        *value = *value * 10 + (uint32_t)(text[i] - '0');
    return digits <= 9 ? digits : 0;
}

const char *value_count(const char *text, uint32_t low, uint32_t high, uint32_t *count)
{
    uint32_t value;
    size_t digits = read_digits(text, &value);
    if (digits == 0 || text[digits] != '\0')
        return "not a decimal number in range";
    if (value < low || value > high)
        return "out of range";
    *count = value;
    return NULL;
}

const char *value_duration(const char *text, uint64_t low, uint64_t *milliseconds)
{
    static const struct {
        const char *unit;
        uint32_t milliseconds;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}};
    uint32_t number;
    size_t digits = read_digits(text, &number);
    if (digits == 0)
        return "not a duration like 500ms, 30s, 5m or 1h";
    uint64_t value = UINT64_MAX;
    if (number == 0 && text[digits] == '\0')
        value = 0;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(text + digits, units[i].unit) == 0)
            value = (uint64_t)number * units[i].milliseconds;
    if (value == UINT64_MAX)
        return "not a duration like 500ms, 30s, 5m or 1h";
    if (value < low)
        return "too short: it cannot be 0";
    if (value > DURATION_MAX_MS)
        return "too long: at most 24h";
    *milliseconds = value;
    return NULL;
}

const char *value_word(const char *text, const char *const *words, unsigned *index)
{
    for (unsigned i = 0; words[i] != NULL; i++) {
        if (strcmp(text, words[i]) == 0) {
            *index = i;
            return NULL;
        }
    }
    return "not one of the words that --help lists";
}

const char *value_layers(const char *text, layer_set *set)
{
    enum layer layer;
    if (strcmp(text, "all") == 0) {
        *set |= LAYERS_ALL;
        return NULL;
    }
    for (;;) {
        size_t length = strcspn(text, ",");
        if (!layer_find(text, length, &layer))
            return "not a layer; the `listening` log line names them all";
        *set |= LAYER_BIT(layer);
        if (text[length] == '\0')
            return NULL;
        text += length + 1;
    }
}

const char *value_printable(const char *text, size_t limit)
{
    size_t length = strlen(text);
    if (length == 0 || length > limit)
        return "not 1 to 64 bytes long";
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return "not printable ASCII";
    return NULL;
}

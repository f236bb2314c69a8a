// SPDX-License-Identifier: ISC
//
// oci_text.c: bytes to words. Nothing is read past `end`, whatever the text holds.
#include "oci_text.h"

#include <string.h>

#include "arena.h"

void oci_text_start(struct oci_text *text, struct arena *arena, struct diagnostics *diagnostics,
                    const struct source *source)
{
    *text = (struct oci_text){.arena = arena,
                              .diagnostics = diagnostics,
                              .path = source->path,
                              .next = source->text,
                              .end = source->text + source->length,
                              .line_start = source->text,
                              .line = 1};
}

struct position oci_text_place(const struct oci_text *text)
{
    return (struct position){text->path, text->line, (uint32_t)(text->next - text->line_start) + 1};
}

void oci_text_skip_space(struct oci_text *text)
{
    for (; text->next < text->end && strchr(" \t\r\n", *text->next) != NULL && *text->next != '\0';
         text->next++)
        if (*text->next == '\n') {
            text->line++;
            text->line_start = text->next + 1;
        }
}

bool oci_text_at(const struct oci_text *text, char byte)
{
    return text->next < text->end && *text->next == byte;
}

bool oci_text_take(struct oci_text *text, char byte)
{
    if (!oci_text_at(text, byte))
        return false;
    text->next++;
    return true;
}

bool oci_text_take_word(struct oci_text *text, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(text->end - text->next) < length || memcmp(text->next, word, length) != 0)
        return false;
    text->next += length;
    return true;
}

bool oci_text_fail(struct oci_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *what = arena_vformat(text->arena, format, arguments);
    va_end(arguments);
    diagnose(text->diagnostics, SEVERITY_ERROR, oci_text_place(text), 1, "not JSON: %s", what);
    return false;
}

// RFC 3629, section 4: neither overlong forms, nor surrogates, nor what lies above U+10FFFF. The
// number of bytes of the character that starts at `next`; 0 when it is none.
static size_t utf8_length(const struct oci_text *text)
{
    const unsigned char *at = (const unsigned char *)text->next;
    size_t left = (size_t)(text->end - text->next);
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    unsigned char low = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;
    if (length == 1)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4 || left < length || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

static bool hex4(struct oci_text *text, uint32_t *code)
{
    static const char digits[] = "0123456789abcdef";
    *code = 0;
    for (int i = 0; i < 4; i++, text->next++) {
        char byte = text->next < text->end ? *text->next : '\0';
        char lower = byte >= 'A' && byte <= 'F' ? (char)(byte - 'A' + 'a') : byte;
        const char *digit = byte == '\0' ? NULL : strchr(digits, lower);
        if (digit == NULL)
            return oci_text_fail(text, "expected four hexadecimal digits");
        *code = *code << 4 | (uint32_t)(digit - digits);
    }
    return true;
}

static char *put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    unsigned more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(lead[more] | code >> 6 * more);
    while (more-- > 0)
        *to++ = (char)(0x80 | (code >> 6 * more & 0x3f));
    return to;
}

// Behind "\u".
static char *read_unicode(struct oci_text *text, char *to)
{
    uint32_t code, low = 0;
    if (!hex4(text, &code))
        return NULL;
    bool pair = code >= 0xd800 && code < 0xdc00;
    if (pair &&
        (!oci_text_take_word(text, "\\u") || !hex4(text, &low) || low < 0xdc00 || low > 0xdfff)) {
        oci_text_fail(text, "half a surrogate pair");
        return NULL;
    }
    if (code == 0 || (code >= 0xdc00 && code < 0xe000)) {
        oci_text_fail(text, code == 0 ? "NUL in a string" : "half a surrogate pair");
        return NULL;
    }
    return put_utf8(to, pair ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : code);
}

// Behind a backslash.
static char *read_escape(struct oci_text *text, char *to)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char bytes[] = "\"\\/\b\f\n\r\t";
    if (oci_text_take(text, 'u'))
        return read_unicode(text, to);
    char letter = text->next < text->end ? *text->next : '\0';
    const char *found = letter == '\0' ? NULL : strchr(letters, letter);
    if (found == NULL) {
        oci_text_fail(text, "no such escape");
        return NULL;
    }
    text->next++;
    *to = bytes[found - letters];
    return to + 1;
}

static char *read_character(struct oci_text *text, char *to)
{
    if (oci_text_take(text, '\\'))
        return read_escape(text, to);
    size_t length = utf8_length(text);
    if (length == 0 || (unsigned char)*text->next < ' ') {
        oci_text_fail(text, length == 0 ? "not UTF-8" : "a control character in a string");
        return NULL;
    }
    memcpy(to, text->next, length);
    text->next += length;
    return to + length;
}

// The bytes up to the closing quote: the resolved string is never longer than that.
static size_t string_room(const struct oci_text *text)
{
    const char *at = text->next + 1;
    while (at < text->end && *at != '"')
        at += *at == '\\' ? 2 : 1;
    return (size_t)(at - text->next) + 1;
}

const char *oci_text_string(struct oci_text *text, uint32_t *width)
{
    const char *start = text->next;
    char *string = arena_alloc(text->arena, string_room(text), 1);
    char *to = string;
    text->next++;
    while (to != NULL && !oci_text_at(text, '"')) {
        if (text->next == text->end) {
            oci_text_fail(text, "the string has no end");
            return NULL;
        }
        to = read_character(text, to);
    }
    if (to == NULL)
        return NULL;
    text->next++;
    *width = (uint32_t)(text->next - start);
    return string;
}

static bool take_digits(struct oci_text *text)
{
    const char *start = text->next;
    while (text->next < text->end && *text->next >= '0' && *text->next <= '9')
        text->next++;
    return text->next > start;
}

static bool take_number(struct oci_text *text)
{
    oci_text_take(text, '-');
    if (!oci_text_take(text, '0') && !take_digits(text))
        return false;
    if (oci_text_take(text, '.') && !take_digits(text))
        return false;
    if (!oci_text_take(text, 'e') && !oci_text_take(text, 'E'))
        return true;
    if (!oci_text_take(text, '+'))
        oci_text_take(text, '-');
    return take_digits(text);
}

const char *oci_text_number(struct oci_text *text, uint32_t *width)
{
    const char *start = text->next;
    if (!take_number(text)) {
        oci_text_fail(text,
                      text->next == start ? "expected a value" : "the number is not complete");
        return NULL;
    }
    *width = (uint32_t)(text->next - start);
    return arena_copy(text->arena, start, *width);
}

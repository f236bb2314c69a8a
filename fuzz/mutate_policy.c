// SPDX-License-Identifier: ISC
//
// mutate_policy.c: changes to the text of a policy that leave most of it one.
//
// A bug in a compare shows only in a text that is still a policy, and a change of bytes seldom
// makes one of another. Here a word is replaced by one of its kind, a number by a border or a
// neighbour, a condition, an entry or a line is written from the grammar, moved, doubled or left
// out. One change in eight is of bytes, so that what is no policy is met as well.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "grammar_policy.h"

enum { TEXT_BYTES = 16384, CHANGES = 3 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

// What is being changed.
static char *text;
static size_t length, room;

// The piece instead of `gone` bytes at `at`. Nothing happens where there is no room.
static void put_in(size_t at, size_t gone)
{
    if (length - gone + grammar_length > room)
        return;
    memmove(text + at + grammar_length, text + at + gone, length - at - gone);
    memcpy(text + at, grammar_piece, grammar_length);
    length += grammar_length - gone;
}

static bool in_word(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '-';
}

static bool is_mark(char byte)
{
    return byte != '\0' && strchr("=!<>&|.", byte) != NULL;
}

// The word at or around a place: of letters, or an operator.
static size_t word_at(size_t *at)
{
    size_t start = *at, end = *at;
    bool (*const belongs)(char) = in_word(text[start]) ? in_word : is_mark;
    while (start > 0 && belongs(text[start - 1]))
        start--;
    while (end < length && belongs(text[end]))
        end++;
    if (start > 0 && belongs == in_word && (text[start - 1] == '$' || text[start - 1] == '@'))
        start--;
    *at = start;
    return end > start ? end - start : 1;
}

static uint64_t number_at(size_t at)
{
    uint64_t number = 0;
    bool hex = length - at > 2 && text[at + 1] == 'x';
    for (at += hex ? 2 : 0; at < length && in_word(text[at]); at++) {
        char low = (char)(text[at] | 0x20);
        unsigned digit = (unsigned)(low >= 'a' ? low - 'a' + 10 : text[at] - '0');
        number = number * (hex ? 16 : 10) + digit;
    }
    return number;
}

// A word for another of its kind, or, one in four, for any of the text.
static void change_word(void)
{
    size_t at = grammar_below(length), size = word_at(&at);
    if (grammar_below(4) == 0) {
        size_t other = grammar_below(length), other_size = word_at(&other);
        grammar_put("%.*s", (int)(other_size < PIECE_BYTES ? other_size : 1), text + other);
    } else if (text[at] >= '0' && text[at] <= '9') {
        grammar_number(number_at(at));
    } else {
        grammar_like(text + at, size);
    }
    put_in(at, size);
}

// Behind an entry of a chain one more, behind a condition another.
static void add_condition(void)
{
    size_t at = grammar_below(length);
    while (at < length && strchr(";|&,}\n", text[at]) == NULL)
        at++;
    if (at < length && text[at] == ',') {
        grammar_put(", ");
        grammar_conditions();
        grammar_put("; ");
        grammar_action();
    } else {
        grammar_put(" ");
        grammar_join();
        grammar_put(" ");
        grammar_condition();
    }
    put_in(at, 0);
}

// A name is defined and used at once: one without the other is no policy.
static void add_name(void)
{
    size_t at = grammar_below(length);
    while (at < length && strchr(";|&,}\n", text[at]) == NULL)
        at++;
    grammar_definition();
    const size_t behind = grammar_length;
    put_in(0, 0);
    if (at + behind > length)
        return;
    grammar_length = 0;
    grammar_put(" ");
    grammar_join();
    grammar_put(" ");
    grammar_use();
    put_in(at + behind, 0);
}

// An architecture of those that the text is for.
static const char *an_arch(size_t *size)
{
    const char *list = memmem(text, length, "@arch ", 6);
    if (list == NULL)
        return NULL;
    const char *end = memchr(list, '\n', length - (size_t)(list - text));
    const size_t room_of_list = (size_t)((end == NULL ? text + length : end) - list);
    size_t at =
        (size_t)(list - text) + 6 + (room_of_list > 6 ? grammar_below(room_of_list - 6) : 0);
    if (at >= length)
        return NULL;
    *size = word_at(&at);
    return text + at;
}

// A rule is for one of them alone.
static void add_arch(void)
{
    size_t size = 0, name = grammar_below(length);
    const char *arch = an_arch(&size);
    if (arch == NULL) {
        grammar_put("@arch x86_64, aarch64\n");
        put_in(0, 0);
        return;
    }
    while (name < length && text[name] != ':')
        name++;
    if (grammar_below(2) == 0 && name > 0 && text[name - 1] == ']')
        grammar_put(", %.*s", (int)(size < PIECE_BYTES ? size : 1), arch);
    else
        grammar_put("[arch=%.*s]", (int)(size < PIECE_BYTES ? size : 1), arch);
    put_in(grammar_piece[0] == ',' ? name - 1 : name, 0);
}

static size_t line_at(size_t at, size_t *size)
{
    size_t end = at;
    while (at > 0 && text[at - 1] != '\n')
        at--;
    while (end < length && text[end] != '\n')
        end++;
    *size = end - at + (end < length ? 1 : 0);
    return at;
}

// A line is written, or copied to another place, in addition or instead of one.
static void change_line(void)
{
    size_t size = 0, from_size, at = line_at(grammar_below(length), &size);
    size_t from = line_at(grammar_below(length), &from_size);
    const bool many = grammar_below(8) == 0;
    switch (grammar_below(4)) {
    case 0: grammar_directive(); break;
    case 1: grammar_put("%.*s", (int)from_size, text + from); break;
    case 2: break;
    default:
        if (many)
            grammar_rules();
        else
            grammar_rule();
        break;
    }
    put_in(at, grammar_below(3) == 0 || grammar_length == 0 ? size : 0);
}

// A policy from nothing.
static void write_all(void)
{
    grammar_put("@default kill\n");
    grammar_rules();
    put_in(0, length);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    text = (char *)data;
    length = size;
    room = max_size < TEXT_BYTES ? max_size : TEXT_BYTES;
    grammar_start(seed);
    if (grammar_below(8) == 0 || size == 0 || size > room)
        return LLVMFuzzerMutate(data, size, max_size);
    for (unsigned i = 1 + grammar_below(CHANGES); i > 0 && length > 0; i--) {
        static void (*const changes[])(void) = {
            change_word, change_word, change_line, change_line, add_condition, add_name, add_arch};
        grammar_length = 0;
        if (grammar_below(64) == 0)
            write_all();
        else
            changes[grammar_below(sizeof(changes) / sizeof(changes[0]))]();
    }
    if (length == 0) // libFuzzer takes no empty result
        text[length++] = '\n';
    return length;
}

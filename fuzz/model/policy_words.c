// SPDX-License-Identifier: ISC
//
// policy_words.c: a text as lines and words, byte by byte.
#include <string.h>

#include "policy_parts.h"

enum { LINE_BYTES = 4096 };

struct knife {
    struct policy_model *model;
    const char *text;
    size_t at, stop; // of the physical line, without a last "\"
    size_t start;
    uint32_t number;
    uint16_t file;
    struct model_line *line;
};

static bool one_of(char byte, const char *set)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}

static bool digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool letter(char byte)
{
    return digit(byte) || byte == '_' || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

static void put(struct knife *knife, char kind, size_t from, size_t to)
{
    struct policy_model *model = knife->model;
    if (model->word_count == MODEL_WORDS) {
        model->unsure = true;
        return;
    }
    model->words[model->word_count++] = (struct model_word){kind,
                                                            knife->file,
                                                            knife->number,
                                                            (uint32_t)(from - knife->start) + 1,
                                                            knife->text + from,
                                                            (uint32_t)(to - from)};
}

static char byte_at(const struct knife *knife, size_t at)
{
    return at < knife->stop ? knife->text[at] : '\0';
}

// Letters, and each "-" that a letter follows.
static size_t name_stop(const struct knife *knife, size_t at)
{
    while (letter(byte_at(knife, at)) ||
           (byte_at(knife, at) == '-' && letter(byte_at(knife, at + 1))))
        at++;
    return at;
}

// An include or frequency line has nothing before it but the directive.
static bool path_follows(const struct knife *knife)
{
    const struct policy_model *model = knife->model;
    const struct model_word *first = &model->words[knife->line->word];
    return model->word_count == knife->line->word + 1 && first->kind == '@' &&
           (model_word_is(first, "@include") || model_word_is(first, "@frequency"));
}

static size_t operator_stop(const struct knife *knife)
{
    char first = byte_at(knife, knife->at), second = byte_at(knife, knife->at + 1);
    if ((second == '=' && one_of(first, "=!<>")) || (first == second && one_of(first, "&|.")))
        return knife->at + 2;
    return one_of(first, "=<>&|~(){}[],;:") ? knife->at + 1 : knife->at;
}

// One word; false when the bytes are none.
static bool cut_word(struct knife *knife)
{
    size_t from = knife->at, to = from;
    char first = byte_at(knife, from);
    char kind = 'o';
    if (path_follows(knife)) {
        kind = 'p';
        while (to < knife->stop && !one_of(knife->text[to], " \t"))
            to++;
    } else if (digit(first) || (first == '-' && digit(byte_at(knife, from + 1)))) {
        kind = 'n';
        do
            to++;
        while (letter(byte_at(knife, to)));
    } else if (letter(first)) {
        kind = 'w';
        to = name_stop(knife, from);
    } else if (first == '@' || first == '$') {
        kind = first;
        to = name_stop(knife, from + 1);
    } else {
        to = operator_stop(knife);
    }
    if (to == from)
        return false;
    put(knife, kind, from, to);
    knife->at = to;
    return true;
}

// False when there is a byte too many, or one that is no text: the knife stands there.
static bool clean(struct knife *knife)
{
    if (knife->stop - knife->start > LINE_BYTES) {
        knife->at = knife->start + LINE_BYTES;
        return false;
    }
    for (size_t i = knife->start; i < knife->stop; i++)
        if ((unsigned char)knife->text[i] == 0x7f ||
            ((unsigned char)knife->text[i] < 0x20 && knife->text[i] != '\t')) {
            knife->at = i;
            return false;
        }
    return true;
}

static bool cut_physical(struct knife *knife, bool joined)
{
    if (!clean(knife))
        return false;
    while (knife->at < knife->stop) {
        if (one_of(knife->text[knife->at], " \t"))
            knife->at++;
        else if (knife->text[knife->at] == '#')
            knife->at = knife->stop + (joined ? 1 : 0);
        else if (!cut_word(knife))
            return false;
    }
    if (knife->at == knife->stop)
        return true;
    knife->at = knife->stop; // a comment goes on
    return false;
}

static struct model_line *new_line(struct policy_model *model)
{
    if (model->line_count == MODEL_LINES) {
        model->unsure = true;
        model->line_count--;
    }
    struct model_line *line = &model->lines[model->line_count++];
    *line = (struct model_line){.word = model->word_count};
    return line;
}

struct model_span model_cut(struct policy_model *model, uint16_t file, const char *text,
                            size_t length)
{
    struct knife knife = {.model = model, .text = text, .file = file};
    struct model_span span = {model->line_count, 0};
    bool joined = false;
    for (size_t next = 0; next < length; knife.start = next) {
        if (!joined)
            knife.line = new_line(model);
        knife.start = knife.at = knife.stop = next;
        knife.number++;
        while (knife.stop < length && text[knife.stop] != '\n')
            knife.stop++;
        next = knife.stop + (knife.stop < length ? 1 : 0);
        joined = knife.stop > knife.start && text[knife.stop - 1] == '\\';
        knife.stop -= joined ? 1 : 0;
        bool good = cut_physical(&knife, joined) && !(joined && next == length);
        if (!good && !knife.line->garbled) {
            knife.line->bad_line = knife.number;
            knife.line->bad_column = (uint32_t)(knife.at - knife.start) + 1;
        }
        knife.line->garbled = knife.line->garbled || !good;
        knife.line->file = file;
        if (!joined || next == length)
            put(&knife, '.', knife.stop, knife.stop);
        knife.line->first = knife.line->first == 0 ? knife.number : knife.line->first;
        knife.line->last = knife.number;
    }
    span.count = model->line_count - span.first;
    return span;
}

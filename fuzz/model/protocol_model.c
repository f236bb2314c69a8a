// SPDX-License-Identifier: ISC
//
// protocol_model.c: the protocols as one would explain them, with the whole stream on the table.
#include "protocol_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The bounds: a byte is at most one byte of text or of a terminator; each of `ends` messages brings
// an acknowledgement, and the end of the stream one more, or one record.
static void model_start(struct protocol_model *model, size_t length, size_t ends, size_t ack_length)
{
    *model = (struct protocol_model){
        .reply = malloc(length + (ends + 1) * ack_length + 128),
        .heard = malloc((length + ends + 1) * sizeof *model->heard),
        .marks = malloc((ends + 1) * sizeof *model->marks),
        .ended_at = SIZE_MAX,
    };
    if (model->reply == NULL || model->heard == NULL || model->marks == NULL)
        abort();
}

static size_t count_ends(const uint8_t *stream, size_t length)
{
    size_t ends = 0;
    for (size_t i = 0; i < length; i++)
        ends += stream[i] == '\n' || stream[i] == '\0';
    return ends;
}

static void model_mark(struct protocol_model *model, size_t taken)
{
    model->marks[model->mark_count++] = (struct protocol_mark){
        .taken = taken,
        .replied = model->reply_length,
        .messages = model->messages,
    };
    if (model->ended)
        model->ended_at = taken;
}

static void model_reply(struct protocol_model *model, const uint8_t *bytes, size_t length)
{
    memcpy(model->reply + model->reply_length, bytes, length);
    model->reply_length += length;
}

static void model_hear(struct protocol_model *model, const uint8_t *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        model->heard[model->heard_length++] = text[i];
}

static void model_hear_message(struct protocol_model *model, const uint8_t *text, size_t length)
{
    model_hear(model, text, length);
    model->heard[model->heard_length++] = PROTOCOL_MODEL_END;
    model->ended = length == 4 && memcmp(text, "quit", 4) == 0;
    model->messages += model->ended ? 0 : 1;
}

void protocol_model_ack(struct protocol_model *model, const uint8_t *stream, size_t length,
                        const uint8_t *ack, size_t ack_length)
{
    model_start(model, length, count_ends(stream, length), ack_length);
    for (size_t start = 0, next; start < length && !model->ended; start = next) {
        size_t stop = start;
        while (stop < length && stream[stop] != '\n' && stream[stop] != '\0')
            stop++;
        next = stop < length ? stop + 1 : length;
        if (stop < length && stop > start && stream[stop] == '\n' && stream[stop - 1] == '\r')
            stop--;
        if (stop == start && stream[stop] == '\0')
            continue;
        model_hear_message(model, stream + start, stop - start);
        if (!model->ended) {
            model_reply(model, stream + start, stop - start);
            model_reply(model, ack, ack_length);
            model_reply(model, stream + stop, next - stop);
        }
        if (stop < length)
            model_mark(model, next);
    }
}

void protocol_model_echo(struct protocol_model *model, const uint8_t *stream, size_t length)
{
    model_start(model, length, 0, 0);
    model_hear(model, stream, length);
    model_reply(model, stream, length);
}

static void model_record(struct protocol_model *model, const uint8_t *text, size_t length,
                         const uint8_t *ack, size_t ack_length)
{
    uint8_t record[128 + 64] = {0};
    if (length + ack_length > 128) {
        snprintf((char *)record, sizeof record, "error: message longer than %zu bytes",
                 128 - ack_length);
    } else {
        for (size_t i = 0; i < length + ack_length; i++)
            record[i] = i < length ? text[i] : ack[i - length];
    }
    model_reply(model, record, 128);
}

void protocol_model_record(struct protocol_model *model, const uint8_t *stream, size_t length,
                           const uint8_t *ack, size_t ack_length)
{
    model_start(model, length, length / 128, 0);
    for (size_t start = 0; start < length && !model->ended; start += 128) {
        size_t text = 0;
        while (text < 128 && start + text < length && stream[start + text] != '\0')
            text++;
        model_hear_message(model, stream + start, text);
        if (!model->ended)
            model_record(model, stream + start, text, ack, ack_length);
        if (start + 128 <= length)
            model_mark(model, start + 128);
    }
}

void protocol_model_page(struct protocol_model *model, const uint8_t *stream, size_t length,
                         const char *page, size_t page_length)
{
    size_t line = 0, lines = 0;
    model_start(model, page_length, 0, 0);
    model_reply(model, (const uint8_t *)page, page_length);
    for (size_t i = 0; i < length && model->ended_at == SIZE_MAX; i++) {
        if (stream[i] == '\n' && line == 0 && lines > 0)
            model->ended_at = i + 1;
        if (stream[i] == '\n') {
            lines += line > 0;
            line = 0;
        } else {
            line += stream[i] != '\r';
        }
    }
}

size_t protocol_model_alike(const struct protocol_model *model, size_t from, const uint8_t *bytes,
                            size_t length)
{
    size_t alike = 0;
    while (alike < length && bytes[alike] == model->heard[from + alike])
        alike++;
    return alike;
}

void protocol_model_free(struct protocol_model *model)
{
    free(model->reply);
    free(model->heard);
    free(model->marks);
}

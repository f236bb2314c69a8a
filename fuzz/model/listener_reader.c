// SPDX-License-Identifier: ISC
#include "listener_reader.h"

#include "listener_log.h"

#include <string.h>

size_t model_log_waits(const struct listener_model *model)
{
    return model->log.length - model->log.read;
}

bool model_log_undecided(const struct listener_model *model)
{
    return model->log.end > model->log.length;
}

static size_t room(const struct listener_model *model)
{
    return MODEL_LOG_KEPT - model_log_waits(model);
}

// Of the first line that is undecided.
static size_t next_length(const struct listener_model *model)
{
    const char *line = model->text + model->log.length;
    return (size_t)((char *)memchr(line, '\n', model->log.end - model->log.length) + 1 - line);
}

static void cut_out(struct listener_model *model, size_t at, size_t length)
{
    memmove(model->text + at, model->text + at + length, model->log.end - at - length);
    model->log.end -= length;
}

void reader_make_room(struct listener_model *model)
{
    const size_t read = model->log.read;
    if (model->log.end < MODEL_LOG_BYTES / 2)
        return;
    cut_out(model, 0, read);
    model->log.length -= read;
    model->log.read = 0;
}

// A line of text is one byte shorter than what the listener wants to be sure of.
void reader_take_easy(struct listener_model *model)
{
    while (model_log_undecided(model) && next_length(model) + !model->options.json <= room(model))
        model->log.length += next_length(model);
}

// The try that there is before a line is lost is over.
static void decide(struct listener_model *model)
{
    if (!model_log_undecided(model))
        return;
    const size_t length = next_length(model);
    if (length <= room(model)) {
        model->log.length += length;
    } else {
        cut_out(model, model->log.length, length);
        model->log.lost++;
    }
    reader_take_easy(model);
}

static void tell_lost(struct listener_model *model)
{
    const uint64_t lost = model->log.lost;
    model->log.lost = 0;
    line_begin(model, 0, "log_lost");
    line_number(model, "lines", lost);
    line_end(model);
}

void model_log_took(struct listener_model *model, size_t length)
{
    model->log.read += length;
    model->log.cut = model->text[model->log.read - 1] != '\n';
    if (model_log_waits(model) > 0)
        return;
    if (model_log_undecided(model))
        decide(model);
    else if (model->log.lost > 0)
        tell_lost(model);
}

void model_log_refused(struct listener_model *model)
{
    decide(model);
}

void model_log_broken(struct listener_model *model)
{
    size_t from = model->log.read;
    if (model->log.cut)
        from = (size_t)((char *)memchr(model->text + from, '\n', model->log.length - from) + 1 -
                        model->text);
    const size_t length = model->log.length - from;
    for (size_t i = 0; i < length; i++)
        model->log.lost += model->text[from + i] == '\n';
    cut_out(model, from, length);
    model->log.length = from;
    decide(model);
}

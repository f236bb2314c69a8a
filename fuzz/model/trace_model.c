// SPDX-License-Identifier: ISC
#include "trace_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 256 // that one line shows at most

__attribute__((format(printf, 2, 3))) static void print(struct trace_model *model,
                                                        const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length =
        vsnprintf(model->out + model->length, model->room - model->length, format, arguments);
    va_end(arguments);
    model->length += (size_t)length;
    if (model->length >= model->room)
        abort();
}

static void print_byte(struct trace_model *model, unsigned byte)
{
    static const char specials[] = "\n\r\t\\\"", letters[] = "nrt\\\"";
    const char *special = byte != 0 ? strchr(specials, (int)byte) : NULL;
    if (special != NULL)
        print(model, "\\%c", letters[special - specials]);
    else if (byte < ' ' || byte > '~')
        print(model, model->json ? "\\u%04x" : "\\x%02x", byte);
    else
        print(model, "%c", (int)byte);
}

static void print_line(struct trace_model *model, const uint16_t *text, size_t length, bool last)
{
    if (model->journal)
        print(model, "<6>");
    print(model,
          model->json ? "{\"event\":\"message\",\"session\":%d,\"bytes\":%d,\"complete\":\"%s\","
                        "\"text\":\""
                      : "event=message session=%d bytes=%d complete=%s text=\"",
          model->session, (int)length, last ? "yes" : "no");
    for (size_t i = 0; i < length; i++)
        print_byte(model, text[i]);
    print(model, model->json ? "\"}\n" : "\"\n");
}

// A line is full when more text comes for it; what the last one holds is shown at the message's
// end.
static void print_message(struct trace_model *model, const uint16_t *text, size_t length)
{
    for (; length > TEXT_BYTES; text += TEXT_BYTES, length -= TEXT_BYTES)
        print_line(model, text, TEXT_BYTES, false);
    print_line(model, text, length, true);
}

void trace_model_messages(struct trace_model *model, const uint16_t *heard, size_t length)
{
    size_t start = 0;
    for (size_t i = 0; i < length; i++) {
        if (heard[i] != PROTOCOL_MODEL_END)
            continue;
        print_message(model, heard + start, i - start);
        start = i + 1;
    }
}

void trace_model_piece(struct trace_model *model, const uint8_t *bytes, size_t length)
{
    uint16_t text[1 << 14];
    if (length > sizeof(text) / sizeof(text[0]))
        abort();
    for (size_t i = 0; i < length; i++)
        text[i] = bytes[i];
    print_message(model, text, length);
}

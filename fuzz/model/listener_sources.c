// SPDX-License-Identifier: ISC
#include "listener_sources.h"

#include <string.h>

static bool is_mapped(const uint8_t bytes[16])
{
    for (int i = 0; i < 10; i++)
        if (bytes[i] != 0)
            return false;
    return bytes[10] == 0xff && bytes[11] == 0xff;
}

// A whole IPv4 address, or the first eight bytes of an IPv6 one.
static void key_of(const struct model_client *client, uint8_t key[16])
{
    memcpy(key, client->bytes, 16);
    if (!is_mapped(key))
        memset(key + 8, 0, 8);
}

bool source_is_exempt(const struct model_options *options, const struct model_client *client)
{
    for (size_t i = 0; i < options->exempt_count; i++) {
        unsigned same = 0;
        while (same < options->exempt[i].bits &&
               ((client->bytes[same / 8] ^ options->exempt[i].bytes[same / 8]) >> (7 - same % 8) &
                1) == 0)
            same++;
        if (same == options->exempt[i].bits)
            return true;
    }
    return false;
}

struct model_source *source_find(struct listener_model *model, const struct model_client *client)
{
    uint8_t key[16];
    key_of(client, key);
    for (size_t i = 0; i < model->source_count; i++)
        if (memcmp(model->sources[i].key, key, 16) == 0)
            return &model->sources[i];
    return NULL;
}

static void forget(struct listener_model *model, struct model_source *source)
{
    *source = model->sources[--model->source_count];
}

// The table is bounded: the one whose penalty was noted first goes.
static struct model_source *add_source(struct listener_model *model,
                                       const struct model_client *client)
{
    if (model->source_count == model->options.max_sessions + 4096U) {
        struct model_source *oldest = NULL;
        for (size_t i = 0; i < model->source_count; i++) {
            struct model_source *source = &model->sources[i];
            if (source->sessions == 0 && (oldest == NULL || source->noted < oldest->noted))
                oldest = source;
        }
        forget(model, oldest);
    }
    struct model_source *source = &model->sources[model->source_count++];
    *source = (struct model_source){0};
    key_of(client, source->key);
    return source;
}

void source_release(struct listener_model *model, const struct model_client *client)
{
    struct model_source *source = source_find(model, client);
    if (--source->sessions > 0)
        return;
    if (source->punished_until_ms > model->now_ms)
        source->noted = ++model->notes;
    else
        forget(model, source);
}

void source_count(struct listener_model *model, const struct model_client *client)
{
    struct model_source *source = source_find(model, client);
    if (source == NULL)
        source = add_source(model, client);
    source->sessions++;
}

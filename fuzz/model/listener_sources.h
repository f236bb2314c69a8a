// SPDX-License-Identifier: ISC
//
// listener_sources.h: who is counted and punished as one, for listener_model.c: an IPv4 address, or
// the first eight bytes of an IPv6 one.
#ifndef FUZZ_LISTENER_SOURCES_H
#define FUZZ_LISTENER_SOURCES_H

#include "listener_model.h"

bool source_is_exempt(const struct model_options *options, const struct model_client *client);

// NULL: nothing is known of it.
struct model_source *source_find(struct listener_model *model, const struct model_client *client);

// One session more, and one less.
void source_count(struct listener_model *model, const struct model_client *client);
void source_release(struct listener_model *model, const struct model_client *client);

#endif

// SPDX-License-Identifier: ISC
//
// listener_start.h: the lines of a start: what is served, by whom, behind which layers.
#ifndef FUZZ_LISTENER_START_H
#define FUZZ_LISTENER_START_H

#include "listener_model.h"

enum { MODEL_LAYERS = 17 };

// In the order of the manual.
extern const char *const model_layer_names[MODEL_LAYERS];

struct model_facts {
    const struct model_client *listen; // addresses and ports
    size_t listen_count;
    const char *protocol, *policy_sha256;
    pid_t pid;
    uid_t uid;
    gid_t gid;
    uint32_t layers;                    // a bit each, in the order of the manual
    const struct model_client *metrics; // NULL: none
};

void model_starts(struct listener_model *model, const struct model_facts *facts);

#endif

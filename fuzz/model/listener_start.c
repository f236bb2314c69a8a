// SPDX-License-Identifier: ISC
#include "listener_start.h"

#include "listener_log.h"

#include <string.h>

const char *const model_layer_names[MODEL_LAYERS] = {
    "identity", "groups",         "capabilities",    "securebits",     "root",           "netns",
    "ipcns",    "utsns",          "mountns",         "no_new_privs",   "nodump",         "mdwe",
    "landlock", "landlock_scope", "listener_filter", "session_filter", "session_limits",
};

static void line_layers(struct listener_model *model, const char *key, uint32_t layers)
{
    char text[512] = "";
    for (size_t i = 0; i < MODEL_LAYERS; i++) {
        if ((layers >> i & 1) == 0)
            continue;
        strcat(text, text[0] != '\0' ? "," : "");
        strcat(text, model_layer_names[i]);
    }
    line_word(model, key, text[0] != '\0' ? text : "-");
}

void model_starts(struct listener_model *model, const struct model_facts *facts)
{
    line_begin(model, 1, "fallback_user");
    line_word(model, "wanted", "echocell");
    line_word(model, "user", "nobody");
    line_end(model);
    if (facts->metrics != NULL) {
        line_begin(model, 2, "metrics");
        line_address(model, "address", facts->metrics);
        line_end(model);
    }
    for (size_t i = 0; i < facts->listen_count; i++) {
        line_begin(model, 2, "listening");
        line_address(model, "address", &facts->listen[i]);
        line_word(model, "protocol", facts->protocol);
        line_number(model, "pid", (uint64_t)facts->pid);
        line_number(model, "uid", facts->uid);
        line_number(model, "gid", facts->gid);
        line_word(model, "policy_sha256", facts->policy_sha256);
        line_layers(model, "layers", facts->layers);
        line_layers(model, "missing", ~facts->layers);
        line_end(model);
    }
}

// SPDX-License-Identifier: ISC
//
// oci_model_places.c: what a finding is about, told from where it stands.
#include <stdio.h>
#include <string.h>

#include "oci_parts.h"

// Behind a key as it stands in a pointer, or NULL.
static const char *skip_key(const char *text, const char *key)
{
    for (; *key != '\0'; key++) {
        bool special = *key == '~' || *key == '/';
        if (special && (text[0] != '~' || text[1] != (*key == '~' ? '0' : '1')))
            return NULL;
        if (!special && *text != *key)
            return NULL;
        text += special ? 2 : 1;
    }
    return text;
}

// Behind the pointer to a node, or NULL.
static const char *skip_pointer(const struct json_model *json, const char *text, int node)
{
    const struct json_node *here = &json->nodes[node];
    char number[16];
    if (here->parent < 0)
        return text;
    text = skip_pointer(json, text, here->parent);
    if (text == NULL || *text != '/')
        return NULL;
    snprintf(number, sizeof(number), "%d", here->index);
    if (here->key != NULL)
        return skip_key(text + 1, here->key);
    return strncmp(text + 1, number, strlen(number)) == 0 ? text + 1 + strlen(number) : NULL;
}

bool oci_model_place(const char *at, size_t width, const char *message)
{
    const struct json_model *json = oci_model_json();
    for (int i = 0; json != NULL && i < json->count; i++) {
        const struct json_node *node = &json->nodes[i];
        if (node->key != NULL && node->key_at == at)
            return width == (size_t)(node->key_end - at);
        if (node->at != at)
            continue;
        bool of_default = strncmp(message, "runtimes refuse SCMP_ACT_NOTIFY", 31) == 0;
        if (of_default && (node->key == NULL || strcmp(node->key, "defaultAction") != 0))
            return false;
        const char *behind = *message == '/' ? skip_pointer(json, message, i) : NULL;
        bool whole = strchr("[{", node->kind) == NULL && !of_default;
        return (*message != '/' || (behind != NULL && strncmp(behind, ": ", 2) == 0)) &&
               width == (whole ? (size_t)(node->end - at) : 1);
    }
    return json == NULL;
}

// SPDX-License-Identifier: ISC
#include "layers.h"

#include <string.h>

static const struct {
    const char *name;
    const char *fix;
} layers[LAYERS] = {
    [LAYER_IDENTITY] = {"identity", "start as root or as an ordinary user"},
    [LAYER_GROUPS] = {"groups", "start as root or without supplementary groups"},
    [LAYER_CAPABILITIES] = {"capabilities", "start as root, or with an empty bounding set"},
    [LAYER_SECUREBITS] = {"securebits", "start as root"},
    [LAYER_ROOT] = {"root", "start as root"},
    [LAYER_NETNS] = {"netns", "start as root"},
    [LAYER_IPCNS] = {"ipcns", "start as root"},
    [LAYER_UTSNS] = {"utsns", "start as root"},
    [LAYER_MOUNTNS] = {"mountns", "start as root"},
    [LAYER_NO_NEW_PRIVS] = {"no_new_privs", "use Linux 3.5 or newer"},
    [LAYER_NODUMP] = {"nodump", "use a kernel that has PR_SET_DUMPABLE"},
    [LAYER_MDWE] = {"mdwe", "use Linux 6.3 or newer"},
    [LAYER_LANDLOCK] = {"landlock", "use Linux 5.13 or newer with landlock in its lsm= list"},
    [LAYER_LANDLOCK_SCOPE] = {"landlock_scope", "use Linux 6.12 or newer"},
    [LAYER_LISTENER_FILTER] = {"listener_filter", "use a kernel with CONFIG_SECCOMP_FILTER"},
    [LAYER_SESSION_FILTER] = {"session_filter", "use a kernel with CONFIG_SECCOMP_FILTER"},
    [LAYER_SESSION_LIMITS] = {"session_limits", "use a kernel that has prlimit(2)"},
};

const char *layer_name(enum layer layer)
{
    return layers[layer].name;
}

const char *layer_fix(enum layer layer)
{
    return layers[layer].fix;
}

bool layer_find(const char *name, size_t length, enum layer *layer)
{
    for (int i = 0; i < LAYERS; i++) {
        if (strlen(layers[i].name) == length && memcmp(layers[i].name, name, length) == 0) {
            *layer = (enum layer)i;
            return true;
        }
    }
    return false;
}

const char *layers_format(layer_set set, char text[LAYERS_TEXT_BYTES])
{
    size_t used = 0;
    for (int i = 0; i < LAYERS; i++) {
        size_t length = strlen(layers[i].name);
        if ((set & LAYER_BIT(i)) == 0 || used + length + 2 > LAYERS_TEXT_BYTES)
            continue;
        if (used > 0)
            text[used++] = ',';
        memcpy(text + used, layers[i].name, length);
        used += length;
    }
    if (used == 0)
        text[used++] = '-';
    text[used] = '\0';
    return text;
}

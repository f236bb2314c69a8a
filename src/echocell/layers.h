// SPDX-License-Identifier: ISC
//
// layers.h: the layers of confinement, by the names that the log and --require use.
#ifndef ECHOCELL_LAYERS_H
#define ECHOCELL_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// In the order of `layers=`. A set of them is a word with bit LAYER_x set.
enum layer {
    LAYER_IDENTITY,        // no id of root's: real, effective, saved, file system; user and group
    LAYER_GROUPS,          // no supplementary group
    LAYER_CAPABILITIES,    // all five capability sets are empty
    LAYER_SECUREBITS,      // and no exec or setuid can fill them again; locked
    LAYER_ROOT,            // the root directory is empty and deleted
    LAYER_NETNS,           // a network namespace with nothing in it
    LAYER_IPCNS,           //
    LAYER_UTSNS,           //
    LAYER_MOUNTNS,         //
    LAYER_NO_NEW_PRIVS,    // no exec gains anything
    LAYER_NODUMP,          // no core, no ptrace by its own user
    LAYER_MDWE,            // no memory becomes executable (Linux 6.3)
    LAYER_LANDLOCK,        // no file and no TCP port (Linux 5.13; ports 6.7)
    LAYER_LANDLOCK_SCOPE,  // no signal and no abstract socket leaves (Linux 6.12)
    LAYER_LISTENER_FILTER, // listener.policy
    LAYER_SESSION_FILTER,  // session.policy, in every session
    LAYER_SESSION_LIMITS,  // resource limits of 0, in every session
    LAYERS,
};

typedef uint32_t layer_set;

#define LAYER_BIT(layer) ((layer_set)1 << (layer))
#define LAYERS_ALL       (LAYER_BIT(LAYERS) - 1)
#define LAYERS_OF_ROOT   (LAYER_BIT(LAYER_MOUNTNS + 1) - 1) // those that root puts on

const char *layer_name(enum layer layer);

// What to do about a missing layer; one clause, for error texts.
const char *layer_fix(enum layer layer);

// Finds a layer by its name (`length` bytes). Returns false when there is none.
bool layer_find(const char *name, size_t length, enum layer *layer);

// Comma-separated names of a set; `-` for the empty one. `text` needs LAYERS_TEXT_BYTES.
#define LAYERS_TEXT_BYTES 256
const char *layers_format(layer_set set, char text[LAYERS_TEXT_BYTES]);

#endif
